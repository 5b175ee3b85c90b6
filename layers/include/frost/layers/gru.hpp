#pragma once
#include <frost/layers/activation_function.hpp>
#include <frost/layers/layer.hpp>

namespace frost {

struct GRUOptions {
  std::int64_t units = 0;
  ActivationFunction activation = "tanh";
  ActivationFunction recurrent_activation = "sigmoid";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  /// The rate of input features, or of recurrent ones, that are dropped in training, the same at every step.
  double dropout = 0;
  double recurrent_dropout = 0;
  /// The output at every step instead of the last.
  bool return_sequences = false;
  /// The last output as second output: use `all`.
  bool return_state = false;
  /// The steps are read from the last; outputs come in the order in which they are computed.
  bool go_backwards = false;
  /// A batch begins with the states in which the one before ended, cut from its tape, until `reset_states()`.
  bool stateful = false;
  /// The reset gate acts after the product with the recurrent kernel, not before it.
  bool reset_after = true;
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// Gated recurrent units (Cho et al. 2014), starting at zero. In blocks z r h, with x_t·kernel + b in each:
/// z, r ← σ(x_t·kernel + b + h·recurrent_kernel + c); h̃ ← a(x_t·kernel + b + r·(h·recurrent_kernel + c)) with
/// reset_after, else a(x_t·kernel + b + (r·h)·recurrent_kernel) and no c; h ← z·h + (1 − z)·h̃, a the activation, σ the
/// recurrent one. Weights: kernel (C, 3·units), recurrent_kernel (units, 3·units), bias: b and c, (2, 3·units), with
/// reset_after, else (3·units).
/// Input shape: (N, T, C); an initial state (N, units) may follow: `gru(Symbols{x, h})`. Output shape: (N, T, units)
/// with return_sequences, else (N, units). Where x has a mask, the state stays at the steps that it leaves out.
/// Throws: ValueError unless units ≥ 1; ShapeError when a
/// stateful layer gets another number of rows than before.
class FROST_API GRU : public detail::Positional<GRU, Layer, &GRUOptions::units> {
 public:
  using Positional::Positional;
  explicit GRU(const GRUOptions& options);
};

}  // namespace frost
