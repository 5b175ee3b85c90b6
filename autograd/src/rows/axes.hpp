#pragma once
#include "check.hpp"
#include "kernels/reduce.hpp"
#include "parallel.hpp"

#include <frost/autograd/ops.hpp>

// The axes that a reduction runs over, as a bit mask, and what follows from them.
namespace frost::detail {

struct ReduceAttrs {
  std::uint64_t axes = 0;
  bool keepdims = false;
  std::int64_t ddof = 0;

  bool has(int axis) const { return axes >> axis & 1; }
  Axes list(int rank) const {
    std::vector<std::int64_t> found;
    for (int i = 0; i < rank; ++i)
      if (has(i)) found.push_back(i);
    return found;
  }
};

/// The attributes of a reduction of x. Throws: ValueError when x is absent, ShapeError for axes that are out of range
/// or named twice.
ReduceAttrs reduce_attrs(const char* op, const Tensor& x, const Axes& axes, bool keepdims);

ShapeRef reduced_shape(const ShapeRef& x, const ReduceAttrs& attrs);
/// The number of elements that one result is made from.
std::int64_t reduced_count(const ShapeRef& x, const ReduceAttrs& attrs);
/// x seen as (outer, n, inner) around one axis.
kernels::ReduceShape around(const ShapeRef& x, int axis);

/// An array of shape `shape` with the reduced axes brought together.
struct Grouped {
  Tensor values;  // the tensor itself where they are neighbours, else a copy in another order
  kernels::ReduceShape shape;
};
Grouped group(const Tensor& x, const ReduceAttrs& attrs);
/// What group moved, moved back to x's shape.
Tensor ungroup(const Tensor& values, const ShapeRef& shape, const ReduceAttrs& attrs);
/// The same out of operations that are recorded: a tensor of shape (outer, n, inner), and back.
Tensor group_recorded(const Tensor& x, const ReduceAttrs& attrs);
Tensor ungroup_recorded(const Tensor& values, const ShapeRef& shape, const ReduceAttrs& attrs);

/// A reduction's result or its gradient with the reduced axes put back with size 1.
Tensor with_kept_axes(const Tensor& y, const ShapeRef& x, const ReduceAttrs& attrs);
/// The same, repeated along the reduced axes to x's shape.
Tensor spread(const Tensor& y, const ShapeRef& x, const ReduceAttrs& attrs);

/// Applies a loop over (outer, n, inner) to pieces of `outer`.
template <class In, class Out, class Loop>
void each_outer(const In* x, Out* y, kernels::ReduceShape shape, const Loop& loop) {
  const std::int64_t block = shape.n * shape.inner;
  parallel_for(
      shape.outer,
      [&](std::int64_t begin, std::int64_t end) {
        loop(x + begin * block, y + begin * shape.inner, kernels::ReduceShape{end - begin, shape.n, shape.inner});
      },
      parallel_grain / (block < 1                ? 1
                        : block < parallel_grain ? block
                                                 : parallel_grain) +
          1);
}

}  // namespace frost::detail
