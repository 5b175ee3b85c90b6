#pragma once
#include <frost/autograd/scalar.hpp>
#include <frost/autograd/tensor.hpp>

#include <string>

namespace frost {

// Rearranging and indexing. The gradient of each puts g's elements back where they came from, adding where an element
// was used more than once. Throws: ShapeError when shapes or axes do not fit; operations with indices throw ValueError
// with the index that is out of range. Index tensors are int64.

/// y = the same elements in another shape; one −1 is inferred. Shares the buffer. dx = g in x's shape.
FROST_API Tensor reshape(const Tensor& x, const Shape& shape);
/// y = x with its axes in another order, reversed when none are given. dx = g in the order before.
FROST_API Tensor transpose(const Tensor& x, const Axes& axes = {});
/// y = x with two axes exchanged. dx = g with the same two exchanged.
FROST_API Tensor swapaxes(const Tensor& x, std::int64_t axis1, std::int64_t axis2);
/// y = x without an axis of size 1. Shares the buffer. dx = g with the axis.
FROST_API Tensor squeeze(const Tensor& x, std::int64_t axis);
/// y = x with a new axis of size 1 at `axis` of the result. Shares the buffer. dx = g without the axis.
FROST_API Tensor expand_dims(const Tensor& x, std::int64_t axis);
/// y = x repeated along new axes and those of size 1. dx = g summed over them.
FROST_API Tensor broadcast_to(const Tensor& x, const Shape& shape);
/// y = the tensors joined along an axis. dx_i = the part of g that was x_i. Throws: ShapeError when another axis
/// differs.
FROST_API Tensor concatenate(const Tensors& xs, std::int64_t axis = 0);
/// y = the tensors joined along a new axis. dx_i = the i-th entry of g along it.
FROST_API Tensor stack(const Tensors& xs, std::int64_t axis = 0);
/// y = stack(xs, axis), beside `using namespace std`, where `stack` is a class. dx_i = as there.
inline Tensor stacked(const Tensors& xs, std::int64_t axis = 0) { return stack(xs, axis); }

/// y_i = the i-th of equal parts of x along an axis; their number must divide its size. dx = the gradients joined.
/// Throws: ValueError when it does not.
FROST_API Tensors split(const Tensor& x, std::int64_t sections, std::int64_t axis = 0);
/// y_i = the i-th part of x cut before each of the ascending indices along an axis, as numpy.split; k indices give k +
/// 1 parts. dx = the gradients joined. Throws: ValueError for indices that descend or are out of range.
FROST_API Tensors split_at(const Tensor& x, const Axes& indices, std::int64_t axis = 0);

struct MeshgridOptions {
  std::string indexing = "xy";  // the first two axes exchanged, as in images; or "ij", axis i is vector i's
};
/// y_i = coordinate i of a grid, as numpy.meshgrid: each vector repeated along the axes of the others. dx = g summed
/// over these axes. Throws: ShapeError for a tensor with two axes or more.
FROST_API Tensors meshgrid(const Tensors& xs, const MeshgridOptions& options = {});

struct SliceOptions {
  std::vector<std::int64_t> starts = {};
  std::vector<std::int64_t> stops = {};
  std::vector<std::int64_t> steps = {};  // empty: all 1; positive
};
/// y = x[starts[0]:stops[0]:steps[0], …] with NumPy's meaning of negative and large bounds; axes left out are whole.
/// dx = g at these places, else 0.
FROST_API Tensor slice(const Tensor& x, const SliceOptions& options);

struct PadOptions {
  std::vector<std::pair<std::int64_t, std::int64_t>> pad_width = {};
  std::string mode = "constant";  // or "reflect", "edge"
  Scalar value = 0;
};
/// y = x with pad_width[i] = {before, after} elements added along axis i, as numpy.pad. dx = g where x stands, and
/// added to it g where an element was repeated.
FROST_API Tensor pad(const Tensor& x, const PadOptions& options);
/// y = x reversed along the axes, all when none are given. dx = g reversed.
FROST_API Tensor flip(const Tensor& x, const Axes& axis = {});
/// y_{i + shift} = x_i along an axis; what leaves at the end comes back at the start. dx = g moved back.
FROST_API Tensor roll(const Tensor& x, std::int64_t shift, std::int64_t axis);
/// y = each entry of an axis `repeats` times. dx = g summed over the copies.
FROST_API Tensor repeat(const Tensor& x, std::int64_t repeats, std::int64_t axis);
/// y = the whole array reps[i] times along axis i, as numpy.tile. dx = g summed over the copies.
FROST_API Tensor tile(const Tensor& x, const Axes& reps);
/// y = the lower (upper) triangle of the last two axes: 0 above (below) the k-th diagonal. dx = g in that triangle,
/// else 0.
FROST_API Tensor tril(const Tensor& x, std::int64_t k = 0);
FROST_API Tensor triu(const Tensor& x, std::int64_t k = 0);
/// y_i = x_{i, i + offset}: the diagonal of a matrix, `offset` places to the right of the main one. dx = g on it, else
/// 0.
FROST_API Tensor diagonal(const Tensor& x, std::int64_t offset = 0);
/// y = the matrix with the vector x on its diagonal. dx = the diagonal of g.
FROST_API Tensor diag(const Tensor& x);
/// y = Σ x_ii of a matrix. dx = g on the diagonal, else 0.
FROST_API Tensor trace(const Tensor& x);
/// y = x[indices] along an axis. dx = g added at the indices. Shape: x.shape[:axis] + indices.shape + x.shape[axis +
/// 1:]. Negative indices count from the end.
FROST_API Tensor take(const Tensor& x, const Tensor& indices, std::int64_t axis = 0);
/// y = the rows of a matrix that indices name. dweights = g added at these rows. Shape: indices.shape + (columns).
/// Refuses negative indices.
FROST_API Tensor embedding(const Tensor& weights, const Tensor& indices);
/// y[…, i, …] = x[…, indices[…, i, …], …]; indices of x's rank, equal to it or broadcastable off the axis.
/// dx = g added at the indices.
FROST_API Tensor take_along_axis(const Tensor& x, const Tensor& indices, std::int64_t axis);
/// y = x with updates added at indices along an axis: the transpose of take. dx = g; dupdates = g taken at the indices.
/// Refuses negative indices.
FROST_API Tensor scatter_add(const Tensor& x, const Tensor& indices, const Tensor& updates, std::int64_t axis = 0);
/// y = 1 at the index and 0 elsewhere along a new last axis of size depth, in the default dtype. No gradient.
FROST_API Tensor one_hot(const Tensor& indices, std::int64_t depth);

}  // namespace frost
