#pragma once
#include <frost/layers/activation_function.hpp>
#include <frost/layers/layer.hpp>

namespace frost {

struct SimpleRNNOptions {
  std::int64_t units = 0;
  ActivationFunction activation = "tanh";
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
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// The recurrent network of Elman (1990), starting at zero: h ← a(x_t·kernel + h·recurrent_kernel + bias), a the
/// activation. Weights: kernel (C, units), recurrent_kernel (units, units), bias (units).
/// Input shape: (N, T, C); an initial state (N, units) may follow: `rnn(Symbols{x, h})`. Output shape: (N, T, units)
/// with return_sequences, else (N, units). Where x has a mask, the state stays at the steps that it leaves out.
/// Throws: ValueError unless units ≥ 1; ShapeError when a
/// stateful layer gets another number of rows than before.
class FROST_API SimpleRNN : public detail::Positional<SimpleRNN, Layer, &SimpleRNNOptions::units> {
 public:
  using Positional::Positional;
  explicit SimpleRNN(const SimpleRNNOptions& options);
};

}  // namespace frost
