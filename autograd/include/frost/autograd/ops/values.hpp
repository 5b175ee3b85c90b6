#pragma once
#include <frost/autograd/scalar.hpp>
#include <frost/autograd/tensor.hpp>

#include <cstdint>
#include <vector>

namespace frost {

// What is asked of the values as a whole: shapes of results depend on them, so that none of these can stand in a model
// that is built from shapes. Throws: ValueError for an absent tensor or one without values.

/// y = the indices of the elements that are not 0, NaN included, in x's order; int64. No gradient. Shapes: y (count,
/// rank of x), as torch.nonzero; numpy.nonzero's arrays are the columns.
FROST_API Tensor nonzero(const Tensor& x);

/// y = the distinct elements of x in ascending order; NaN comes once, at the end. No gradient. Shapes: y (count).
FROST_API Tensor unique(const Tensor& x);

struct UniqueAll {
  Tensor values, indices, inverse_indices, counts;
};
/// values = unique(x) with, for each of them, the index of the first in the flattened x and the number of all; and for
/// each element of x the place of its value: take(values, inverse_indices) = x. All int64; as numpy.unique_all, but for
/// NaN, which counts as one value. No gradient. Shapes: values, indices, counts (count); inverse_indices as x.
FROST_API UniqueAll unique_all(const Tensor& x);

struct BincountOptions {
  Tensor weights = {};  // absent: ones
  std::int64_t minlength = 0;
};
/// y_k = the number of elements of x that are k, or Σ of their weights; int64, or the weights' dtype. dweights = g
/// taken at x. Shapes: x, weights (n), y (max(largest element + 1, minlength)). Throws: ShapeError for other shapes;
/// ValueError for a negative element or numbers that are not integers.
FROST_API Tensor bincount(const Tensor& x, const BincountOptions& options = {});

struct Histogram {
  Tensor counts, edges;
};
struct HistogramOptions {
  std::vector<double> range = {};  // lowest and highest edge; empty: the least and the largest element
  Tensor weights = {};             // of x's shape; absent: ones
  bool density = false;            // divides by the sum and each bin's width
};
/// counts_k = the number of elements in the bin edges_k ≤ x < edges_{k+1}, the last bin with its upper edge, or Σ of
/// their weights; as numpy.histogram. What lies outside is not counted, NaN neither. No gradient. Shapes: counts
/// (bins), edges (bins + 1). Counts are int64, with weights of their dtype, and as a density of the edges', which have
/// x's dtype, or float64 for integers. Of equal least and largest elements the range is 1 wide around them. Throws:
/// ValueError for no bins, a range that is not finite, or edges that fall; ShapeError for weights of another shape.
FROST_API Histogram histogram(const Tensor& x, std::int64_t bins = 10, const HistogramOptions& options = {});
FROST_API Histogram histogram(const Tensor& x, const Tensor& edges, const HistogramOptions& options = {});
FROST_API Histogram histogram(const Tensor& x, const std::vector<double>& edges, const HistogramOptions& options = {});

struct AllcloseOptions {
  double rtol = 1e-5;
  double atol = 1e-8;
  bool equal_nan = false;
};
/// Whether all |x − y| ≤ t = atol + rtol·|y|; infinities are close to themselves alone. Shapes broadcast, dtypes may
/// differ. No gradient. Throws: ShapeError when shapes do not broadcast.
FROST_API bool allclose(const Tensor& x, const Tensor& y, const AllcloseOptions& options = {});
FROST_API bool allclose(const Tensor& x, Scalar y, const AllcloseOptions& options = {});

}  // namespace frost
