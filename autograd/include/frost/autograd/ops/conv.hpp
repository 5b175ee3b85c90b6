#pragma once
#include <frost/autograd/tensor.hpp>

#include <string>

namespace frost {

// Convolutions (cross-correlations: the kernel is not flipped), channels last. Padding: 'valid' adds none; 'same' adds
// zeros so that ⌈n / stride⌉ elements come out, the smaller half in front; 'causal' adds (k − 1)·dilation in front.
// Throws: ShapeError when shapes do not fit or a window is larger than its input; ValueError for dtypes and options.

struct Conv1dOptions {
  std::int64_t strides = 1;
  std::string padding = "valid";  // or "same", "causal"
  std::int64_t dilation = 1;
};
/// y_t = Σ_k x_{t·stride + k·dilation}·kernel_k + bias. dx, dkernel as for conv2d, over one axis; dbias = Σ g.
/// Shapes: x (N, T, C), kernel (K, C, F), bias (F) or absent; y (N, T', F).
FROST_API Tensor conv1d(const Tensor& x, const Tensor& kernel, const Tensor& bias = {},
                        const Conv1dOptions& options = {});

struct Conv2dOptions {
  std::vector<std::int64_t> strides = {1, 1};
  std::string padding = "valid";  // or "same"
  std::vector<std::int64_t> dilation = {1, 1};
  std::int64_t groups = 1;
};
/// y_p = Σ_q x_{p·stride + q·dilation}·kernel_q + bias. dx_i = Σ g_p·kernel_qᵀ over p·stride + q·dilation = i;
/// dkernel_q = Σ_p x_{p·stride + q·dilation}ᵀ·g_p; dbias = Σ g. Group i takes the i-th block of channels and of
/// filters. Shapes: x (N, H, W, C), kernel (KH, KW, C/groups, F), bias (F) or absent; y (N, H', W', F). A frozen kernel
/// keeps no x.
FROST_API Tensor conv2d(const Tensor& x, const Tensor& kernel, const Tensor& bias = {},
                        const Conv2dOptions& options = {});

struct Conv2dTransposeOptions {
  std::vector<std::int64_t> strides = {1, 1};
  std::string padding = "valid";  // or "same"
};
/// The transpose of conv2d: y_{p·stride + q} = Σ kernel_q·x_p. dx_p = Σ_q g_{p·stride + q}·kernel_q; dkernel_q = Σ_p
/// g_{p·stride + q}ᵀ·x_p.
/// Shapes: x (N, H, W, C), kernel (KH, KW, F, C); y (N, H', W', F) with H' = (H − 1)·stride + max(KH, stride) for
/// 'valid', H·stride for 'same', which cuts what is more, the smaller half in front.
FROST_API Tensor conv2d_transpose(const Tensor& x, const Tensor& kernel, const Conv2dTransposeOptions& options = {});

}  // namespace frost
