#include "fields.hpp"
#include "windows.hpp"

#include <frost/autograd/ops.hpp>
#include <frost/layers/activity.hpp>
#include <frost/layers/convolution.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, Conv1DOptions& o) {
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

class Conv1DBase : public LayerBase {
 public:
  explicit Conv1DBase(const Conv1DOptions& options) : o_(options) {
    detail::expect_positive("Conv1D", "filters", o_.filters);
    detail::expect_positive("Conv1D", "kernel_size", o_.kernel_size);
    detail::expect_positive("Conv1D", "strides", o_.strides);
    detail::expect_positive("Conv1D", "dilation_rate", o_.dilation_rate);
    detail::expect_positive("Conv1D", "groups", o_.groups);
    detail::expect_padding("Conv1D", o_.padding, true);
    expect(o_.filters % o_.groups == 0, "Conv1D: got {} groups; expected a number that divides the {} filters",
           o_.groups, o_.filters);
    configure(o_.name, o_.trainable, o_.dtype);
  }

  void build(const Shape& input) override {
    detail::expect_sequence("Conv1D", input);
    const std::int64_t c = detail::known_channels("Conv1D", input);
    expect<ShapeError>(c % o_.groups == 0, "Conv1D: got an input of shape {}; expected a multiple of {} channels",
                       to_string(input), o_.groups);
    kernel_ = add_weight("kernel", {o_.kernel_size, c / o_.groups, o_.filters}, o_.kernel_initializer,
                         {.regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
    if (o_.use_bias)
      bias_ = add_weight("bias", {o_.filters}, o_.bias_initializer,
                         {.regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    detail::expect_sequence("Conv1D", x.shape());
    Tensor y = o_.groups > 1 ? in_groups(x)
                             : conv1d(x, kernel_, bias_,
                                      {.strides = o_.strides, .padding = o_.padding, .dilation = o_.dilation_rate});
    y = o_.activation(std::move(y));
    ActivityPenalties::note(*this, o_.activity_regularizer, y);
    return y;
  }
  LayerFlops flops(const std::vector<Shape>&, const std::vector<Shape>& outputs) const override {
    const std::int64_t results = detail::elements_of(outputs[0]), filter = kernel_.size() / o_.filters;
    return detail::convolution_flops({.products = 2 * results * filter}, results, o_.use_bias,
                                     detail::flops_of(o_.activation));
  }
  std::string type() const override { return "Conv1D"; }
  bool penalizes_activity() const override { return !o_.activity_regularizer.empty(); }
  Config config() const override { return detail::config_of(o_); }

 private:
  // As an image of one row.
  Tensor in_groups(const Tensor& x) const {
    const bool is_causal = o_.padding == "causal";
    const std::int64_t front = is_causal ? (o_.kernel_size - 1) * o_.dilation_rate : 0;
    const Tensor padded = front > 0 ? pad(x, {.pad_width = {{0, 0}, {front, 0}, {0, 0}}}) : x;
    const Shape &in = padded.shape(), &k = kernel_.shape();
    const Tensor y = conv2d(reshape(padded, {in[0], 1, in[1], in[2]}), reshape(kernel_, {1, k[0], k[1], k[2]}), bias_,
                            {.strides = {1, o_.strides},
                             .padding = is_causal ? "valid" : o_.padding,
                             .dilation = {1, o_.dilation_rate},
                             .groups = o_.groups});
    return reshape(y, {in[0], y.shape()[2], o_.filters});
  }

  Conv1DOptions o_;
  Parameter kernel_, bias_;
};

}  // namespace

Conv1D::Conv1D(const Conv1DOptions& options) : Positional(layer<Conv1DBase>(options)) {}

namespace detail {

Layer conv1d_from(const Config& c) { return from_config<Conv1D, Conv1DOptions>("Conv1D", c); }

}  // namespace detail

}  // namespace frost
