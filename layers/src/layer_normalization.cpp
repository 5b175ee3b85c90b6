#include <frost/layers/layer_normalization.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"

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
    expect<ShapeError>(input.size() >= 2 && input.back() >= 0,
                       "LayerNormalization: the size of the input's last axis must be known; got {}; expected (N, …, "
                       "C)",
                       to_string(input));
    expect(o_.axis == -1 || o_.axis == static_cast<std::int64_t>(input.size()) - 1,
           "LayerNormalization: got axis {} for an input of shape {}; expected the last one, -1", o_.axis,
           to_string(input));
    if (o_.scale)
      gamma_ = add_weight("gamma", {input.back()}, o_.gamma_initializer,
                          {.regularizer = o_.gamma_regularizer, .constraint = o_.gamma_constraint});
    if (o_.center)
      beta_ = add_weight("beta", {input.back()}, o_.beta_initializer,
                         {.regularizer = o_.beta_regularizer, .constraint = o_.beta_constraint});
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    return layer_norm(x, gamma_, beta_, {.epsilon = o_.epsilon});
  }
  // Mean, variance, division, scale and shift; on the way back as much again for the input.
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    const std::int64_t elements = detail::elements_of(inputs[0]);
    LayerFlops flops = {.forward = {.elements = 8 * elements}, .input_gradient = {.elements = 8 * elements}};
    if (gamma_) flops.weight_gradients.push_back({.elements = 2 * elements});
    if (beta_) flops.weight_gradients.push_back({.elements = elements});
    return flops;
  }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "LayerNormalization"; }

 private:
  LayerNormalizationOptions o_;
  Parameter gamma_, beta_;
};

}  // namespace

LayerNormalization::LayerNormalization() : LayerNormalization(LayerNormalizationOptions{}) {}
LayerNormalization::LayerNormalization(const LayerNormalizationOptions& options)
    : Layer(layer<LayerNormalizationBase>(options)) {}

namespace detail {

Layer layer_normalization_from(const Config& config) {
  return from_config<LayerNormalization, LayerNormalizationOptions>("LayerNormalization", config);
}

}  // namespace detail

}  // namespace frost
