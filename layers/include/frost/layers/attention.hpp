#pragma once
#include <frost/layers/layer.hpp>

#include <optional>

namespace frost {

struct AttentionLayerOptions {
  /// Multiplies the scores by a weight that is learned, at first 1.
  bool use_scale = false;
  /// "dot": query·key, or "concat": Σ tanh(query + key).
  std::string score_mode = "dot";
  /// Of the weights, in training.
  double dropout = 0;
  /// Step i of the query sees the steps up to i of the value.
  bool causal = false;
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// y = softmax(scores)·value with scores = query·keyᵀ, which are not divided by √d (Luong, Pham and Manning 2015).
/// Called as `Attention()({query, value})`, with a key as third input where it is not the value; of one input, itself.
/// Steps of the value that its mask leaves out get no weight; steps of the result that the query's mask leaves out are
/// 0. Weights: scale () with use_scale, concat_score_weight () with "concat".
/// Input shapes: (N, Q, d), (N, K, e), (N, K, d). Output shape: (N, Q, e). Throws: ValueError for options out of range;
/// GraphError for a wrong number of inputs; ShapeError when they do not fit.
class FROST_API Attention : public Layer {
 public:
  Attention();
  explicit Attention(const AttentionLayerOptions& options);
};

struct MultiHeadAttentionOptions {
  std::int64_t num_heads = 0;
  /// Of a head's queries and keys.
  std::int64_t key_dim = 0;
  /// Of a head's values; absent: key_dim.
  std::optional<std::int64_t> value_dim = {};
  /// Of the weights, in training.
  double dropout = 0;
  bool use_bias = true;
  /// The size of the result's last axis; absent: the query's.
  std::optional<std::int64_t> output_shape = {};
  /// Empty or axis 1: attention is over the steps.
  Axes attention_axes = {};
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  /// Step i of the query sees the steps up to i of the value.
  bool causal = false;
  /// The last input is a mask: booleans (N, Q, K), false where a query does not see a key.
  bool attention_mask = false;
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// Attention in several heads (Vaswani et al. 2017): query, key and value are each multiplied by a kernel a head;
/// softmax(q·kᵀ/√key_dim)·v of all heads, side by side, by another kernel gives the result. Called as
/// `layer({query, value})`, with a key as third input where it is not the value; of one input, itself. Steps that masks
/// leave out get no weight; a query that sees nothing weighs all alike.
/// Weights: query/kernel (C, H, D), query/bias (H, D), and so for key and value (value_dim for D), then
/// attention_output/kernel (H, D, output), attention_output/bias (output).
/// Input shapes: (N, Q, C), (N, K, C'), (N, K, C''). Output shape: (N, Q, output). Throws: ValueError for options out
/// of range; GraphError for a wrong number of inputs; ShapeError when they do not fit.
///
///     Symbol x = Input({-1, 64});
///     Symbol y = MultiHeadAttention({.num_heads = 4, .key_dim = 16})(x);   // self-attention
class FROST_API MultiHeadAttention
    : public detail::Positional<MultiHeadAttention, Layer, &MultiHeadAttentionOptions::num_heads,
                                &MultiHeadAttentionOptions::key_dim> {
 public:
  using Positional::Positional;
  explicit MultiHeadAttention(const MultiHeadAttentionOptions& options);
};

}  // namespace frost
