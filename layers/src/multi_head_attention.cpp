#include <frost/layers/attention.hpp>

#include "attention_core.hpp"
#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "fields.hpp"

#include <frost/layers/activity.hpp>

namespace frost {

using detail::both_seen;
using detail::expect;

template <class V>
void fields(V& v, MultiHeadAttentionOptions& o) {
  v("num_heads", o.num_heads);
  v("key_dim", o.key_dim);
  v("value_dim", o.value_dim);
  v("dropout", o.dropout);
  v("use_bias", o.use_bias);
  v("output_shape", o.output_shape);
  v("attention_axes", o.attention_axes);
  v("kernel_initializer", o.kernel_initializer);
  v("bias_initializer", o.bias_initializer);
  v("kernel_regularizer", o.kernel_regularizer);
  v("bias_regularizer", o.bias_regularizer);
  v("activity_regularizer", o.activity_regularizer);
  v("kernel_constraint", o.kernel_constraint);
  v("bias_constraint", o.bias_constraint);
  v("causal", o.causal);
  v("attention_mask", o.attention_mask);
}

namespace {

class MultiHeadAttentionBase : public LayerBase {
 public:
  explicit MultiHeadAttentionBase(const MultiHeadAttentionOptions& options) : o_(options) {
    expect(o_.num_heads >= 1, "MultiHeadAttention: got num_heads {}; expected 1 or more", o_.num_heads);
    expect(o_.key_dim >= 1, "MultiHeadAttention: got key_dim {}; expected 1 or more", o_.key_dim);
    expect(value_dim() >= 1, "MultiHeadAttention: got value_dim {}; expected 1 or more", value_dim());
    expect(o_.output_shape.value_or(1) >= 1, "MultiHeadAttention: got output_shape {}; expected 1 or more",
           o_.output_shape.value_or(1));
    expect(o_.dropout >= 0 && o_.dropout < 1, "MultiHeadAttention: got dropout {}; expected 0 or more and less than 1",
           o_.dropout);
    expect(o_.attention_axes.empty() || (o_.attention_axes.size() == 1 && o_.attention_axes[0] == 1),
           "MultiHeadAttention: got {} attention_axes; expected none, or axis 1", o_.attention_axes.size());
    configure(o_.name, o_.trainable, o_.dtype);
  }

  void build(const std::vector<Shape>& inputs) override {
    for (const Shape& shape : inputs)
      expect<ShapeError>(shape.size() == 3 && shape[2] >= 0,
                         "MultiHeadAttention: got an input of shape {}; expected (N, T, C) with known C",
                         to_string(shape));
    const std::size_t n = inputs.size() - o_.attention_mask;
    expect<GraphError>(n >= 1 && n <= 3, "MultiHeadAttention: got {} inputs; expected query, value and perhaps key{}",
                       inputs.size(), o_.attention_mask ? ", then a mask" : "");
    const Shape &query = inputs[0], &value = n > 1 ? inputs[1] : query, &key = n > 2 ? inputs[2] : value;
    query_ = add_projection("query", query[2], o_.key_dim);
    key_ = add_projection("key", key[2], o_.key_dim);
    value_ = add_projection("value", value[2], value_dim());
    const std::int64_t size = o_.output_shape.value_or(query[2]);
    output_.kernel = add_kernel("attention_output/kernel", {o_.num_heads, value_dim(), size});
    if (o_.use_bias) output_.bias = add_bias("attention_output/bias", {size});
  }

  Tensor call(const Tensors& xs, const CallContext& context) override {
    const detail::AttentionInputs in("MultiHeadAttention", xs, o_.attention_mask);
    const std::int64_t n = in.query.shape()[0], queries = in.query.shape()[1], keys = in.key.shape()[1];
    const Tensor query = project(in.query, query_), key = project(in.key, key_), value = project(in.value, value_);
    Tensor heads;  // (N, H, Q, D)
    const bool drops = context.training && o_.dropout > 0;
    if (!has_values(in.query) || (!in.seen.present() && !drops && !context.has_masks())) {
      heads = attention(query, key, value, {.causal = o_.causal});
    } else {
      Tensor seen = in.seen;
      for (const std::size_t input : {in.value_input, in.key_input})
        if (const Tensor& mask = context.mask(input); mask.present()) seen = both_seen(expand_dims(mask, 1), seen);
      if (const Tensor& mask = context.mask(0); mask.present()) seen = both_seen(expand_dims(mask, 2), seen);
      if (o_.causal) seen = both_seen(detail::causal_steps(queries, keys), seen);
      if (seen.present() && seen.rank() == 3) seen = expand_dims(seen, 1);  // all heads see the same
      const Tensor scaled = query * (1 / std::sqrt(static_cast<double>(o_.key_dim)));
      heads = detail::weighted(matmul(scaled, key, {.transpose_b = true}), seen, value, o_.dropout, context);
    }
    const std::int64_t width = o_.num_heads * value_dim();
    const Tensor y =
        linear(swapaxes(heads, 1, 2).reshape({n, queries, width}), output_.kernel.reshape({width, -1}), output_.bias);
    ActivityPenalties::note(*this, o_.activity_regularizer, y);
    return y;
  }

