#pragma once
#include <frost/autograd/tensor.hpp>

#include <string>

namespace frost {

// Pooling of windows of (N, H, W, C); padding as for conv2d, but padded elements do not take part.
// Throws: ShapeError when shapes do not fit or a window is larger than its input; ValueError for dtypes and options.

struct Pool2dOptions {
  std::vector<std::int64_t> pool_size = {2, 2};
  std::vector<std::int64_t> strides = {};  // empty: the pool size
  std::string padding = "valid";           // or "same"
};
/// y_p = max x_q over the window q of p. dx_q = Σ g_p over the windows in which x_q is the first of the largest.
/// Shapes: x (N, H, W, C); y (N, H', W', C).
FROST_API Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options = {});
/// y_p = Σ x_q / n_p over the window q of p, n_p its elements that are not padding. dx_q = Σ g_p / n_p over the windows
/// that have q. Shapes: x (N, H, W, C); y (N, H', W', C).
FROST_API Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options = {});

}  // namespace frost
