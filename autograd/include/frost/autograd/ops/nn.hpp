#pragma once
#include <frost/autograd/tensor.hpp>

namespace frost {

struct LstmOptions {
  bool return_sequences = false;
  bool go_backwards = false;
};
/// Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000), starting at
/// zero. z = x_t·kernel + h·recurrent_kernel + bias, in blocks i f c o; c ← sigmoid(f)·c + sigmoid(i)·tanh(c̃); h ←
/// sigmoid(o)·tanh(c). go_backwards reads x from its end. Shapes: x (N, T, C), kernel (C, 4U), recurrent_kernel (U,
/// 4U), bias (4U) or absent; y (N, T, U) with return_sequences, else the last h, (N, U). A frozen LSTM above something
/// trainable keeps its gate values, but no input.
FROST_API Tensor lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                      const LstmOptions& options = {});

struct LstmWithStateOptions {
  bool return_sequences = false;
};
/// As lstm, starting from the states h and c, both (N, U).
FROST_API Tensor lstm_with_state(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                                 const Tensor& bias, const Tensor& h, const Tensor& c,
                                 const LstmWithStateOptions& options = {});

}  // namespace frost