  bool is_random() const override { return o_.dropout > 0; }
  bool supports_masking() const override { return true; }
  Tensors compute_mask(const Tensors&, const Tensors& masks) const override {
    return {masks.empty() ? Tensor() : masks[0]};
  }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const override {
    const std::size_t n = inputs.size() - o_.attention_mask;
    const Shape &query = inputs[0], &value = n > 1 ? inputs[1] : query, &key = n > 2 ? inputs[2] : value;
    const std::int64_t scores = query[0] * o_.num_heads * query[1] * key[1];
    const std::int64_t products = 2 * scores * (o_.key_dim + value_dim());
    LayerFlops flops = {.forward = {products, scores * detail::function_flops}, .backward = {2 * products, 2 * scores}};
    const auto count = [&](std::int64_t steps, std::int64_t in, std::int64_t out, bool is_input) {
      const Flops product = {.products = 2 * query[0] * steps * in * out};
      flops.forward += product;
      if (is_input)
        flops.input_gradient += product;
      else
        flops.backward += product;
      flops.weight_gradients.push_back(product);
      if (o_.use_bias) flops.weight_gradients.push_back({.elements = query[0] * steps * out});
    };
    count(query[1], query[2], o_.num_heads * o_.key_dim, true);
    count(key[1], key[2], o_.num_heads * o_.key_dim, true);
    count(value[1], value[2], o_.num_heads * value_dim(), true);
    count(query[1], o_.num_heads * value_dim(), outputs[0].back(), false);
    return flops;
  }
  bool penalizes_activity() const override { return !o_.activity_regularizer.empty(); }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "MultiHeadAttention"; }

 private:
  struct Projection {
    Parameter kernel, bias;
  };
  std::int64_t value_dim() const { return o_.value_dim.value_or(o_.key_dim); }
  Parameter add_kernel(const std::string& name, const Shape& shape) {
    return add_weight(name, shape, o_.kernel_initializer,
                      {.regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
  }
  Parameter add_bias(const std::string& name, const Shape& shape) {
    return add_weight(name, shape, o_.bias_initializer,
                      {.regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  Projection add_projection(const std::string& name, std::int64_t size, std::int64_t depth) {
    Projection made;
    made.kernel = add_kernel(name + "/kernel", {size, o_.num_heads, depth});
    if (o_.use_bias) made.bias = add_bias(name + "/bias", {o_.num_heads, depth});
    return made;
  }
  // [N, H, T, D], of x [N, T, C] and a kernel [C, H, D]
  Tensor project(const Tensor& x, const Projection& by) const {
    const std::int64_t c = by.kernel.shape()[0], depth = by.kernel.shape()[2], width = o_.num_heads * depth;
    const Tensor bias = by.bias.present() ? by.bias.reshape({width}) : Tensor();
    const Tensor all = linear(x, by.kernel.reshape({c, width}), bias);
    return swapaxes(all.reshape({x.shape()[0], x.shape()[1], o_.num_heads, depth}), 1, 2);
  }

  MultiHeadAttentionOptions o_;
  Projection query_, key_, value_, output_;
};

}  // namespace

MultiHeadAttention::MultiHeadAttention(const MultiHeadAttentionOptions& options)
    : Positional(layer<MultiHeadAttentionBase>(options)) {}

namespace detail {

Layer multi_head_attention_from(const Config& config) {
  Config own = config;  // Keras adds the shapes that it was built for
  for (const char* key : {"query_shape", "key_shape", "value_shape"}) own.erase(key);
  return from_config<MultiHeadAttention, MultiHeadAttentionOptions>("MultiHeadAttention", own);
}

}  // namespace detail

}  // namespace frost
