#include "axes.hpp"
#include "elementwise.hpp"
#include "families.hpp"
#include "strided.hpp"

#include <algorithm>
#include <cstring>

// Triangles and diagonals.
namespace frost {

using namespace detail;

namespace {

struct DiagonalAttrs {
  std::int64_t offset;
  std::int64_t rows = 0, columns = 0;
};

std::byte* bytes_of(const Tensor& t) { return static_cast<std::byte*>(impl(t)->data); }

template <bool Lower>
constexpr const char* triangle_name = Lower ? "tril" : "triu";

template <bool Lower>
void compute_triangle(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  const ShapeRef& shape = shape_of(x[0]);
  if (shape.count() == 0) return;
  const std::int64_t columns = shape[shape.rank() - 1], rows = shape[shape.rank() - 2];
  const std::int64_t all = shape.count() / columns, k = attrs.as<DiagonalAttrs>().offset;
  const std::size_t bytes = size_of(y[0].dtype());
  std::memset(impl(y[0])->data, 0, static_cast<std::size_t>(shape.count()) * bytes);
  for (std::int64_t r = 0; r < all; ++r) {
    const std::int64_t row = r % rows;
    // The first column that is not in the lower triangle, or that is in the upper one.
    const std::int64_t bound = std::clamp<std::int64_t>(row + k + Lower, 0, columns);
    const std::int64_t begin = Lower ? 0 : bound, end = Lower ? bound : columns;
    const std::size_t at = static_cast<std::size_t>(r * columns + begin) * bytes;
    std::memcpy(bytes_of(y[0]) + at, bytes_of(x[0]) + at, static_cast<std::size_t>(end - begin) * bytes);
  }
}

template <bool Lower>
Samples triangle_samples() {
  constexpr Tensor (*triangle)(const Tensor&, std::int64_t) = Lower ? tril : triu;
  return {{{normal({3, 4})}, [](const Tensors& x) { return triangle(x[0], 0); }},
          {{normal({2, 3, 3}, 2)}, [](const Tensors& x) { return triangle(x[0], -1); }},
          {{normal({4, 3}, 3)}, [](const Tensors& x) { return triangle(x[0], 1); }}};
}

// y = x in the triangle, 0 elsewhere        dx = g in the triangle
template <bool Lower>
constinit const Op triangle_op{
    .name = triangle_name<Lower>,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {shape_of(x[0]), x[0].dtype()};
        },
    .compute = compute_triangle<Lower>,
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) {
                  return (Lower ? tril : triu)(g, s.attrs<DiagonalAttrs>().offset);
                }}}},
    .samples = triangle_samples<Lower>,
};

template <bool Lower>
Tensor triangle(const Tensor& x, std::int64_t k) {
  expect(x.present(), "{}: the tensor is absent", triangle_name<Lower>);
  expect<ShapeError>(shape_of(x).rank() >= 2, "{}: got shape {}; expected two axes or more", triangle_name<Lower>,
                     text(x));
  return apply(triangle_op<Lower>,
               DiagonalAttrs{std::clamp<std::int64_t>(k, -(std::int64_t{1} << 40), std::int64_t{1} << 40)}, {&x});
}

std::int64_t diagonal_length(std::int64_t rows, std::int64_t columns, std::int64_t offset) {
  return std::max<std::int64_t>(0, offset < 0 ? std::min(rows + offset, columns) : std::min(rows, columns - offset));
}
std::int64_t diagonal_start(std::int64_t columns, std::int64_t offset) {
  return offset < 0 ? -offset * columns : offset;
}

extern const Op from_diagonal_op;

Tensor from_diagonal(const Op& op, const Tensor& x, const DiagonalAttrs& attrs) { return apply(op, attrs, {&x}); }

