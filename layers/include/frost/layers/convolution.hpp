#pragma once
#include <frost/layers/activation_function.hpp>
#include <frost/layers/layer.hpp>
#include <frost/layers/sizes.hpp>

// Convolutions over images and sequences, channels last. Padding: "valid" adds none, "same" zeros so that ⌈n / stride⌉
// elements come out, the smaller half in front. With groups, the i-th block of filters sees the i-th block of channels.
// All throw ValueError for options that are out of range and ShapeError when the input does not fit.
namespace frost {

struct Conv2DOptions {
  std::int64_t filters = 0;
  Size2D kernel_size = {};
  Size2D strides = 1;
  std::string padding = "valid";  // or "same"
  Size2D dilation_rate = 1;
  std::int64_t groups = 1;
  ActivationFunction activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// activation(conv2d(x, kernel) + bias). Weights: kernel (KH, KW, C/groups, filters), bias (filters).
/// Input shape: (N, H, W, C). Output shape: (N, H', W', filters).
///
///     Layer conv = Conv2D({.filters = 8, .kernel_size = 3, .strides = 2, .padding = "same", .activation = "relu"});
///     conv(ones({1, 32, 32, 3}));   // (1, 16, 16, 8)
class FROST_API Conv2D
    : public detail::Positional<Conv2D, Layer, &Conv2DOptions::filters, &Conv2DOptions::kernel_size> {
 public:
  using Positional::Positional;
  explicit Conv2D(const Conv2DOptions& options);
};

struct Conv1DOptions {
  std::int64_t filters = 0;
  std::int64_t kernel_size = 0;
  std::int64_t strides = 1;
  std::string padding = "valid";  // or "same", "causal"
  std::int64_t dilation_rate = 1;
  std::int64_t groups = 1;
  ActivationFunction activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// activation(conv1d(x, kernel) + bias). With "causal", (kernel_size − 1)·dilation_rate zeros stand in front, so that
/// y_t sees no later x. Weights: kernel (K, C/groups, filters), bias (filters).
/// Input shape: (N, T, C). Output shape: (N, T', filters).
class FROST_API Conv1D
    : public detail::Positional<Conv1D, Layer, &Conv1DOptions::filters, &Conv1DOptions::kernel_size> {
 public:
  using Positional::Positional;
  explicit Conv1D(const Conv1DOptions& options);
};

struct DepthwiseConv2DOptions {
  Size2D kernel_size = {};
  Size2D strides = 1;
  std::string padding = "valid";  // or "same"
  std::int64_t depth_multiplier = 1;
  Size2D dilation_rate = 1;
  ActivationFunction activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// Each channel convolved by itself, with depth_multiplier filters M. Weights: depthwise_kernel (KH, KW, C, M), bias
/// (C·M). Input shape: (N, H, W, C). Output shape: (N, H', W', C·M), a channel's filters side by side.
class FROST_API DepthwiseConv2D
    : public detail::Positional<DepthwiseConv2D, Layer, &DepthwiseConv2DOptions::kernel_size> {
 public:
  using Positional::Positional;
  explicit DepthwiseConv2D(const DepthwiseConv2DOptions& options);
};

struct SeparableConv2DOptions {
  std::int64_t filters = 0;
  Size2D kernel_size = {};
  Size2D strides = 1;
  std::string padding = "valid";  // or "same"
  Size2D dilation_rate = 1;
  std::int64_t depth_multiplier = 1;
  ActivationFunction activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer pointwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer pointwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint pointwise_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// A depthwise convolution and a 1×1 convolution of its result (Chollet 2017). Weights: depthwise_kernel (KH, KW, C,
/// M), pointwise_kernel (1, 1, C·M, filters), bias (filters). Input shape: (N, H, W, C). Output shape: (N, H', W',
/// filters).
class FROST_API SeparableConv2D : public detail::Positional<SeparableConv2D, Layer, &SeparableConv2DOptions::filters,
                                                            &SeparableConv2DOptions::kernel_size> {
 public:
  using Positional::Positional;
  explicit SeparableConv2D(const SeparableConv2DOptions& options);
};

struct Conv2DTransposeOptions {
  std::int64_t filters = 0;
  Size2D kernel_size = {};
  Size2D strides = 1;
  std::string padding = "valid";  // or "same"
  /// How much of the input a window's last, incomplete step covered, less than the strides; empty: as the padding has
  /// it.
  Size2D output_padding = {};
  /// 1; others are not supported.
  Size2D dilation_rate = 1;
  ActivationFunction activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// activation(conv2d_transpose(x, kernel) + bias): what a convolution's gradient does. Weights: kernel (KH, KW,
/// filters, C), bias (filters). Input shape: (N, H, W, C). Output shape: (N, H', W', filters), H' being H·stride for
/// "same" and (H − 1)·stride + max(KH, stride) for "valid"; with output_padding p, (H − 1)·stride + KH − 2·⌊KH / 2⌋ + p
/// and (H − 1)·stride + KH + p.
class FROST_API Conv2DTranspose : public detail::Positional<Conv2DTranspose, Layer, &Conv2DTransposeOptions::filters,
                                                            &Conv2DTransposeOptions::kernel_size> {
 public:
  using Positional::Positional;
  explicit Conv2DTranspose(const Conv2DTransposeOptions& options);
};

}  // namespace frost
