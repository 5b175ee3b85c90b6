#include "torch_convert.hpp"

#include <frost/autograd/error.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/graph.hpp>

#include <algorithm>

namespace frost::io {

namespace {

Tensor as_is(const Tensors& x, const Shape&) { return x[0]; }

Tensor transposed(const Tensors& x, const Shape&) { return x[0].rank() == 2 ? x[0].transpose() : Tensor(); }

Tensor sum_of_two(const Tensors& x, const Shape&) { return x[0].shape() == x[1].shape() ? x[0] + x[1] : Tensor(); }

// (a, b, spatial…) → (spatial…, b, a)
Tensor spatial_first(const Tensors& x, const Shape&) {
  const int rank = x[0].rank();
  if (rank < 3) return {};
  std::vector<std::int64_t> axes;
  for (int axis = 2; axis < rank; ++axis) axes.push_back(axis);
  axes.push_back(1);
  axes.push_back(0);
  return x[0].transpose(axes);
}

// (C·M, 1, KH, KW) → (KH, KW, C, M)
Tensor depthwise(const Tensors& x, const Shape& weight) {
  const Shape& shape = x[0].shape();
  if (shape.size() != 4 || shape[1] != 1 || weight[2] < 1 || shape[0] % weight[2] != 0) return {};
  return x[0].reshape({weight[2], shape[0] / weight[2], shape[2], shape[3]}).transpose({2, 3, 0, 1});
}

// Blocks r z n along the first axis → z r n.
Tensor update_gate_first(const Tensor& x) {
  if (x.rank() < 1 || x.shape()[0] % 3 != 0) return {};
  const std::int64_t units = x.shape()[0] / 3;
  return concatenate({x.slice(0, units, 2 * units), x.slice(0, 0, units), x.slice(0, 2 * units, 3 * units)});
}
Tensor gru_kernel(const Tensors& x, const Shape&) {
  const Tensor gates = x[0].rank() == 2 ? update_gate_first(x[0]) : Tensor();
  return gates.present() ? gates.transpose() : gates;
}
Tensor gru_bias(const Tensors& x, const Shape&) {
  if (x[0].rank() != 1 || x[0].shape() != x[1].shape()) return {};
  const Tensor input = update_gate_first(x[0]), recurrent = update_gate_first(x[1]);
  return input.present() ? stack({input, recurrent}) : Tensor();
}

// One value a channel, of a weight whose other axes are shared.
Tensor one_a_channel(const Tensors& x, const Shape& weight) {
  return x[0].size() == element_count(weight) && weight.back() == x[0].size() ? x[0].reshape(weight) : Tensor();
}

struct Row {
  std::vector<std::string> types;  // none: of every type
  std::string weight;
  TorchRule rule;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {{"Dense"}, "kernel", {{"weight"}, transposed}},
      {{"Conv1D", "Conv2D", "Conv2DTranspose"}, "kernel", {{"weight"}, spatial_first}},
      {{"DepthwiseConv2D"}, "depthwise_kernel", {{"weight"}, depthwise}},
      {{"Embedding"}, "embeddings", {{"weight"}, as_is}},
      {{"BatchNormalization", "LayerNormalization", "GroupNormalization"}, "gamma", {{"weight"}, as_is}},
      {{"BatchNormalization", "LayerNormalization", "GroupNormalization"}, "beta", {{"bias"}, as_is}},
      {{"PReLU"}, "alpha", {{"weight"}, one_a_channel}},
      {{"BatchNormalization"}, "moving_mean", {{"running_mean"}, as_is}},
      {{"BatchNormalization"}, "moving_variance", {{"running_var"}, as_is}},
      {{"LSTM", "SimpleRNN"}, "kernel", {{"weight_ih"}, transposed}},
      {{"LSTM", "SimpleRNN"}, "recurrent_kernel", {{"weight_hh"}, transposed}},
      {{"LSTM", "SimpleRNN"}, "bias", {{"bias_ih", "bias_hh"}, sum_of_two}},
      {{"GRU"}, "kernel", {{"weight_ih"}, gru_kernel}},
      {{"GRU"}, "recurrent_kernel", {{"weight_hh"}, gru_kernel}},
      {{"GRU"}, "bias", {{"bias_ih", "bias_hh"}, gru_bias}},
  };
  return all;
}

// Layers that keep the shape and the order of elements.
bool keeps_order(const std::string& type) {
  constexpr const char* types[] = {
      "Activation",       "Dropout",         "ReLU", "LeakyReLU", "ELU", "BatchNormalization",
      "SpatialDropout1D", "SpatialDropout2D"};
  return std::find(std::begin(types), std::end(types), type) != std::end(types);
}

// The symbol that a layer's first symbolic call read; absent when it had none, or several.
Symbol input_of(const Layer& layer) {
  try {
    const Symbols& inputs = detail::Graph::call(layer.output_at(0)).inputs;
    return inputs.size() == 1 ? inputs[0] : Symbol();
  } catch (const GraphError&) {
    return {};
  }
}
Symbol input_of(const Symbol& symbol) {
  const Symbols& inputs = detail::Graph::call(symbol).inputs;
  return inputs.size() == 1 ? inputs[0] : Symbol();
}

// Whether what comes here is a one-dimensional convolution's, whose results PyTorch has channels first.
bool comes_from_conv1d(Symbol s) {
  for (; s; s = input_of(s)) {
    const std::string type = s.layer().type();
    if (type == "Conv1D") return true;
    if (!keeps_order(type) && type != "MaxPooling1D" && type != "AveragePooling1D") return false;
  }
  return false;
}

}  // namespace

TorchRule torch_rule(const std::string& layer_type, const std::string& weight) {
  for (const Row& row : rows())
    if (row.weight == weight && std::find(row.types.begin(), row.types.end(), layer_type) != row.types.end())
      return row.rule;
  return {{weight}, as_is};
}

Shape flattened_maps(const Layer& dense) {
  Symbol s = input_of(dense);
  while (s && keeps_order(s.layer().type())) s = input_of(s);
  if (!s || s.layer().type() != "Flatten") return {};
  s = input_of(s);
  if (!s) return {};
  Shape shape = s.shape();
  const bool is_map = shape.size() > 3 || (shape.size() == 3 && comes_from_conv1d(s));
  shape.erase(shape.begin());
  return is_map && std::find(shape.begin(), shape.end(), -1) == shape.end() ? shape : Shape();
}

Tensor reorder_rows(const Tensor& kernel, const Shape& maps) {
  // (C, spatial…, out) → (spatial…, C, out)
  std::vector<std::int64_t> channels_first = {maps.back()}, axes;
  for (std::size_t axis = 1; axis < maps.size(); ++axis) {
    channels_first.push_back(maps[axis - 1]);
    axes.push_back(static_cast<std::int64_t>(axis));
  }
  channels_first.push_back(kernel.shape()[1]);
  axes.push_back(0);
  axes.push_back(static_cast<std::int64_t>(maps.size()));
  return kernel.reshape(channels_first).transpose(axes).reshape(kernel.shape());
}

}  // namespace frost::io
