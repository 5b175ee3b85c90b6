#include "clever_model.hpp"

#include "own_layers.hpp"

#include <frost/autograd.hpp>

namespace pairs {

using namespace frost;

namespace {

Constraint constraint_of(const std::string& name) {
  if (name == "max_norm") return max_norm(largest_norm);
  return name.empty() ? Constraint() : Constraint(name);
}
Regularizer penalty(double factor) { return factor > 0 ? l2(factor) : Regularizer(); }

Layer layer_of(const Part& part) {
  switch (part.kind) {
    case Kind::dense:
      return Dense({.units = width,
                    .activation = part.activation,
                    .kernel_regularizer = penalty(part.kernel_l2),
                    .activity_regularizer = penalty(part.activity_l2),
                    .kernel_constraint = constraint_of(part.constraint),
                    .name = part.name});
    case Kind::lstm:
      return LSTM({.units = width, .return_sequences = true, .name = part.name});
    case Kind::gru:
      return GRU({.units = width, .return_sequences = true, .name = part.name});
    case Kind::batch_norm:
      return BatchNormalization({.momentum = 0.8, .epsilon = norm_epsilon, .name = part.name});
    case Kind::layer_norm:
      return LayerNormalization({.name = part.name});
    case Kind::dropout:
      return part.seed < 0 ? Dropout({.rate = part.rate, .name = part.name})
                           : Dropout({.rate = part.rate, .seed = part.seed, .name = part.name});
    case Kind::conv:
      return Conv1D({.filters = width,
                     .kernel_size = 3,
                     .padding = "same",
                     .kernel_regularizer = penalty(part.kernel_l2),
                     .name = part.name});
    case Kind::distributed:
      return TimeDistributed(Dense({.units = width}), {.name = part.name});
  }
  return {};
}

// The layers of the model itself that a block is.
std::vector<Layer> layers_of_block(const Block& block, bool in_steps, std::map<std::string, Layer>& first_layers) {
  std::vector<Layer> parts;
  for (std::size_t i = 0; i < block.parts.size(); ++i)
    parts.push_back(i == 0 && !block.shares.empty() ? first_layers.at(block.shares) : layer_of(block.parts[i]));
  first_layers[block.name] = parts[0];
  if (block.frozen_at_birth && block.wrap == Wrap::none) parts[0].set_trainable(false);
  Layer wrapped;
  switch (block.wrap) {
    case Wrap::none:
      return parts;
    case Wrap::model: {
      const Symbol input = in_steps ? Input({steps, width}) : Input({width});
      Symbol x = input;
      for (const Layer& part : parts) x = part(x);
      wrapped = Model(input, x, {.name = block.name});
      break;
    }
    case Wrap::sequential:
      wrapped = Sequential(parts, {.name = block.name});
      break;
    case Wrap::checkpoint:
      wrapped = layer<Kept>(parts);
      break;
    case Wrap::built_inside:
      wrapped = layer<Grown>(list_of(parts));
      break;
  }
  wrapped.set_name(block.name);
  if (block.frozen_at_birth) wrapped.set_trainable(false);
  return {wrapped};
}

std::vector<Layer> layers_of_head(const Head& head, bool in_steps) {
  const char* activation = head.target == Target::numbers ? "linear"
                           : head.target == Target::bits  ? "sigmoid"
                                                          : "softmax";
  std::vector<Layer> layers = {
      Dense({.units = classes, .activation = head.activation_apart ? "linear" : activation, .name = head.name})};
  if (head.activation_apart) layers.push_back(Activation(activation, {.name = head.name + "_activation"}));
  if (head.in_checkpoint) {
    layers = {layer<Kept>(layers)};
    layers[0].set_name(head.name + "_kept");
  }
  if (head.behind == Behind::nothing) return layers;
  if (head.behind == Behind::reshape)
    layers.push_back(in_steps ? Reshape({steps, classes}) : Reshape({classes}));
  else
    layers.push_back(layer<Scaled>(gradient_factor, head.behind == Behind::hook));
  layers.back().set_name(head.name + "_behind");
  return layers;
}

std::vector<Layer> front_of(const Architecture& a) {
  if (a.front == Front::masked) return {Masking({.name = "masking"})};
  if (a.front == Front::embedded)
    return {Embedding({.input_dim = words, .output_dim = width, .mask_zero = true, .name = "embedding"})};
  return {};
}

std::vector<Layer> end_of(const Architecture& a) {
  if (a.end == End::lstm) return {LSTM({.units = width, .name = "end"})};
  if (a.end == End::flatten) return {Flatten({.name = "flatten"})};
  return {};
}

Sequential sequential_of(const Architecture& a) {
  std::vector<Layer> layers = front_of(a);
  if (a.front == Front::embedded) layers.insert(layers.begin(), InputLayer({steps}, {.dtype = DType::int64}));
  const auto add = [&](const std::vector<Layer>& more) { layers.insert(layers.end(), more.begin(), more.end()); };
  std::map<std::string, Layer> first_layers;
  for (const Block& block : a.blocks) add(layers_of_block(block, comes_in_steps(a), first_layers));
  add(end_of(a));
  add(layers_of_head(a.heads[0], goes_out_in_steps(a)));
  return Sequential(layers);
}

Symbol through(const std::vector<Layer>& layers, Symbol x) {
  for (const Layer& layer : layers) x = layer(x);
  return x;
}

Model graph_of(const Architecture& a) {
  const Symbol input = a.front == Front::rows       ? Input({width})
                       : a.front == Front::embedded ? Input({steps}, {.dtype = DType::int64})
                                                    : Input({steps, width});
  Symbol x = through(front_of(a), input);
  std::map<std::string, Layer> first_layers;
  for (const Block& block : a.blocks) {
    const Symbol y = through(layers_of_block(block, comes_in_steps(a), first_layers), x);
    x = block.adds_input ? Add({.name = block.name + "_sum"})(Symbols{x, y}) : y;
  }
  x = through(end_of(a), x);
  Symbols outputs;
  for (const Head& head : a.heads) outputs.push_back(through(layers_of_head(head, goes_out_in_steps(a)), x));
  return Model({input}, outputs);
}

void add_paths(const Layer& layer, const std::string& folder, std::map<std::string, Parameter>& found) {
  for (const OwnWeight& weight : layer.base().own_weights())
    if (!found.emplace(folder + weight.name, weight.parameter).second)
      throw ValueError("pairs: two weights are called " + folder + weight.name);
  for (const Layer& inner : layer.base().sublayers()) add_paths(inner, folder + inner.name() + "/", found);
}

}  // namespace

Model model_of(const Architecture& architecture, const Tensor& x) {
  if (!architecture.is_sequential) return graph_of(architecture);
  const Sequential net = sequential_of(architecture);
  if (architecture.frozen_before_built) freeze(net, everything() & !names(layers_of_heads(architecture)));
  net(x);
  return net;
}

Optimizer optimizer_of(const OptimizerChoice& c) {
  if (c.is_adam)
    return Adam({.learning_rate = c.learning_rate,
                 .epsilon = adam_epsilon,
                 .amsgrad = c.amsgrad,
                 .weight_decay = c.weight_decay,
                 .clipnorm = c.clipnorm,
                 .clipvalue = c.clipvalue,
                 .global_clipnorm = c.global_clipnorm});
  return SGD({.learning_rate = c.learning_rate,
              .momentum = c.momentum,
              .nesterov = c.nesterov,
              .weight_decay = c.weight_decay,
              .clipnorm = c.clipnorm,
              .clipvalue = c.clipvalue,
              .global_clipnorm = c.global_clipnorm});
}

Losses losses_of(const Architecture& architecture) {
  std::vector<Loss> losses;
  for (const Head& head : architecture.heads) losses.emplace_back(head.loss);
  return losses;
}

std::map<std::string, Parameter> weights_by_path(const Model& model) {
  std::map<std::string, Parameter> found;
  add_paths(model, "", found);
  return found;
}

Selector selector_of(const Event& event, const Architecture& architecture) {
  const Selector heads = names(layers_of_heads(architecture));
  switch (event.aim) {
    case Aim::layer:
      return named(event.path);
    case Aim::inside:
      return matching(event.path + "/*");
    case Aim::biases:
      return matching("**/bias");
    case Aim::kernels:
      return matching("**/kernel") & !heads;
    case Aim::trunk:
      break;
  }
  return everything() & !heads;
}

FreezeOptions options_of(const Event& event) {
  return {.what = event.meant == Meant::both      ? Freeze::both
                  : event.meant == Meant::weights ? Freeze::weights
                                                  : Freeze::biases,
          .keep_stochastic = event.keep_stochastic,
          .keep_state = event.keep_state};
}

}  // namespace pairs
