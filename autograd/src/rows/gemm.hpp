#pragma once
#include <cstdint>

// The one door to BLAS.
namespace frost::detail {

/// An operand of a product: row-major, rows `stride` elements apart, transposed on the way into the product.
template <class S>
struct Matrix {
  const S* data;
  std::int64_t stride;
  bool transposed = false;
};

/// c = alpha·a·b + beta·c, where after transposition a is (m, k), b (k, n), and c's rows are `stride_c` apart. Sizes
/// may be 0. With beta 0, c is not read.
template <class S>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<S> a, Matrix<S> b, S* c, std::int64_t stride_c,
          S beta = 0, S alpha = 1);

extern template void gemm(std::int64_t, std::int64_t, std::int64_t, Matrix<float>, Matrix<float>, float*, std::int64_t,
                          float, float);
extern template void gemm(std::int64_t, std::int64_t, std::int64_t, Matrix<double>, Matrix<double>, double*,
                          std::int64_t, double, double);

}  // namespace frost::detail
