#include "fields.hpp"
#include "windows.hpp"

#include <frost/autograd/ops.hpp>
#include <frost/layers/activity.hpp>
#include <frost/layers/convolution.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, Conv2DTransposeOptions& o) {
  v("filters", o.filters);
  v("kernel_size", o.kernel_size);
  v("strides", o.strides);
  v("padding", o.padding);
  v("output_padding", o.output_padding);
  v("dilation_rate", o.dilation_rate);
  v("activation", o.activation);
  v("use_bias", o.use_bias);
  v("kernel_initializer", o.kernel_initializer);
  v("bias_initializer", o.bias_initializer);
  v("kernel_regularizer", o.kernel_regularizer);
  v("bias_regularizer", o.bias_regularizer);
  v("activity_regularizer", o.activity_regularizer);
  v("kernel_constraint", o.kernel_constraint);
  v("bias_constraint", o.bias_constraint);
}

namespace {

class Conv2DTransposeBase : public LayerBase {
 public:
  explicit Conv2DTransposeBase(const Conv2DTransposeOptions& options) : o_(options) {
    detail::expect_positive("Conv2DTranspose", "filters", o_.filters);
    detail::expect_positive("Conv2DTranspose", "kernel_size", o_.kernel_size);
    detail::expect_positive("Conv2DTranspose", "strides", o_.strides);
    detail::expect_padding("Conv2DTranspose", o_.padding);
    expect(o_.dilation_rate == Size2D(1), "Conv2DTranspose: got dilation_rate ({}, {}); expected 1",
           o_.dilation_rate.height(), o_.dilation_rate.width());
    if (!o_.output_padding.empty()) {
      expect_output_padding(o_.output_padding.height(), o_.kernel_size.height(), o_.strides.height());
      expect_output_padding(o_.output_padding.width(), o_.kernel_size.width(), o_.strides.width());
    }
    configure(o_.name, o_.trainable, o_.dtype);
  }

  void build(const Shape& input) override {
    detail::expect_image("Conv2DTranspose", input);
    const std::int64_t c = detail::known_channels("Conv2DTranspose", input);
    kernel_ =
        add_weight("kernel", {o_.kernel_size.height(), o_.kernel_size.width(), o_.filters, c}, o_.kernel_initializer,
                   {.regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
    if (o_.use_bias)
      bias_ = add_weight("bias", {o_.filters}, o_.bias_initializer,
                         {.regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    Tensor y = o_.output_padding.empty()
                   ? conv2d_transpose(x, kernel_, {.strides = detail::both(o_.strides), .padding = o_.padding})
                   : with_output_padding(x);
    if (o_.use_bias) y = y + bias_;
    y = o_.activation(std::move(y));
    ActivityPenalties::note(*this, o_.activity_regularizer, y);
    return y;
  }
  // Each element of the input takes part with all of its channel's kernel.
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const override {
    const Flops product = {.products = 2 * detail::elements_of(inputs[0]) * (kernel_.size() / kernel_.shape()[3])};
    return detail::convolution_flops(product, detail::elements_of(outputs[0]), o_.use_bias,
                                     detail::flops_of(o_.activation));
  }
  std::string type() const override { return "Conv2DTranspose"; }
  bool penalizes_activity() const override { return !o_.activity_regularizer.empty(); }
  Config config() const override { return detail::config_of(o_); }

 private:
  // The convolution that this is the transpose of must give as many elements as there are.
  void expect_output_padding(std::int64_t output, std::int64_t kernel, std::int64_t stride) const {
    const std::int64_t least = o_.padding == "same" && kernel % 2 == 0 ? 1 : 0;
    expect(output >= least && output < stride,
           "Conv2DTranspose: got output_padding {} with a kernel of size {} and stride {}; expected {} or more and "
           "less than the stride",
           output, kernel, stride, least);
  }

  // Everything that the windows reach, cut or extended to the size asked for.
  Tensor with_output_padding(const Tensor& x) const {
    const Tensor all = conv2d_transpose(x, kernel_, {.strides = detail::both(o_.strides)});
    SliceOptions cut = {.starts = {0}, .stops = {x.shape()[0]}};
    PadOptions extension = {.pad_width = {{0, 0}}};
    const auto axis = [&](std::size_t i, std::int64_t kernel, std::int64_t stride, std::int64_t output) {
      const std::int64_t reached = std::max<std::int64_t>((x.shape()[i] - 1) * stride + kernel, 0);
      const std::int64_t size = o_.padding == "same" ? reached - kernel / 2 * 2 + output : reached + output;
      const std::int64_t front = o_.padding == "same" ? std::max<std::int64_t>(reached - size, 0) / 2 : 0;
      const std::int64_t end = std::min(front + size, all.shape()[i]);
      cut.starts.push_back(front);
      cut.stops.push_back(end);
      extension.pad_width.emplace_back(0, front + size - end);
    };
    axis(1, o_.kernel_size.height(), o_.strides.height(), o_.output_padding.height());
    axis(2, o_.kernel_size.width(), o_.strides.width(), o_.output_padding.width());
    extension.pad_width.emplace_back(0, 0);
    return pad(slice(all, cut), extension);
  }

  Conv2DTransposeOptions o_;
  Parameter kernel_, bias_;
};

}  // namespace

Conv2DTranspose::Conv2DTranspose(const Conv2DTransposeOptions& options)
    : Positional(layer<Conv2DTransposeBase>(options)) {}

namespace detail {

Layer conv2d_transpose_from(const Config& c) {
  return from_config<Conv2DTranspose, Conv2DTransposeOptions>("Conv2DTranspose", c);
}

}  // namespace detail

}  // namespace frost