// y_i = x_{i, i + offset}        dx = g on the diagonal, 0 elsewhere
constinit const Op diagonal_op{
    .name = "diagonal",
    .is_part = true,
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          const std::int64_t n =
              diagonal_length(shape_of(x[0])[0], shape_of(x[0])[1], attrs.as<DiagonalAttrs>().offset);
          y[0] = {make_shape(&n, 1), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          const std::int64_t columns = shape_of(x[0])[1];
          const auto start = static_cast<std::size_t>(diagonal_start(columns, attrs.as<DiagonalAttrs>().offset));
          StridedCopy copy;
          copy.axis(shape_of(y[0])[0], columns + 1, 1);
          copy.run(bytes_of(x[0]) + start * size_of(x[0].dtype()), impl(y[0])->data, size_of(x[0].dtype()));
        },
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) {
                  return from_diagonal(from_diagonal_op, g,
                                       {s.attrs<DiagonalAttrs>().offset, s.input_shape(0)[0], s.input_shape(0)[1]});
                }}}},
    .samples =
        [] {
          return Samples{{{normal({3, 4})}, [](const Tensors& x) { return diagonal(x[0]); }},
                         {{normal({3, 4}, 2)}, [](const Tensors& x) { return diagonal(x[0], 2); }},
                         {{normal({4, 2}, 3)}, [](const Tensors& x) { return diagonal(x[0], -1); }}};
        },
};

void matrix_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  y[0] = {make_shape({attrs.as<DiagonalAttrs>().rows, attrs.as<DiagonalAttrs>().columns}), x[0].dtype()};
}

void compute_matrix(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  const std::size_t bytes = size_of(y[0].dtype());
  const std::int64_t columns = shape_of(y[0])[1];
  std::memset(impl(y[0])->data, 0, static_cast<std::size_t>(shape_of(y[0]).count()) * bytes);
  const auto start = static_cast<std::size_t>(diagonal_start(columns, attrs.as<DiagonalAttrs>().offset));
  StridedCopy copy;
  copy.axis(shape_of(x[0])[0], 1, columns + 1);
  copy.run(impl(x[0])->data, bytes_of(y[0]) + start * bytes, bytes);
}

Tensor matrix_gradient(const Saved& s, const Tensor& g) { return diagonal(g, s.attrs<DiagonalAttrs>().offset); }

// y = zeros with x on a diagonal: the gradient of diagonal        dx = the diagonal of g
constinit const Op from_diagonal_op{
    .name = "from_diagonal",
    .shape = matrix_shape,
    .compute = compute_matrix,
    .rules = {{{"x", reads_nothing, matrix_gradient}}},
    .samples =
        [] {
          return Samples{{{normal({2})},
                          [](const Tensors& x) {
                            return from_diagonal(from_diagonal_op, x[0], {1, 2, 4});
                          }},
                         {{normal({2}, 2)}, [](const Tensors& x) {
                            return from_diagonal(from_diagonal_op, x[0], {-1, 3, 2});
                          }}};
        },
};

// y = the square matrix with x on its diagonal        dx = the diagonal of g
constinit const Op diag_op{
    .name = "diag",
    .shape = matrix_shape,
    .compute = compute_matrix,
    .rules = {{{"x", reads_nothing, matrix_gradient}}},
    .samples =
        [] {
          return Samples{{{normal({3})}, [](const Tensors& x) { return diag(x[0]); }},
                         {{normal({1}, 2)}, [](const Tensors& x) { return diag(x[0]); }}};
        },
};

void expect_matrix(const char* op, const Tensor& x) {
  expect(x.present(), "{}: the tensor is absent", op);
  expect<ShapeError>(shape_of(x).rank() == 2, "{}: got shape {}; expected a matrix", op, text(x));
}

}  // namespace

Tensor tril(const Tensor& x, std::int64_t k) { return triangle<true>(x, k); }
Tensor triu(const Tensor& x, std::int64_t k) { return triangle<false>(x, k); }

Tensor diagonal(const Tensor& x, std::int64_t offset) {
  expect_matrix("diagonal", x);
  // A diagonal beyond a corner is empty, wherever it lies.
  const std::int64_t inside = std::clamp<std::int64_t>(offset, -shape_of(x)[0], shape_of(x)[1]);
  return apply(diagonal_op, DiagonalAttrs{inside}, {&x});
}

Tensor diag(const Tensor& x) {
  expect(x.present(), "diag: the tensor is absent");
  expect<ShapeError>(shape_of(x).rank() == 1, "diag: got shape {}; expected a vector", text(x));
  return from_diagonal(diag_op, x, {0, shape_of(x)[0], shape_of(x)[0]});
}

Tensor trace(const Tensor& x) {
  expect_matrix("trace", x);
  return sum(diagonal(x));
}

namespace detail {

Family matrix_rows() {
  static constexpr const Op* rows[] = {&triangle_op<true>, &triangle_op<false>, &diagonal_op, &from_diagonal_op,
                                       &diag_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
