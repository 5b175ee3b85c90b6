#include "fields.hpp"
#include "windows.hpp"

#include <frost/autograd/ops.hpp>
#include <frost/layers/activity.hpp>
#include <frost/layers/convolution.hpp>

// DepthwiseConv2D and SeparableConv2D.
namespace frost {

using detail::expect;

template <class V>
void fields(V& v, DepthwiseConv2DOptions& o) {
  v("kernel_size", o.kernel_size);
  v("strides", o.strides);
  v("padding", o.padding);
  v("depth_multiplier", o.depth_multiplier);
  v("dilation_rate", o.dilation_rate);
  v("activation", o.activation);
  v("use_bias", o.use_bias);
  v("depthwise_initializer", o.depthwise_initializer);
  v("bias_initializer", o.bias_initializer);
  v("depthwise_regularizer", o.depthwise_regularizer);
  v("bias_regularizer", o.bias_regularizer);
  v("activity_regularizer", o.activity_regularizer);
  v("depthwise_constraint", o.depthwise_constraint);
  v("bias_constraint", o.bias_constraint);
}

template <class V>
void fields(V& v, SeparableConv2DOptions& o) {
  v("filters", o.filters);
  v("kernel_size", o.kernel_size);
  v("strides", o.strides);
  v("padding", o.padding);
  v("dilation_rate", o.dilation_rate);
  v("depth_multiplier", o.depth_multiplier);
  v("activation", o.activation);
  v("use_bias", o.use_bias);
  v("depthwise_initializer", o.depthwise_initializer);
  v("pointwise_initializer", o.pointwise_initializer);
  v("bias_initializer", o.bias_initializer);
  v("depthwise_regularizer", o.depthwise_regularizer);
  v("pointwise_regularizer", o.pointwise_regularizer);
  v("bias_regularizer", o.bias_regularizer);
  v("activity_regularizer", o.activity_regularizer);
  v("depthwise_constraint", o.depthwise_constraint);
  v("pointwise_constraint", o.pointwise_constraint);
  v("bias_constraint", o.bias_constraint);
}

namespace {

template <class Options>
void expect_depthwise(const char* layer, const Options& o) {
  detail::expect_positive(layer, "kernel_size", o.kernel_size);
  detail::expect_positive(layer, "strides", o.strides);
  detail::expect_positive(layer, "dilation_rate", o.dilation_rate);
  detail::expect_positive(layer, "depth_multiplier", o.depth_multiplier);
  detail::expect_padding(layer, o.padding);
}
template <class Options>
Shape depthwise_shape(const Options& o, std::int64_t channels) {
  return {o.kernel_size.height(), o.kernel_size.width(), channels, o.depth_multiplier};
}

// (KH, KW, C, M) is (KH, KW, 1, C·M) in C groups: a channel's filters stand side by side.
template <class Options>
Tensor depthwise(const Options& o, const Tensor& x, const Tensor& kernel, const Tensor& bias) {
  const Shape& k = kernel.shape();
  return conv2d(x, reshape(kernel, {k[0], k[1], 1, k[2] * k[3]}), bias,
                {.strides = detail::both(o.strides),
                 .padding = o.padding,
                 .dilation = detail::both(o.dilation_rate),
                 .groups = k[2]});
}
// Loops over channels rather than products.
template <class Options>
Flops depthwise_flops(const Options& o, std::int64_t results) {
  return {.elements = 2 * results * o.kernel_size.height() * o.kernel_size.width()};
}

class DepthwiseConv2DBase : public LayerBase {
 public:
  explicit DepthwiseConv2DBase(const DepthwiseConv2DOptions& options) : o_(options) {
    expect_depthwise("DepthwiseConv2D", o_);
    configure(o_.name, o_.trainable, o_.dtype);
  }

