#include "weight_paths.hpp"

#include <frost/autograd/error.hpp>
#include <frost/autograd/identity.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace frost::io {

namespace {

struct Walk {
  const char* who;
  std::vector<NamedWeight> weights;
  std::map<std::string, std::size_t> by_path;
  std::unordered_map<const void*, std::size_t> by_weight;

  void add(const Layer& layer, const OwnWeight& own, const std::string& path) {
    const std::size_t index = by_weight.emplace(detail::identity(own.parameter), weights.size()).first->second;
    const auto [place, is_new] = by_path.emplace(path, index);
    if (place->second != index)
      throw ValueError(
          fmt::format("{}: two weights are called '{}': one of the layer '{}' ({}) and one of the layer "
                      "'{}' ({}); rename a layer with set_name",
                      who, path, weights[place->second].layer.name(), weights[place->second].layer.type(), layer.name(),
                      layer.type()));
    if (!is_new) return;
    if (index == weights.size())
      weights.push_back({own.parameter, {path}, layer, own.name});
    else
      weights[index].paths.push_back(path);
  }

  void go(const Layer& layer, const std::string& path) {
    for (const OwnWeight& own : layer.base().own_weights()) add(layer, own, path + '/' + own.name);
    for (const Layer& inner : layer.base().sublayers()) go(inner, path + '/' + inner.name());
  }
};

bool is_unbuilt(const Layer& layer) {
  const std::vector<Layer>& inner = layer.base().sublayers();
  return !layer.is_built() || std::any_of(inner.begin(), inner.end(), is_unbuilt);
}

}  // namespace

std::vector<NamedWeight> named_weights(const Model& model, const char* who) {
  Walk walk{who, {}, {}, {}};
  for (const Layer& layer : model.base().sublayers()) walk.go(layer, layer.name());
  if (walk.weights.empty() && is_unbuilt(model))
    throw ValueError(fmt::format("{}: the model '{}' has no weights yet; build it first, or call it on an input", who,
                                 model.name()));
  return std::move(walk.weights);
}

}  // namespace frost::io
