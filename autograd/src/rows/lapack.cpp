#include "lapack.hpp"

#include "check.hpp"
#include "headroom.hpp"

#include <algorithm>
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
void sgeqrf_(const int* m, const int* n, float* a, const int* lda, float* tau, float* work, const int* size, int* info);
void dgeqrf_(const int* m, const int* n, double* a, const int* lda, double* tau, double* work, const int* size,
             int* info);
void sorgqr_(const int* m, const int* n, const int* k, float* a, const int* lda, const float* tau, float* work,
             const int* size, int* info);
void dorgqr_(const int* m, const int* n, const int* k, double* a, const int* lda, const double* tau, double* work,
             const int* size, int* info);
void ssyevd_(const char* job, const char* triangle, const int* n, float* a, const int* lda, float* w, float* work,
             const int* size, int* iwork, const int* isize, int* info, std::size_t job_length, std::size_t length);
void dsyevd_(const char* job, const char* triangle, const int* n, double* a, const int* lda, double* w, double* work,
             const int* size, int* iwork, const int* isize, int* info, std::size_t job_length, std::size_t length);
void sgeev_(const char* left, const char* right, const int* n, float* a, const int* lda, float* wr, float* wi,
            float* vl, const int* ldvl, float* vr, const int* ldvr, float* work, const int* size, int* info,
            std::size_t left_length, std::size_t length);
void dgeev_(const char* left, const char* right, const int* n, double* a, const int* lda, double* wr, double* wi,
            double* vl, const int* ldvl, double* vr, const int* ldvr, double* work, const int* size, int* info,
            std::size_t left_length, std::size_t length);
void sgesdd_(const char* job, const int* m, const int* n, float* a, const int* lda, float* s, float* u, const int* ldu,
             float* vt, const int* ldvt, float* work, const int* size, int* iwork, int* info, std::size_t length);
void dgesdd_(const char* job, const int* m, const int* n, double* a, const int* lda, double* s, double* u,
             const int* ldu, double* vt, const int* ldvt, double* work, const int* size, int* iwork, int* info,
             std::size_t length);
}

namespace frost::detail {

namespace {

template <class S>
struct Lapack {
  static constexpr auto* getrf = dgetrf_;
  static constexpr auto* getri = dgetri_;
  static constexpr auto* getrs = dgetrs_;
  static constexpr auto* potrf = dpotrf_;
  static constexpr auto* geqrf = dgeqrf_;
  static constexpr auto* orgqr = dorgqr_;
  static constexpr auto* syevd = dsyevd_;
  static constexpr auto* geev = dgeev_;
  static constexpr auto* gesdd = dgesdd_;
};
template <>
struct Lapack<float> {
  static constexpr auto* getrf = sgetrf_;
  static constexpr auto* getri = sgetri_;
  static constexpr auto* getrs = sgetrs_;
  static constexpr auto* potrf = spotrf_;
  static constexpr auto* geqrf = sgeqrf_;
  static constexpr auto* orgqr = sorgqr_;
  static constexpr auto* syevd = ssyevd_;
  static constexpr auto* geev = sgeev_;
  static constexpr auto* gesdd = sgesdd_;
};

int size(std::int64_t n) {
  expect<ShapeError>(n <= std::numeric_limits<int>::max(), "linear algebra: {} is more than LAPACK can count", n);
  return static_cast<int>(n);
}

}  // namespace

template <class S>
bool lu_factor(std::int64_t n, S* x, int* pivots) {
  expect_blas_buffer();
  const int order = size(n);
  int info = 0;
  Lapack<S>::getrf(&order, &order, x, &order, pivots, &info);
  return info == 0;
}

template <class S>
void lu_invert(std::int64_t n, S* factors, const int* pivots) {
  expect_blas_buffer();
  const int order = size(n), work_size = size(64 * n);
  std::vector<S> work(static_cast<std::size_t>(work_size));
  int info = 0;
  Lapack<S>::getri(&order, factors, &order, pivots, work.data(), &work_size, &info);
}

template <class S>
void lu_solve(std::int64_t n, std::int64_t k, const S* factors, const int* pivots, S* b) {
  expect_blas_buffer();
  const int order = size(n), columns = size(k);
  int info = 0;
  Lapack<S>::getrs("T", &order, &columns, factors, &order, pivots, b, &order, &info, 1);
}

template <class S>
int cholesky_factor(std::int64_t n, S* x) {
  expect_blas_buffer();
  const int order = size(n);
  int info = 0;
  Lapack<S>::potrf("U", &order, x, &order, &info, 1);
  return info;
}

namespace {

// Calls routine(work, its size) twice: for the size that it wants, which it writes to work[0], and with that much.
template <class S, class Routine>
void with_work(const Routine& routine) {
  S wanted = 0;
  routine(&wanted, -1);
  const int work_size = std::max(1, static_cast<int>(wanted));
  std::vector<S> work(static_cast<std::size_t>(work_size));
  routine(work.data(), work_size);
}

}  // namespace

template <class S>
void qr_factor(std::int64_t m, std::int64_t n, S* x, S* r) {
  expect_blas_buffer();
  const int rows = size(m), columns = size(n), k = std::min(rows, columns);
  int info = 0;
  std::vector<S> tau(static_cast<std::size_t>(k));
  with_work<S>([&](S* work, int work_size) {
    Lapack<S>::geqrf(&rows, &columns, x, &rows, tau.data(), work, &work_size, &info);
  });
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t i = 0; i < k; ++i) r[j * k + i] = i <= j ? x[j * m + i] : S(0);
  with_work<S>(
      [&](S* work, int work_size) { Lapack<S>::orgqr(&rows, &k, &k, x, &rows, tau.data(), work, &work_size, &info); });
}

