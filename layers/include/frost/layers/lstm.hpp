#pragma once
#include <frost/layers/activation_function.hpp>
#include <frost/layers/layer.hpp>

namespace frost {

struct LSTMOptions {
  std::int64_t units = 0;
  ActivationFunction activation = "tanh";
  ActivationFunction recurrent_activation = "sigmoid";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  /// The forget gate's bias starts at 1 (Jozefowicz et al. 2015).
  bool unit_forget_bias = true;
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
  /// The last output and the last cell state as second and third output: use `all`.
  bool return_state = false;
  /// The steps are read from the last; outputs come in the order in which they are computed.
  bool go_backwards = false;
  /// A batch begins with the states in which the one before ended, cut from its tape, until `reset_states()`.
  bool stateful = false;
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// Long short-term memory (Hochreiter and Schmidhuber 1997), starting at zero: z = x_t·kernel + h·recurrent_kernel +
/// bias, in blocks i f c o; c ← σ(f)·c + σ(i)·a(c̃); h ← σ(o)·a(c), a the activation, σ the recurrent one. With tanh and
/// sigmoid it runs fused, unless the cell state is asked for. Weights: kernel (C, 4·units), recurrent_kernel (units,
/// 4·units), bias (4·units).
/// Input shape: (N, T, C); initial states h and c, each (N, units), may follow: `lstm(Symbols{x, h, c})`. Output shape:
/// (N, T, units) with return_sequences, else (N, units). Where x has a mask, states and output stay at the steps that
/// it leaves out (an output before the first that counts is 0).
/// Throws: ValueError unless units ≥ 1; ShapeError when a
/// stateful layer gets another number of rows than before.
class FROST_API LSTM : public detail::Positional<LSTM, Layer, &LSTMOptions::units> {
 public:
  using Positional::Positional;
  explicit LSTM(const LSTMOptions& options);
};

}  // namespace frost
