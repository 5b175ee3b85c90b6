#include "fields.hpp"
#include "windows.hpp"

#include <frost/autograd/ops.hpp>
#include <frost/layers/activity.hpp>
#include <frost/layers/convolution.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, Conv2DOptions& o) {
  v("filters", o.filters);
  v("kernel_size", o.kernel_size);
  v("strides", o.strides);
  v("padding", o.padding);
  v("dilation_rate", o.dilation_rate);
  v("groups", o.groups);
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

class Conv2DBase : public LayerBase {
 public:
  explicit Conv2DBase(const Conv2DOptions& options) : o_(options) {
    detail::expect_positive("Conv2D", "filters", o_.filters);
    detail::expect_positive("Conv2D", "kernel_size", o_.kernel_size);
    detail::expect_positive("Conv2D", "strides", o_.strides);
    detail::expect_positive("Conv2D", "dilation_rate", o_.dilation_rate);
    detail::expect_positive("Conv2D", "groups", o_.groups);
    detail::expect_padding("Conv2D", o_.padding);
    expect(o_.filters % o_.groups == 0, "Conv2D: got {} groups; expected a number that divides the {} filters",
           o_.groups, o_.filters);
    configure(o_.name, o_.trainable, o_.dtype);
  }

  void build(const Shape& input) override {
    detail::expect_image("Conv2D", input);
    const std::int64_t c = detail::known_channels("Conv2D", input);
    expect<ShapeError>(c % o_.groups == 0, "Conv2D: got an input of shape {}; expected a multiple of {} channels",
                       to_string(input), o_.groups);
    kernel_ =
        add_weight("kernel", {o_.kernel_size.height(), o_.kernel_size.width(), c / o_.groups, o_.filters},
                   o_.kernel_initializer, {.regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
    if (o_.use_bias)
      bias_ = add_weight("bias", {o_.filters}, o_.bias_initializer,
                         {.regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    Tensor y = o_.activation(conv2d(x, kernel_, bias_,
                                    {.strides = detail::both(o_.strides),
                                     .padding = o_.padding,
                                     .dilation = detail::both(o_.dilation_rate),
                                     .groups = o_.groups}));
    ActivityPenalties::note(*this, o_.activity_regularizer, y);
    return y;
  }
  // A kernel's filter takes part in each result with all its elements.
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const override {
    const std::int64_t results = detail::elements_of(outputs[0]), filter = kernel_.size() / o_.filters;
    const bool one_each = o_.groups > 1 && inputs[0].back() == o_.groups && o_.filters == o_.groups;
    const Flops product = one_each ? Flops{.elements = 2 * results * filter} : Flops{.products = 2 * results * filter};
    return detail::convolution_flops(product, results, o_.use_bias, detail::flops_of(o_.activation));
  }
  std::string type() const override { return "Conv2D"; }
  bool penalizes_activity() const override { return !o_.activity_regularizer.empty(); }
  Config config() const override { return detail::config_of(o_); }

 private:
  Conv2DOptions o_;
  Parameter kernel_, bias_;
};

}  // namespace

Conv2D::Conv2D(const Conv2DOptions& options) : Positional(layer<Conv2DBase>(options)) {}

namespace detail {

Layer conv2d_from(const Config& c) { return from_config<Conv2D, Conv2DOptions>("Conv2D", c); }

}  // namespace detail

}  // namespace frost
