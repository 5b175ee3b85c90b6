#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct GroupNormalizationOptions {
  /// Of neighbouring channels; −1: each channel is a group of its own.
  FirstOption<std::int64_t> groups = detail::by_default(std::int64_t{32});
  /// The axis of channels.
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

/// y = gamma·(x − mean)/√(variance + epsilon) + beta, one mean and variance a row and group of channels (Wu and He
/// 2018), in training and otherwise alike. Weights: gamma (C), beta (C).
/// Input shape: (N, …, C), or with C at `axis`. Output shape: the same. Throws: ValueError for the batch's axis or one
/// that the input does not have, unless the groups divide C, and for an epsilon that is not above 0; ShapeError when C
/// is unknown.
class FROST_API GroupNormalization
    : public detail::Positional<GroupNormalization, Layer, &GroupNormalizationOptions::groups> {
 public:
  using Positional::Positional;
  GroupNormalization();
  explicit GroupNormalization(const GroupNormalizationOptions& options);
};

}  // namespace frost
