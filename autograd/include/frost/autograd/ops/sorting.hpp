#pragma once
#include <frost/autograd/scalar.hpp>
#include <frost/autograd/tensor.hpp>

namespace frost {

// Order along an axis. Equal elements keep their order, also in descending order, and NaN counts as larger than every
// number. The gradient goes to the places that the values came from; of equal elements those taken first get it.
// Throws: ShapeError for an axis that is out of range or a scalar, ValueError for an absent tensor.

struct SortOptions {
  bool descending = false;
};
/// y = x in ascending or descending order along an axis. dx = g at the places that the values came from.
FROST_API Tensor sort(const Tensor& x, std::int64_t axis = -1, const SortOptions& options = {});
/// y = the indices that would sort x: y[…, i, …] is the place of the i-th element. int64, no gradient.
FROST_API Tensor argsort(const Tensor& x, std::int64_t axis = -1, const SortOptions& options = {});

struct TopK {
  Tensor values, indices;
};
struct TopKOptions {
  bool largest = true;  // false: the smallest
};
/// values = the k largest or smallest elements along an axis, the first of them first, and the int64 indices at which
/// they stand. dx = g of the values at these places. Throws: ValueError unless 0 ≤ k ≤ the size of the axis.
FROST_API TopK topk(const Tensor& x, std::int64_t k, std::int64_t axis = -1, const TopKOptions& options = {});

struct SearchsortedOptions {
  bool right = false;  // behind the elements that equal the value, not in front of them
};
/// y = the places at which values would be put into a sorted vector to keep its order: the number of its elements v
/// with v < value, or v ≤ value with `right`; int64. No gradient. Shapes: sorted (n), values and y any; or sorted (…,
/// n) and values (…, m), row by row. What is not sorted gives places without a meaning. Throws: ShapeError when the
/// rows do not fit, ValueError when the dtypes differ.
FROST_API Tensor searchsorted(const Tensor& sorted, const Tensor& values, const SearchsortedOptions& options = {});
FROST_API Tensor searchsorted(const Tensor& sorted, Scalar value, const SearchsortedOptions& options = {});

}  // namespace frost
