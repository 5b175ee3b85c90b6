#pragma once
#include "elementwise.hpp"

#include <string>

// Matrices in the last two axes of a tensor, the other axes being a batch.
namespace frost::detail {

/// rows × columns matrices one after another.
struct Matrices {
  std::int64_t rows, n, count = 1;  // n: the columns, which is the order of a square matrix
  explicit Matrices(const ShapeRef& shape) : rows(shape[shape.rank() - 2]), n(shape[shape.rank() - 1]) {
    for (int i = 0; i + 2 < shape.rank(); ++i) count *= shape[i];
  }
  std::int64_t elements() const { return rows * n; }
  std::int64_t least() const { return rows < n ? rows : n; }
};

void expect_matrices(const char* op, const char* name, const Tensor& x);
void expect_square(const char* op, const char* name, const Tensor& x);
/// Checks the right sides b of systems with the square matrices a, and gives both the batch that they broadcast to. A
/// vector becomes a column; returns whether b was one.
bool expect_system(const char* op, Tensor& a, Tensor& b);
/// What solve(a, b) gives for such systems, without the column that stands for a vector.
template <class Solve>
Tensor solved(const char* op, Tensor a, Tensor b, const Solve& solve) {
  const bool is_vector = expect_system(op, a, b);
  const Tensor y = solve(a, b);
  return is_vector ? squeeze(y, -1) : y;
}

/// x's shape with other last axes.
ShapeRef with_last_axes(const ShapeRef& x, std::initializer_list<std::int64_t> last);

/// Which matrix it is, where there are several.
inline std::string which(std::int64_t i, std::int64_t count) {
  return count == 1 ? "the matrix" : fmt::format("matrix {}", i);
}

/// Rows for columns: to[j·rows + i] = from[i·columns + j].
template <class S>
void turn(std::int64_t rows, std::int64_t columns, const S* from, S* to) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) to[j * rows + i] = from[i * columns + j];
}

inline Tensor product_t(const Tensor& a, const Tensor& b) { return matmul(a, b, {.transpose_a = true}); }
inline Tensor product_of_t(const Tensor& a, const Tensor& b) { return matmul(a, b, {.transpose_b = true}); }
/// What is there of two terms, absent when neither is.
inline Tensor sum_of(const Tensor& a, const Tensor& b) {
  return a.present() && b.present() ? a + b : a.present() ? a : b;
}
/// A value a column: x·diag(v).
inline Tensor scale_columns(const Tensor& x, const Tensor& v) { return x * expand_dims(v, -2); }
inline Tensor transposed(const Tensor& x) { return swapaxes(x, -1, -2); }
/// A value a matrix, on the matrices' axes.
inline Tensor over_matrices(const Tensor& x) { return expand_dims(expand_dims(x, -1), -1); }
inline Tensor identity(std::int64_t n, const Tensor& like) { return eye(n, {.dtype = like.dtype()}); }
inline Tensor diagonal_matrix(const Tensor& v) { return scale_columns(identity(v.shape().back(), v), v); }
/// A matrix like x that is far from singular.
inline Tensor regular(const Tensor& x) { return x + 3. * identity(x.shape().back(), x); }

}  // namespace frost::detail
