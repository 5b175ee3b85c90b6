#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct BatchNormalizationOptions {
  /// The axis of channels: the last one, −1.
  FirstOption<std::int64_t> axis = detail::by_default(std::int64_t{-1});
  /// How much of a moving statistic a step keeps.
  double momentum = 0.99;
  double epsilon = 1e-3;
  /// Whether there is a beta, and a gamma.
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros";
  Initializer moving_variance_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  /// The moving variance is of n / (n − 1) times the batch's, as PyTorch has it, rather than of the batch's own.
  bool unbiased_statistics = false;
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// y = gamma·(x − mean)/√(variance + epsilon) + beta (Ioffe and Szegedy 2015), one mean and variance a channel.
///
/// In training they are the batch's, and the moving statistics follow: m ← momentum·m + (1 − momentum)·batch's.
/// Otherwise they are the moving ones. The layer is in training when the call is and gamma or beta is trainable
/// (without both: the layer's flag); frozen, it uses and keeps its moving statistics. `freeze_statistics` has it do so
/// while gamma and beta train.
/// A mask leaves its steps out of the batch's mean and variance, with which they are normalised all the same; where
/// none counts, the moving statistics normalise and stay. Weights: gamma, beta, moving_mean, moving_variance, each (C);
/// the last two are never trained. Input shape: (N, …, C), or with C at `axis`. Output shape: the same. Throws:
/// ValueError for the batch's axis or one that the input does not have, and for a momentum outside [0, 1] or an epsilon
/// that is not above 0; ShapeError when the number of channels is unknown.
class FROST_API BatchNormalization
    : public detail::Positional<BatchNormalization, Layer, &BatchNormalizationOptions::axis> {
 public:
  using Positional::Positional;
  BatchNormalization();
  explicit BatchNormalization(const BatchNormalizationOptions& options);
};

}  // namespace frost
