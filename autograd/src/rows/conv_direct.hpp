#pragma once
#include "conv.hpp"

namespace frost::detail {

// Note [Direct convolutions]
// Where filters fill vectors and images have enough pixels, sums stay in registers and windows are read where they are:
// nothing is laid out, and neither x nor the kernel is packed again for each tile, as BLAS does. An image is copied
// with its margins, so that windows do not end at its border. The gradient of x is such a convolution too, of g with
// the kernel turned around, if windows begin at every pixel.

template <class S>
bool is_direct(const ConvPlan& p);
/// The convolution whose result is the gradient of x. Only for strides of 1.
ConvPlan backward_plan(const ConvPlan& p);

template <class S>
void direct_forward(const ConvPlan& p, const S* x, const S* kernel, const S* bias, S* y);
/// dx by the convolution `backward_plan(p)`.
template <class S>
void direct_input_gradient(const ConvPlan& p, const S* g, const S* kernel, S* dx);
template <class S>
void direct_kernel_gradient(const ConvPlan& p, const S* x, const S* g, S* dkernel);

}  // namespace frost::detail
