#include "lapack.hpp"

#include "check.hpp"

#include <cstddef>
#include <limits>
#include <vector>

// The Fortran symbols; a character's length follows the arguments.
extern "C" {
void sgetrf_(const int* m, const int* n, float* a, const int* lda, int* pivots, int* info);
void dgetrf_(const int* m, const int* n, double* a, const int* lda, int* pivots, int* info);
void sgetri_(const int* n, float* a, const int* lda, const int* pivots, float* work, const int* size, int* info);
void dgetri_(const int* n, double* a, const int* lda, const int* pivots, double* work, const int* size, int* info);
void sgetrs_(const char* trans, const int* n, const int* k, const float* a, const int* lda, const int* pivots, float* b,
             const int* ldb, int* info, std::size_t length);
void dgetrs_(const char* trans, const int* n, const int* k, const double* a, const int* lda, const int* pivots,
             double* b, const int* ldb, int* info, std::size_t length);
void spotrf_(const char* triangle, const int* n, float* a, const int* lda, int* info, std::size_t length);
void dpotrf_(const char* triangle, const int* n, double* a, const int* lda, int* info, std::size_t length);
}

namespace frost::detail {

namespace {

template <class S>
struct Lapack {
  static constexpr auto* getrf = dgetrf_;
  static constexpr auto* getri = dgetri_;
  static constexpr auto* getrs = dgetrs_;
  static constexpr auto* potrf = dpotrf_;
};
template <>
struct Lapack<float> {
  static constexpr auto* getrf = sgetrf_;
  static constexpr auto* getri = sgetri_;
  static constexpr auto* getrs = sgetrs_;
  static constexpr auto* potrf = spotrf_;
};

int size(std::int64_t n) {
  expect<ShapeError>(n <= std::numeric_limits<int>::max(), "linear algebra: {} is more than LAPACK can count", n);
  return static_cast<int>(n);
}

}  // namespace

template <class S>
bool lu_factor(std::int64_t n, S* x, int* pivots) {
  const int order = size(n);
  int info = 0;
  Lapack<S>::getrf(&order, &order, x, &order, pivots, &info);
  return info == 0;
}

template <class S>
void lu_invert(std::int64_t n, S* factors, const int* pivots) {
  const int order = size(n), work_size = size(64 * n);
  std::vector<S> work(static_cast<std::size_t>(work_size));
  int info = 0;
  Lapack<S>::getri(&order, factors, &order, pivots, work.data(), &work_size, &info);
}

template <class S>
void lu_solve(std::int64_t n, std::int64_t k, const S* factors, const int* pivots, S* b) {
  const int order = size(n), columns = size(k);
  int info = 0;
  Lapack<S>::getrs("T", &order, &columns, factors, &order, pivots, b, &order, &info, 1);
}

template <class S>
int cholesky_factor(std::int64_t n, S* x) {
  const int order = size(n);
  int info = 0;
  Lapack<S>::potrf("U", &order, x, &order, &info, 1);
  return info;
}

template bool lu_factor(std::int64_t, float*, int*);
template bool lu_factor(std::int64_t, double*, int*);
template void lu_invert(std::int64_t, float*, const int*);
template void lu_invert(std::int64_t, double*, const int*);
template void lu_solve(std::int64_t, std::int64_t, const float*, const int*, float*);
template void lu_solve(std::int64_t, std::int64_t, const double*, const int*, double*);
template int cholesky_factor(std::int64_t, float*);
template int cholesky_factor(std::int64_t, double*);

}  // namespace frost::detail
