#pragma once
#include <frost/io/weights.hpp>

#include <map>
#include <utility>

namespace frost {

struct LoadTorchOptions {
  /// Which layer takes the parameters of a module: {"features.0", "conv1"}. A rule for a module is one for what is
  /// inside it, too: with {"encoder", "outer/encoder"}, `encoder.fc.weight` belongs to the layer `outer/encoder/fc`. Of
  /// several that fit, the longest acts; {"module", ""} takes a front away. A module without a rule keeps its name, `/`
  /// for `.`. The k-th layer of a stacked recurrent module `rnn` is called `rnn.lk` (k ≥ 1), the reverse direction
  /// `rnn.lk_reverse`.
  std::vector<std::pair<std::string, std::string>> rename = {};
  /// As in LoadOptions.
  bool strict = true;
  /// Dense layers behind a Flatten of channels-last maps get their rows in this order: PyTorch flattens channels first.
  bool reorder_flattened = true;
  /// The epsilon of the modules' batch, group and layer norms, which no state dict has. A layer with another one is an
  /// error; 0 checks nothing.
  double norm_epsilon = 1e-5;
};

/// Reads a PyTorch state dict into a model of the same architecture, channels last, frozen weights too. It converts
///
/// | module | layer | what is done |
/// |---|---|---|
/// | Linear | Dense | weight (out, in) → kernel (in, out); behind a Flatten the rows of (C, H, W) go to (H, W, C) |
/// | Conv1d, Conv2d | Conv1D, Conv2D | weight (out, in/groups, KH, KW) → kernel (KH, KW, in/groups, out) |
/// | Conv2d with groups = in | DepthwiseConv2D | weight (in·M, 1, KH, KW) → depthwise_kernel (KH, KW, in, M) |
/// | ConvTranspose2d | Conv2DTranspose | weight (in, out, KH, KW) → kernel (KH, KW, out, in) |
/// | LSTM | LSTM | weights transposed, gates i f g o = i f c o; bias = bias_ih + bias_hh |
/// | GRU | GRU with reset_after | weights transposed, gates r z n → z r h; bias: both, as rows |
/// | RNN | SimpleRNN | weights transposed; bias = bias_ih + bias_hh |
/// | BatchNorm | BatchNormalization | weight, bias, running_mean, running_var → gamma, beta, moving_mean,
/// moving_variance | | LayerNorm, GroupNorm | LayerNormalization, GroupNormalization | weight, bias → gamma, beta | |
/// Embedding | Embedding | weight → embeddings |
///
/// In a layer of another type every weight takes the parameter of its own name as it is. `num_batches_tracked` is
/// passed over. The report has weights of the model as missing, parameters of the state dict as unexpected or
/// misshapen.
///
/// What a state dict does not say has to be said by the layers: BatchNormalization({.momentum = 0.9, .epsilon = 1e-5,
/// .unbiased_statistics = true}) trains as BatchNorm2d's defaults, whose momentum 0.1 is what a step takes on.
///
/// Throws: ValueError as load_weights, for a rule that fits no module, for two parameters that would go to one place,
/// and for a norm's other epsilon. Then no weight is changed.
FROST_API LoadReport load_torch(const Model& model, const std::map<std::string, Tensor>& state,
                                const LoadTorchOptions& options = {});

/// The same from a safetensors file: safetensors.torch.save_file(model.state_dict(), path). Throws: FileError too.
FROST_API LoadReport load_torch(const Model& model, const std::string& path, const LoadTorchOptions& options = {});

}  // namespace frost
