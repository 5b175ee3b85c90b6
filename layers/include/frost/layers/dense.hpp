#pragma once
#include <frost/layers/activation_function.hpp>
#include <frost/layers/layer.hpp>

namespace frost {

struct DenseOptions {
  std::int64_t units = 0;
  ActivationFunction activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// activation(x·kernel + bias) over the last axis. Weights: kernel (C, units), bias (units).
/// Input shape: (N, …, C). Output shape: (N, …, units). Throws: ValueError unless units ≥ 1.
/// What the activity regularizer asks for: see ActivityPenalties.
class FROST_API Dense : public detail::Positional<Dense, Layer, &DenseOptions::units> {
 public:
  using Positional::Positional;
  explicit Dense(const DenseOptions& options);
};

}  // namespace frost
