#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct LayerNormalizationOptions {
  /// The axis, or axes, over which is normalised.
  FirstOption<Axes> axis = detail::by_default(Axes(-1));
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

/// y = gamma·(x − mean)/√(variance + epsilon) + beta, mean and variance over `axis` (Ba, Kiros and Hinton 2016), in
/// training and otherwise alike. Weights: gamma, beta, of the sizes of these axes, in the input's order.
/// Input shape: (N, …, C). Output shape: the same. Throws: ValueError for the batch's axis, for one that the input does
/// not have or that is named twice, and for an epsilon that is not above 0; ShapeError when its size is unknown.
class FROST_API LayerNormalization
    : public detail::Positional<LayerNormalization, Layer, &LayerNormalizationOptions::axis> {
 public:
  using Positional::Positional;
  LayerNormalization();
  explicit LayerNormalization(const LayerNormalizationOptions& options);
};

}  // namespace frost
