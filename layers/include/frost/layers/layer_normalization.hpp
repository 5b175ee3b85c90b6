#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct LayerNormalizationOptions {
  /// The axis that is normalised: the last one, −1.
  std::int64_t axis = -1;
  double epsilon = 1e-3;
  /// Whether there is a beta, and a gamma.
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// y = gamma·(x − mean)/√(variance + epsilon) + beta over the last axis (Ba, Kiros and Hinton 2016), in training and
/// otherwise alike. Weights: gamma (C), beta (C).
/// Input shape: (N, …, C). Output shape: the same. Throws: ValueError for an axis that is not the last.
class FROST_API LayerNormalization : public Layer {
 public:
  LayerNormalization();
  explicit LayerNormalization(const LayerNormalizationOptions& options);
};

}  // namespace frost
