#pragma once
#include "array.hpp"

#include <cstdint>
#include <string>
#include <vector>

// What convolutions and pooling know about their windows.
namespace frost::detail {

/// One axis of an image, and the windows on it: window o reads the elements o·stride − front + k·dilation, k < kernel.
struct WindowAxis {
  std::int64_t in = 0, out = 0, kernel = 1, stride = 1, dilation = 1, front = 0;
};

/// The windows on an axis of n elements. Throws, in the name of op: ShapeError for a window that is larger than the
/// axis, ValueError for sizes, strides and dilations below 1 and unknown paddings.
WindowAxis plan_windows(const char* op, std::int64_t n, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                        const std::string& padding, bool may_be_causal = false);

/// The two numbers of an option; one stands for both.
struct Pair {
  std::int64_t h, w;
};
Pair pair_of(const char* op, const char* option, const std::vector<std::int64_t>& values);

/// A convolution of x [N,H,W,C] with a kernel [KH,KW,C/groups,F] to y [N,OH,OW,F]. Its two gradients are described by
/// the same numbers.
struct ConvPlan {
  std::int64_t batch = 0, channels = 0, filters = 0, groups = 1;
  WindowAxis h, w;

  std::int64_t group_channels() const { return channels / groups; }
  std::int64_t group_filters() const { return filters / groups; }
  std::int64_t positions() const { return batch * h.out * w.out; }
  Shape x_shape() const { return {batch, h.in, w.in, channels}; }
  Shape kernel_shape() const { return {h.kernel, w.kernel, group_channels(), filters}; }
  Shape y_shape() const { return {batch, h.out, w.out, filters}; }
};

/// y = conv(x, kernel) + bias; bias may be null.
template <class S>
void conv_forward(const ConvPlan& p, const S* x, const S* kernel, const S* bias, S* y);
/// dx: g transposed back through the kernel.
template <class S>
void conv_input_gradient(const ConvPlan& p, const S* g, const S* kernel, S* dx);
/// dkernel: what x was under each g.
template <class S>
void conv_kernel_gradient(const ConvPlan& p, const S* x, const S* g, S* dkernel);

extern template void conv_forward(const ConvPlan&, const float*, const float*, const float*, float*);
extern template void conv_forward(const ConvPlan&, const double*, const double*, const double*, double*);
extern template void conv_input_gradient(const ConvPlan&, const float*, const float*, float*);
extern template void conv_input_gradient(const ConvPlan&, const double*, const double*, double*);
extern template void conv_kernel_gradient(const ConvPlan&, const float*, const float*, float*);
extern template void conv_kernel_gradient(const ConvPlan&, const double*, const double*, double*);

}  // namespace frost::detail