  void build(const Shape& input) override {
    detail::expect_image("DepthwiseConv2D", input);
    const std::int64_t c = detail::known_channels("DepthwiseConv2D", input);
    kernel_ = add_weight("depthwise_kernel", depthwise_shape(o_, c), o_.depthwise_initializer,
                         {.regularizer = o_.depthwise_regularizer, .constraint = o_.depthwise_constraint});
    if (o_.use_bias)
      bias_ = add_weight("bias", {c * o_.depth_multiplier}, o_.bias_initializer,
                         {.regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    Tensor y = o_.activation(depthwise(o_, x, kernel_, bias_));
    ActivityPenalties::note(*this, o_.activity_regularizer, y);
    return y;
  }
  LayerFlops flops(const std::vector<Shape>&, const std::vector<Shape>& outputs) const override {
    const std::int64_t results = detail::elements_of(outputs[0]);
    return detail::convolution_flops(depthwise_flops(o_, results), results, o_.use_bias,
                                     detail::flops_of(o_.activation));
  }
  std::string type() const override { return "DepthwiseConv2D"; }
  bool penalizes_activity() const override { return !o_.activity_regularizer.empty(); }
  Config config() const override { return detail::config_of(o_); }

 private:
  DepthwiseConv2DOptions o_;
  Parameter kernel_, bias_;
};

class SeparableConv2DBase : public LayerBase {
 public:
  explicit SeparableConv2DBase(const SeparableConv2DOptions& options) : o_(options) {
    detail::expect_positive("SeparableConv2D", "filters", o_.filters);
    expect_depthwise("SeparableConv2D", o_);
    configure(o_.name, o_.trainable, o_.dtype);
  }

  void build(const Shape& input) override {
    detail::expect_image("SeparableConv2D", input);
    const std::int64_t c = detail::known_channels("SeparableConv2D", input);
    depthwise_kernel_ = add_weight("depthwise_kernel", depthwise_shape(o_, c), o_.depthwise_initializer,
                                   {.regularizer = o_.depthwise_regularizer, .constraint = o_.depthwise_constraint});
    pointwise_kernel_ =
        add_weight("pointwise_kernel", {1, 1, c * o_.depth_multiplier, o_.filters}, o_.pointwise_initializer,
                   {.regularizer = o_.pointwise_regularizer, .constraint = o_.pointwise_constraint});
    if (o_.use_bias)
      bias_ = add_weight("bias", {o_.filters}, o_.bias_initializer,
                         {.regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    Tensor y = o_.activation(conv2d(depthwise(o_, x, depthwise_kernel_, {}), pointwise_kernel_, bias_));
    ActivityPenalties::note(*this, o_.activity_regularizer, y);
    return y;
  }
  // The depthwise kernel's gradient comes back through the pointwise product, as the input's does.
  LayerFlops flops(const std::vector<Shape>&, const std::vector<Shape>& outputs) const override {
    const std::int64_t results = detail::elements_of(outputs[0]), inner = pointwise_kernel_.shape()[2];
    const Flops pointwise = {.products = 2 * results * inner};
    Flops both = depthwise_flops(o_, results / o_.filters * inner);
    both += pointwise;
    LayerFlops flops = detail::convolution_flops(both, results, o_.use_bias, detail::flops_of(o_.activation));
    flops.weight_gradients.insert(flops.weight_gradients.begin() + 1, pointwise);
    return flops;
  }
  std::string type() const override { return "SeparableConv2D"; }
  bool penalizes_activity() const override { return !o_.activity_regularizer.empty(); }
  Config config() const override { return detail::config_of(o_); }

 private:
  SeparableConv2DOptions o_;
  Parameter depthwise_kernel_, pointwise_kernel_, bias_;
};

}  // namespace

DepthwiseConv2D::DepthwiseConv2D(const DepthwiseConv2DOptions& options)
    : Positional(layer<DepthwiseConv2DBase>(options)) {}
SeparableConv2D::SeparableConv2D(const SeparableConv2DOptions& options)
    : Positional(layer<SeparableConv2DBase>(options)) {}

namespace detail {

Layer depthwise_conv2d_from(const Config& c) {
  return from_config<DepthwiseConv2D, DepthwiseConv2DOptions>("DepthwiseConv2D", c);
}
Layer separable_conv2d_from(const Config& c) {
  return from_config<SeparableConv2D, SeparableConv2DOptions>("SeparableConv2D", c);
}

}  // namespace detail

}  // namespace frost
