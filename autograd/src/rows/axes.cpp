#include "axes.hpp"

#include "node.hpp"
#include "strided.hpp"

namespace frost::detail {

namespace {

// The shape with sizes of 1 where it is reduced, or without those axes.
ShapeRef shape_with(const ShapeRef& x, const ReduceAttrs& attrs, bool keepdims) {
  std::int64_t dims[StridedCopy::max_axes];
  std::size_t rank = 0;
  for (int i = 0; i < x.rank(); ++i) {
    if (!attrs.has(i))
      dims[rank++] = x[i];
    else if (keepdims)
      dims[rank++] = 1;
  }
  return make_shape(dims, rank);
}

struct Order {
  bool is_identity = true;
  kernels::ReduceShape shape;
  std::uint8_t axes[StridedCopy::max_axes];
  std::uint8_t back[StridedCopy::max_axes];
};

// Reduced axes that are neighbours (up to axes of size 1) stay where they are; else they go to the end.
Order order_of(const ShapeRef& x, const ReduceAttrs& attrs) {
  Order order;
  std::int64_t outer = 1, n = 1, inner = 1;
  bool seen_reduced = false, seen_inner = false;
  for (int i = 0; i < x.rank(); ++i) {
    if (attrs.has(i)) {
      seen_reduced |= x[i] != 1;
      if (seen_inner && x[i] != 1) order.is_identity = false;
      n *= x[i];
    } else if (seen_reduced) {
      seen_inner |= x[i] != 1;
      inner *= x[i];
    } else {
      outer *= x[i];
    }
  }
  if (order.is_identity) {
    order.shape = {outer, n, inner};
    return order;
  }
  order.shape = {outer * inner, n, 1};
  std::uint8_t next = 0;
  for (const bool reduced : {false, true})
    for (int i = 0; i < x.rank(); ++i)
      if (attrs.has(i) == reduced) {
        order.axes[next] = static_cast<std::uint8_t>(i);
        order.back[i] = next++;
      }
  return order;
}

std::vector<std::int64_t> list(const std::uint8_t* axes, int rank) { return {axes, axes + rank}; }

ShapeRef moved_shape(const ShapeRef& shape, const Order& order) {
  std::int64_t dims[StridedCopy::max_axes];
  for (int i = 0; i < shape.rank(); ++i) dims[i] = shape[order.axes[i]];
  return make_shape(dims, static_cast<std::size_t>(shape.rank()));
}

}  // namespace

ReduceAttrs reduce_attrs(const char* op, const Tensor& x, const Axes& axes, bool keepdims) {
  expect(x.present(), "{}: the tensor is absent", op);
  const int rank = shape_of(x).rank();
  expect<ShapeError>(rank <= StridedCopy::max_axes, "{}: too many axes; got {}; expected {} or fewer", op, rank,
                     StridedCopy::max_axes);
  ReduceAttrs attrs{0, keepdims};
  if (axes.empty()) {
    attrs.axes = rank == 0 ? 0 : ~std::uint64_t{0} >> (64 - rank);
    return attrs;
  }
  for (const std::int64_t axis : axes) {
    const std::uint64_t bit = std::uint64_t{1} << normalize_axis(op, axis, rank);
    expect<ShapeError>(!(attrs.axes & bit), "{}: an axis is named twice; got axis {} again for shape {}", op, axis,
                       text(x));
    attrs.axes |= bit;
  }
  return attrs;
}

ShapeRef reduced_shape(const ShapeRef& x, const ReduceAttrs& attrs) { return shape_with(x, attrs, attrs.keepdims); }

std::int64_t reduced_count(const ShapeRef& x, const ReduceAttrs& attrs) {
  std::int64_t n = 1;
  for (int i = 0; i < x.rank(); ++i)
    if (attrs.has(i)) n *= x[i];
  return n;
}

kernels::ReduceShape around(const ShapeRef& x, int axis) {
  kernels::ReduceShape shape{1, x[axis], 1};
  for (int i = 0; i < axis; ++i) shape.outer *= x[i];
  for (int i = axis + 1; i < x.rank(); ++i) shape.inner *= x[i];
  return shape;
}

Grouped group(const Tensor& x, const ReduceAttrs& attrs) {
  const Order order = order_of(shape_of(x), attrs);
  return {order.is_identity ? x : permuted(x, order.axes), order.shape};
}

Tensor ungroup(const Tensor& values, const ShapeRef& shape, const ReduceAttrs& attrs) {
  const Order order = order_of(shape, attrs);
  if (order.is_identity) return values;
  return permuted(make_view(values, moved_shape(shape, order)), order.back);
}

Tensor group_recorded(const Tensor& x, const ReduceAttrs& attrs) {
  const Order order = order_of(shape_of(x), attrs);
  const Shape grouped = {order.shape.outer, order.shape.n, order.shape.inner};
  if (order.is_identity) return reshape(x, grouped);
  return reshape(transpose(x, Axes(list(order.axes, shape_of(x).rank()))), grouped);
}

Tensor ungroup_recorded(const Tensor& values, const ShapeRef& shape, const ReduceAttrs& attrs) {
  const Order order = order_of(shape, attrs);
  if (order.is_identity) return reshape(values, shape.dims());
  return transpose(reshape(values, moved_shape(shape, order).dims()), Axes(list(order.back, shape.rank())));
}

Tensor with_kept_axes(const Tensor& y, const ShapeRef& x, const ReduceAttrs& attrs) {
  if (shape_of(y).rank() == x.rank()) return y;
  const ShapeRef kept = shape_with(x, attrs, true);
  return recording() ? reshape(y, kept.dims()) : make_view(y, kept);
}

Tensor spread(const Tensor& y, const ShapeRef& x, const ReduceAttrs& attrs) {
  const Tensor kept = with_kept_axes(y, x, attrs);
  if (recording()) return broadcast_to(kept, x.dims());
  Tensor to = make_tensor(x, y.dtype());
  broadcast(kept, to);
  return to;
}

}  // namespace frost::detail
