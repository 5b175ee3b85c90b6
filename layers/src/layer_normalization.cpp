#include <frost/layers/layer_normalization.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"
#include "moved_axes.hpp"

#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, LayerNormalizationOptions& o) {
  v("axis", o.axis);
  v("epsilon", o.epsilon);
  v("center", o.center);
  v("scale", o.scale);
  v("beta_initializer", o.beta_initializer);
  v("gamma_initializer", o.gamma_initializer);
  v("beta_regularizer", o.beta_regularizer);
  v("gamma_regularizer", o.gamma_regularizer);
  v("beta_constraint", o.beta_constraint);
  v("gamma_constraint", o.gamma_constraint);
}

namespace {

class LayerNormalizationBase : public LayerBase {
 public:
  explicit LayerNormalizationBase(const LayerNormalizationOptions& options) : o_(options) {
    expect(o_.epsilon > 0, "LayerNormalization: got epsilon {}; expected more than 0", o_.epsilon);
    configure(o_.name, o_.trainable, o_.dtype);
  }

  void build(const Shape& input) override {
    Shape sizes;
    for (const std::int64_t axis : detail::axes_from_front("LayerNormalization", o_.axis, input)) {
      sizes.push_back(input[static_cast<std::size_t>(axis)]);
      expect<ShapeError>(sizes.back() >= 0, "LayerNormalization: the size of the input's axis {} must be known; got {}",
                         axis, to_string(input));
    }
    if (o_.scale)
      gamma_ = add_weight("gamma", sizes, o_.gamma_initializer,
                          {.regularizer = o_.gamma_regularizer, .constraint = o_.gamma_constraint});
    if (o_.center)
      beta_ = add_weight("beta", sizes, o_.beta_initializer,
                         {.regularizer = o_.beta_regularizer, .constraint = o_.beta_constraint});
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    const LayerNormOptions options = {.epsilon = o_.epsilon};
    const std::vector<std::int64_t> axes = detail::axes_from_front("LayerNormalization", o_.axis, x.shape());
    if (axes.size() == 1 && axes[0] == x.rank() - 1) return layer_norm(x, gamma_, beta_, options);
    // The axes as one, the last.
    const detail::MovedAxes moved(axes, x.rank());
    const Tensor last = moved.to_last(x);
    Shape flat = last.shape();
    flat.resize(flat.size() - axes.size());
    std::int64_t size = 1;
    for (const std::int64_t axis : axes) size *= x.shape()[static_cast<std::size_t>(axis)];
    flat.push_back(size);
    const auto as_row = [](const Parameter& weight) { return weight.present() ? weight.reshape({-1}) : Tensor(); };
    return moved.back(layer_norm(last.reshape(flat), as_row(gamma_), as_row(beta_), options).reshape(last.shape()));
  }
  // Mean, variance, division, scale and shift; on the way back as much again for the input.
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    const std::int64_t elements = detail::elements_of(inputs[0]);
    LayerFlops flops = {.forward = {.elements = 8 * elements}, .input_gradient = {.elements = 8 * elements}};
    if (gamma_.present()) flops.weight_gradients.push_back({.elements = 2 * elements});
    if (beta_.present()) flops.weight_gradients.push_back({.elements = elements});
    return flops;
  }
  bool supports_masking() const override { return true; }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "LayerNormalization"; }

 private:
  LayerNormalizationOptions o_;
  Parameter gamma_, beta_;
};

}  // namespace

LayerNormalization::LayerNormalization() : LayerNormalization(LayerNormalizationOptions{}) {}
LayerNormalization::LayerNormalization(const LayerNormalizationOptions& options)
    : Positional(layer<LayerNormalizationBase>(options)) {}

namespace detail {

Layer layer_normalization_from(const Config& config) {
  return from_config<LayerNormalization, LayerNormalizationOptions>("LayerNormalization", config);
}

}  // namespace detail

}  // namespace frost