template <class S>
bool eigh_factor(std::int64_t n, S* x, S* values) {
  expect_blas_buffer();
  const int order = size(n);
  int info = 0, integers_wanted = 0;
  const int query = -1;
  S unused = 0;
  Lapack<S>::syevd("V", "U", &order, x, &order, values, &unused, &query, &integers_wanted, &query, &info, 1, 1);
  std::vector<int> integers(static_cast<std::size_t>(std::max(1, integers_wanted)));
  const int integers_size = static_cast<int>(integers.size());
  with_work<S>([&](S* work, int work_size) {
    Lapack<S>::syevd("V", "U", &order, x, &order, values, work, &work_size, integers.data(), &integers_size, &info, 1,
                     1);
  });
  return info == 0;
}

template <class S>
bool eig_factor(std::int64_t n, S* x, S* real, S* imaginary, S* vectors) {
  expect_blas_buffer();
  const int order = size(n), one = 1;
  int info = 0;
  S unused = 0;
  with_work<S>([&](S* work, int work_size) {
    Lapack<S>::geev("N", vectors ? "V" : "N", &order, x, &order, real, imaginary, &unused, &one,
                    vectors ? vectors : &unused, vectors ? &order : &one, work, &work_size, &info, 1, 1);
  });
  return info == 0;
}

template <class S>
bool svd_factor(std::int64_t m, std::int64_t n, S* x, S* u, S* s, S* vh) {
  expect_blas_buffer();
  // Row-major x is column-major xᵀ = vhᵀ·diag(s)·uᵀ, and so are its factors.
  const int rows = size(n), columns = size(m), k = std::min(rows, columns);
  int info = 0;
  std::vector<int> integers(static_cast<std::size_t>(8 * k));
  with_work<S>([&](S* work, int work_size) {
    Lapack<S>::gesdd("S", &rows, &columns, x, &rows, s, vh, &rows, u, &k, work, &work_size, integers.data(), &info, 1);
  });
  return info == 0;
}

template void qr_factor(std::int64_t, std::int64_t, float*, float*);
template void qr_factor(std::int64_t, std::int64_t, double*, double*);
template bool eigh_factor(std::int64_t, float*, float*);
template bool eigh_factor(std::int64_t, double*, double*);
template bool eig_factor(std::int64_t, float*, float*, float*, float*);
template bool eig_factor(std::int64_t, double*, double*, double*, double*);
template bool svd_factor(std::int64_t, std::int64_t, float*, float*, float*, float*);
template bool svd_factor(std::int64_t, std::int64_t, double*, double*, double*, double*);
template bool lu_factor(std::int64_t, float*, int*);
template bool lu_factor(std::int64_t, double*, int*);
template void lu_invert(std::int64_t, float*, const int*);
template void lu_invert(std::int64_t, double*, const int*);
template void lu_solve(std::int64_t, std::int64_t, const float*, const int*, float*);
template void lu_solve(std::int64_t, std::int64_t, const double*, const int*, double*);
template int cholesky_factor(std::int64_t, float*);
template int cholesky_factor(std::int64_t, double*);

}  // namespace frost::detail
