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
/// 4U), bias (4U) or absent; y (N, T, U) with return_sequences, else the last h, (N, U). Backwards through time, with
/// dz the gradient of z: dx_t = dz·kernelᵀ, dkernel = Σ x_tᵀ·dz, drecurrent_kernel = Σ hᵀ·dz, dbias = Σ dz. A frozen
/// LSTM above something trainable keeps its gate values, but no input.
FROST_API Tensor lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                      const LstmOptions& options = {});

struct LstmWithStateOptions {
  bool return_sequences = false;
};
/// As lstm, starting from the states h and c, both (N, U), in place of zero. Gradients as lstm's, with dh =
/// dz·recurrent_kernelᵀ and dc = sigmoid(f)·(the gradient of the next c), both of the first step.
FROST_API Tensor lstm_with_state(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                                 const Tensor& bias, const Tensor& h, const Tensor& c,
                                 const LstmWithStateOptions& options = {});

struct BatchNormOptions {
  double epsilon = 1e-3;  // above 0
};
/// Batch normalisation (Ioffe and Szegedy 2015) with the batch's own statistics: y = gamma·(x − mean)/√(variance +
/// epsilon) + beta, mean and biased variance over all axes but the last. With x̂ = (x − mean)·r, r = 1/√(variance +
/// epsilon) and means over the same axes: dx = gamma·r·(g − mean g − x̂·mean(g·x̂)), dgamma = Σ g·x̂, dbeta = Σ g.
/// Shapes: x (…, C), gamma and beta (C) or absent. Throws: ShapeError, ValueError when shapes or dtypes do not fit.
FROST_API Tensor batch_norm_train(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                  const BatchNormOptions& options = {});
/// The same with given statistics, each (C): dx = g·gamma·r, dgamma = Σ g·x̂, dbeta = Σ g. With everything but x frozen
/// it keeps gamma and the variance by reference and no x.
FROST_API Tensor batch_norm_infer(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& moving_mean,
                                  const Tensor& moving_variance, const BatchNormOptions& options = {});

struct LayerNormOptions {
  double epsilon = 1e-3;  // above 0
};
/// Layer normalisation (Ba, Kiros and Hinton 2016): y = gamma·(x − mean)/√(variance + epsilon) + beta, mean and biased
/// variance over the last axis. With x̂ = (x − mean)·r, r = 1/√(variance + epsilon), h = g·gamma and means over that
/// axis: dx = r·(h − mean h − x̂·mean(h·x̂)), dgamma = Σ g·x̂, dbeta = Σ g.
/// Shapes: x (…, C), gamma and beta (C) or absent. Throws: ShapeError, ValueError when shapes or dtypes do not fit.
FROST_API Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                            const LayerNormOptions& options = {});

struct GroupNormOptions {
  std::int64_t groups = 32;
  double epsilon = 1e-3;  // above 0
};
/// Group normalisation (Wu and He 2018): y = gamma·(x − mean)/√(variance + epsilon) + beta as layer_norm, with mean and
/// variance per sample over space and over each of `groups` blocks of neighbouring channels. dx = r·(h − mean h −
/// x̂·mean(h·x̂)) as there, with means over the same elements; dgamma = Σ g·x̂, dbeta = Σ g. Shapes: x (N, …, C), gamma
/// and beta (C) or absent. Throws: ShapeError, ValueError when shapes or dtypes do not fit or the groups do not divide
/// the channels.
FROST_API Tensor group_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                            const GroupNormOptions& options = {});

struct LocalResponseNormOptions {
  std::int64_t depth_radius = 5;
  double bias = 1;   // above 0
  double alpha = 1;  // 0 or more
  double beta = 0.5;
};
/// Local response normalisation (Krizhevsky, Sutskever and Hinton 2012): y = x·s^−beta, s = bias + alpha·Σ x² over the
/// channels c − depth_radius … c + depth_radius. dx = g·s^−beta − 2·alpha·beta·x·Σ g·x·s^(−beta − 1) over the same
/// channels. Shapes: x (…, C).
FROST_API Tensor local_response_norm(const Tensor& x, const LocalResponseNormOptions& options = {});

struct AttentionOptions {
  bool causal = false;
};
/// Attention (Vaswani et al. 2017): y = softmax(query·keyᵀ/√d)·value. With `causal`, query i sees the keys j ≤ i. With
/// p the softmax and s = p·(dp − Σ dp·p), dp = g·valueᵀ: dquery = s·key/√d, dkey = sᵀ·query/√d, dvalue = pᵀ·g. Shapes:
/// query (…, Q, d), key (…, K, d), value (…, K, e), batches broadcast; y (…, Q, e). Throws: ShapeError, ValueError when
/// shapes or dtypes do not fit.
FROST_API Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value,
                           const AttentionOptions& options = {});

struct GruOptions {
  bool return_sequences = false;
};
/// Gated recurrent units (Cho et al. 2014) that reset after the product, starting at zero. With blocks z r h, the rows
/// b and c of bias and the recurrent kernel R: z, r = sigmoid(x_t·kernel + b + h·R + c) in their blocks; h̃ =
/// tanh(x_t·kernel + b + r·(h·R + c)) in the third; h ← z·h + (1 − z)·h̃. Backwards through time, with da the gradient
/// of x_t·kernel + b and du that of h·R + c: dx_t = da·kernelᵀ, dkernel = Σ x_tᵀ·da, drecurrent_kernel = Σ hᵀ·du, dbias
/// = (Σ da, Σ du). Shapes: x (N, T, C), kernel (C, 3U), recurrent_kernel (U, 3U), bias (2, 3U) or absent; y (N, T, U)
/// with return_sequences, else the last h, (N, U).
FROST_API Tensor gru(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                     const GruOptions& options = {});

struct SimpleRnnOptions {
  bool return_sequences = false;
};
/// The recurrent network of Elman (1990), starting at zero: h ← tanh(x_t·kernel + h·recurrent_kernel + bias). Backwards
/// through time, with dz = dh·(1 − h²): dx_t = dz·kernelᵀ, dkernel = Σ x_tᵀ·dz, drecurrent_kernel = Σ hᵀ·dz, dbias = Σ
/// dz. Shapes: x (N, T, C), kernel (C, U), recurrent_kernel (U, U), bias (U) or absent; y (N, T, U) with
/// return_sequences, else the last h, (N, U).
FROST_API Tensor simple_rnn(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                            const SimpleRnnOptions& options = {});

}  // namespace frost
