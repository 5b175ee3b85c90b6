#include <frost/layers/attention.hpp>

#include "attention_core.hpp"
#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "fields.hpp"

namespace frost {

using detail::both_seen;
using detail::expect;

template <class V>
void fields(V& v, AttentionLayerOptions& o) {
  v("use_scale", o.use_scale);
  v("score_mode", o.score_mode);
  v("dropout", o.dropout);
  v("causal", o.causal);
}

namespace {

class AttentionBase : public LayerBase {
 public:
  explicit AttentionBase(const AttentionLayerOptions& options) : o_(options) {
    expect(o_.score_mode == "dot" || o_.score_mode == "concat",
           "Attention: got score_mode '{}'; expected 'dot' or 'concat'", o_.score_mode);
    expect(o_.dropout >= 0 && o_.dropout < 1, "Attention: got dropout {}; expected 0 or more and less than 1",
           o_.dropout);
    configure(o_.name, o_.trainable, o_.dtype);
  }
  void build(const std::vector<Shape>&) override {
    if (o_.use_scale) scale_ = add_weight("scale", {}, "ones");
    if (o_.score_mode == "concat") concat_ = add_weight("concat_score_weight", {}, "ones");
  }
  Tensor call(const Tensors& xs, const CallContext& context) override {
    const detail::AttentionInputs in("Attention", xs, false);
    const std::int64_t depth = in.query.shape()[2];
    const bool drops = context.training && o_.dropout > 0;
    Tensor y;
    if (!concat_.present() && !drops && (!context.has_masks() || !has_values(in.query))) {
      // The operation divides by √depth.
      const Tensor query = in.query * std::sqrt(static_cast<double>(depth));
      return attention(scale_.present() ? query * scale_ : query, in.key, in.value, {.causal = o_.causal});
    }
    Tensor seen;
    if (const Tensor& mask = context.mask(in.value_input); mask.present()) seen = expand_dims(mask, 1);  // (N, 1, K)
    if (o_.causal && has_values(in.query))
      seen = both_seen(seen, detail::causal_steps(in.query.shape()[1], in.key.shape()[1]));
    y = detail::weighted(scores(in.query, in.key), seen, in.value, o_.dropout, context);
    if (const Tensor& mask = context.mask(0); mask.present()) y = where(expand_dims(mask, 2), y, 0.);
    return y;
  }
  bool is_random() const override { return o_.dropout > 0; }
  bool supports_masking() const override { return true; }
  Tensors compute_mask(const Tensors&, const Tensors& masks) const override {
    return {masks.empty() ? Tensor() : masks[0]};
  }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const override {
    const Shape& query = inputs[0];
    const Shape& key = inputs.size() > 2 ? inputs[2] : inputs.back();
    const std::int64_t scores = query[0] * query[1] * key[1];
    const Flops product = {.products = 2 * scores * (query[2] + outputs[0].back()),
                           .elements = scores * detail::function_flops};
    LayerFlops flops = {
        .forward = product, .backward = {.elements = 2 * scores}, .input_gradient = {.products = 2 * product.products}};
    flops.weight_gradients.resize(own_weights().size(), {.elements = 2 * scores});
    return flops;
  }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "Attention"; }

 private:
  Tensor scores(const Tensor& query, const Tensor& key) const {
    if (!concat_.present()) {
      const Tensor dots = matmul(query, key, {.transpose_b = true});
      return scale_.present() ? dots * scale_ : dots;
    }
    const Tensor sums = expand_dims(query, 2) + expand_dims(key, 1);  // (N, Q, K, d)
    return concat_ * sum(tanh(scale_.present() ? sums * scale_ : sums), -1);
  }

  AttentionLayerOptions o_;
  Parameter scale_, concat_;
};

}  // namespace

Attention::Attention() : Attention(AttentionLayerOptions{}) {}
Attention::Attention(const AttentionLayerOptions& options) : Layer(layer<AttentionBase>(options)) {}

namespace detail {

Layer attention_from(const Config& c) { return from_config<Attention, AttentionLayerOptions>("Attention", c); }

}  // namespace detail

}  // namespace frost
