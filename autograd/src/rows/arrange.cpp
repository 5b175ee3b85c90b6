#include "elementwise.hpp"

#include <algorithm>

// Parts, grids and products that are other operations put together.
namespace frost {

using namespace detail;

Tensors split(const Tensor& x, std::int64_t sections, std::int64_t axis) {
  expect(x.present(), "split: the tensor is absent");
  const int along = normalize_axis("split", axis, shape_of(x).rank());
  const std::int64_t n = shape_of(x)[along];
  expect(sections >= 1 && n % sections == 0, "split: {} parts do not divide axis {} of shape {}", sections, axis,
         text(x));
  Tensors parts;
  for (std::int64_t i = 0; i < sections; ++i)
    parts.push_back(x.slice(along, i * (n / sections), (i + 1) * (n / sections)));
  return parts;
}

Tensors split_at(const Tensor& x, const Axes& indices, std::int64_t axis) {
  expect(x.present(), "split_at: the tensor is absent");
  const int along = normalize_axis("split_at", axis, shape_of(x).rank());
  const std::int64_t n = shape_of(x)[along];
  Tensors parts;
  std::int64_t begin = 0;
  for (const std::int64_t index : indices) {
    const std::int64_t end = index < 0 ? index + n : index;
    expect(end >= begin && end <= n, "split_at: got index {} after {} for axis {} of shape {}; expected {} to {}",
           index, begin, axis, text(x), begin, n);
    parts.push_back(x.slice(along, begin, end));
    begin = end;
  }
  parts.push_back(x.slice(along, begin, n));
  return parts;
}

Tensors meshgrid(const Tensors& xs, const MeshgridOptions& options) {
  const bool exchanged = options.indexing == "xy";
  expect(exchanged || options.indexing == "ij", "meshgrid: got indexing '{}'; expected 'xy' or 'ij'", options.indexing);
  const auto axis_of = [&](std::size_t i) { return exchanged && xs.size() > 1 && i < 2 ? 1 - i : i; };
  Shape grid(std::vector<std::int64_t>(xs.size(), 1));
  for (std::size_t i = 0; i < xs.size(); ++i) {
    expect(xs[i].present(), "meshgrid: tensor {} is absent", i);
    expect<ShapeError>(shape_of(xs[i]).rank() <= 1, "meshgrid: tensor {} has shape {}; expected a vector", i,
                       text(xs[i]));
    grid[axis_of(i)] = shape_of(xs[i]).count();
  }
  Tensors grids;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    Shape one(std::vector<std::int64_t>(xs.size(), 1));
    one[axis_of(i)] = grid[axis_of(i)];
    grids.push_back(broadcast_to(reshape(xs[i], one), grid));
  }
  return grids;
}

Tensor cross(const Tensor& a, const Tensor& b, std::int64_t axis) {
  expect(a.present() && b.present(), "cross: a tensor is absent");
  expect_same_dtype("cross", a, b);
  const ShapeRef both = broadcast_shapes("cross", shape_of(a), shape_of(b));
  const int from_end = both.rank() - normalize_axis("cross", axis, both.rank());
  for (const Tensor* x : {&a, &b})
    expect<ShapeError>(shape_of(*x).rank() >= from_end && shape_of(*x)[shape_of(*x).rank() - from_end] == 3,
                       "cross: got shapes {} and {}; expected size 3 along axis {}", text(a), text(b), axis);
  return roll(a, -1, -from_end) * roll(b, -2, -from_end) - roll(a, -2, -from_end) * roll(b, -1, -from_end);
}

Tensor kron(const Tensor& a, const Tensor& b) {
  expect(a.present() && b.present(), "kron: a tensor is absent");
  expect_same_dtype("kron", a, b);
  const Shape &of_a = shape_of(a).dims(), &of_b = shape_of(b).dims();
  const std::size_t rank = std::max(of_a.size(), of_b.size());
  Shape left, right, product;  // each axis as a pair: (a's size, 1), (1, b's size)
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t m = i + of_a.size() < rank ? 1 : of_a[i + of_a.size() - rank];
    const std::int64_t n = i + of_b.size() < rank ? 1 : of_b[i + of_b.size() - rank];
    left.insert(left.end(), {m, 1});
    right.insert(right.end(), {1, n});
    product.push_back(m * n);
  }
  return reshape(reshape(a, left) * reshape(b, right), product);
}

}  // namespace frost
