#include "gemm.hpp"

#include "check.hpp"
#include "headroom.hpp"

#include <cblas.h>

#include <algorithm>
#include <limits>

namespace frost::detail {

namespace {

void product(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, float alpha, const float* a, int lda,
             const float* b, int ldb, float beta, float* c, int ldc) {
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
void product(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, double alpha, const double* a, int lda,
             const double* b, int ldb, double beta, double* c, int ldc) {
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
void product(CBLAS_TRANSPOSE t, int rows, int columns, float alpha, const float* a, int lda, const float* x, int step_x,
             float beta, float* y, int step_y) {
  cblas_sgemv(CblasRowMajor, t, rows, columns, alpha, a, lda, x, step_x, beta, y, step_y);
}
void product(CBLAS_TRANSPOSE t, int rows, int columns, double alpha, const double* a, int lda, const double* x,
             int step_x, double beta, double* y, int step_y) {
  cblas_dgemv(CblasRowMajor, t, rows, columns, alpha, a, lda, x, step_x, beta, y, step_y);
}

CBLAS_TRANSPOSE flag(bool transposed) { return transposed ? CblasTrans : CblasNoTrans; }

template <class S>
void scale(std::int64_t m, std::int64_t n, S* c, std::int64_t stride, S beta) {
  if (beta == S(1)) return;
  for (std::int64_t i = 0; i < m; ++i, c += stride)
    if (beta == S(0))
      std::fill_n(c, n, S(0));
    else
      for (std::int64_t j = 0; j < n; ++j) c[j] *= beta;
}

}  // namespace

template <class S>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<S> a, Matrix<S> b, S* c, std::int64_t stride_c, S beta,
          S alpha) {
  if (m == 0 || n == 0) return;
  if (k == 0) return scale(m, n, c, stride_c, beta);
  const auto size = [](std::int64_t value) {
    expect<ShapeError>(value <= std::numeric_limits<int>::max(),
                       "matmul: {} is more than BLAS can count along one axis; split the product", value);
    return std::max(static_cast<int>(value), 1);
  };
  expect_blas_buffer();
  // A vector times a matrix needs no packing. BLAS libraries differ on whether 0·NaN stays in y: it starts at 0.
  if (m == 1) {
    scale(1, n, c, stride_c, beta);
    product(flag(!b.transposed), size(b.transposed ? n : k), size(b.transposed ? k : n), alpha, b.data, size(b.stride),
            a.data, a.transposed ? size(a.stride) : 1, S(1), c, 1);
  } else if (n == 1) {
    scale(m, 1, c, stride_c, beta);
    product(flag(a.transposed), size(a.transposed ? k : m), size(a.transposed ? m : k), alpha, a.data, size(a.stride),
            b.data, b.transposed ? 1 : size(b.stride), S(1), c, size(stride_c));
  } else {
    product(flag(a.transposed), flag(b.transposed), size(m), size(n), size(k), alpha, a.data, size(a.stride), b.data,
            size(b.stride), beta, c, size(stride_c));
  }
}

template void gemm(std::int64_t, std::int64_t, std::int64_t, Matrix<float>, Matrix<float>, float*, std::int64_t, float,
                   float);
template void gemm(std::int64_t, std::int64_t, std::int64_t, Matrix<double>, Matrix<double>, double*, std::int64_t,
                   double, double);

}  // namespace frost::detail
