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
/// The largest element of each window. dx: g at the first of the largest.
FROST_API Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options = {});
/// The mean of each window's elements. dx: g divided by their number, spread over them.
FROST_API Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options = {});

}  // namespace frost
