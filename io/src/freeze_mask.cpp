#include "freeze_mask.hpp"

#include "weight_paths.hpp"

#include <frost/autograd/error.hpp>
#include <frost/autograd/leaf.hpp>
#include <frost/layers/graph.hpp>

#include <fmt/format.h>

#include <functional>

namespace frost::io {

namespace {

using detail::FrozenPart;
using detail::Graph;

// Every layer with its path; the model's own is empty.
void each_layer(const Layer& layer, const std::string& path,
                const std::function<void(LayerBase&, const std::string&)>& visit) {
  visit(layer.base(), path);
  for (const Layer& inner : layer.base().sublayers())
    each_layer(inner, path.empty() ? inner.name() : path + '/' + inner.name(), visit);
}

// For each axis the indices that are frozen.
Config indices_of(const FrozenPart& part) {
  Config axes = Config::list();
  for (const std::vector<bool>& flags : part.flags()) {
    Config indices = Config::list();
    for (std::size_t i = 0; i < flags.size(); ++i)
      if (flags[i]) indices.add(i);
    axes.add(indices);
  }
  return axes;
}
FrozenPart::Flags flags_in(const Config& axes, const Parameter& weight) {
  const Shape& shape = weight.shape();
  if (axes.elements().size() != shape.size())
    throw ValueError(fmt::format("the frozen part of '{}' has {} axes; expected {}", weight.name(),
                                 axes.elements().size(), shape.size()));
  FrozenPart::Flags all(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const std::vector<Config>& indices = axes.elements()[axis].elements();
    if (!indices.empty()) all[axis].resize(static_cast<std::size_t>(shape[axis]));
    for (const Config& index : indices) {
      const std::int64_t i = index.integer();
      if (i < 0 || i >= shape[axis])
        throw ValueError(fmt::format("the frozen part of '{}' has the index {} on axis {}; expected 0 to {}",
                                     weight.name(), i, axis, shape[axis] - 1));
      all[axis][static_cast<std::size_t>(i)] = true;
    }
  }
  return all;
}

}  // namespace

Config freeze_mask(const Model& model) {
  Config layers = Config::object(), weights = Config::object();
  each_layer(model, "", [&](LayerBase& layer, const std::string& path) {
    const Graph::Flags flags = Graph::flags(layer);
    Config entry = Config::object();
    entry.set("trainable", flags.trainable);
    if (flags.keep_stochastic) entry.set("keep_stochastic", true);
    if (flags.keep_statistics) entry.set("keep_statistics", true);
    layers.set(path, entry);
  });
  for (const NamedWeight& w : named_weights(model, "save_model")) {
    Config entry = Config::object();
    entry.set("trainable", detail::leaf_state(w.parameter).trainable);
    if (detail::keeps_state(w.parameter)) entry.set("keeps_state", true);
    if (const auto& part = detail::frozen_part(w.parameter)) entry.set("frozen_part", indices_of(*part));
    weights.set(w.path(), entry);
  }
  Config mask = Config::object();
  return mask.set("layers", layers).set("weights", weights);
}

void set_freeze_mask(const Model& model, const Config& mask) {
  const Config& layers = mask.at("layers");
  const Config& weights = mask.at("weights");
  const auto says = [](const Config& entry, const char* key) {
    const Config* value = entry.find(key);
    return value && value->boolean();
  };
  each_layer(model, "", [&](LayerBase& layer, const std::string& path) {
    const Config& entry = layers.at(path);
    Graph::set_trainable_flag(layer, says(entry, "trainable"));
    Graph::set_keep_stochastic(layer, says(entry, "keep_stochastic"));
    Graph::set_keep_statistics(layer, says(entry, "keep_statistics"));
  });
  for (const NamedWeight& w : named_weights(model, "load_model")) {
    const Config& entry = weights.at(w.path());
    if (const Config* part = entry.find("frozen_part"))
      detail::set_frozen_part(w.parameter, flags_in(*part, w.parameter));
    Parameter leaf = w.parameter;
    if (is_floating(leaf.dtype())) leaf.set_requires_grad(says(entry, "trainable"));
    detail::set_keeps_state(leaf, says(entry, "keeps_state"));
  }
}

}  // namespace frost::io
