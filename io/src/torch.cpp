#include <frost/io/torch.hpp>

#include "load_report.hpp"
#include "torch_convert.hpp"
#include "weight_paths.hpp"

#include <frost/autograd/error.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/io/safetensors.hpp>
#include <frost/layers/config.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace frost {

namespace io {

namespace {

void expect_epsilon(const Layer& layer, const std::string& path, double epsilon) {
  const std::string type = layer.type();
  if (type != "BatchNormalization" && type != "LayerNormalization" && type != "GroupNormalization") return;
  const Config config = layer.base().config();
  const Config* own = config.find("epsilon");
  if (own && std::abs(own->number() - epsilon) > 1e-3 * epsilon)
    throw ValueError(
        fmt::format("load_torch: the epsilon of '{}' ({}) is not the module's; got {}; expected "
                    "norm_epsilon = {}",
                    path, type, own->number(), epsilon));
}

struct Import {
  const TorchState& state;
  const LoadTorchOptions& options;
  Comparison comparison = {};
  std::set<std::string> known = {};  // parameters that a weight was asked of
  std::vector<const NamedWeight*> weights = {};
  Tensors values = {};

  // The parameters of the layer, under the first of its paths that has any.
  const std::map<std::string, TorchState::Parameter>* parameters_of(const NamedWeight& w) const {
    for (const std::string& path : w.paths) {
      const auto module = state.modules.find(path.substr(0, path.size() - w.own_name.size() - 1));
      if (module != state.modules.end()) return &module->second;
    }
    return nullptr;
  }

  void add(const NamedWeight& w) {
    const auto* parameters = parameters_of(w);
    const TorchRule rule = torch_rule(w.layer.type(), w.own_name);
    Tensors sources;
    std::string names;
    for (const std::string& source : rule.sources) {
      const auto parameter = parameters ? parameters->find(source) : decltype(parameters->find(source)){};
      if (!parameters || parameter == parameters->end()) continue;
      sources.push_back(*parameter->second.value);
      known.insert(parameter->second.name);
      names += (names.empty() ? "" : " and ") + parameter->second.name;
    }
    if (sources.size() != rule.sources.size()) {
      comparison.report.missing.push_back(w.path());
      return;
    }
    Tensor value = rule.convert(sources, w.parameter.shape());
    if (!value.present() || value.shape() != w.parameter.shape() || !converts(value.dtype(), w.parameter.dtype())) {
      comparison.misshapen(names, (value.present() ? value : sources[0]).shape(), sources[0].dtype(), w.parameter);
      return;
    }
    if (options.norm_epsilon > 0) expect_epsilon(w.layer, w.path(), options.norm_epsilon);
    if (options.reorder_flattened && w.layer.type() == "Dense" && w.own_name == "kernel") {
      const Shape maps = flattened_maps(w.layer);
      if (!maps.empty() && element_count(maps) == value.shape()[0]) value = reorder_rows(value, maps);
    }
    weights.push_back(&w);
    values.push_back(value.to(w.parameter.dtype()).detach());
  }
};

LoadReport load_torch(const Model& model, const std::string& where, const std::map<std::string, Tensor>& state,
                      const LoadTorchOptions& options) {
  const NoGrad guard;
  const std::vector<NamedWeight> weights = named_weights(model, "load_torch");
  const TorchState sorted = sort_by_layer(state, options.rename);
  Import import{sorted, options};
  for (const NamedWeight& w : weights) import.add(w);
  for (const auto& [path, parameters] : sorted.modules)
    for (const auto& [name, parameter] : parameters)
      if (!import.known.contains(parameter.name)) import.comparison.report.unexpected.push_back(parameter.name);
  expect_loadable("load_torch", where, model, import.comparison, weights.size(), import.weights.size(), options.strict);
  for (std::size_t i = 0; i < import.weights.size(); ++i) import.weights[i]->parameter.assign(import.values[i]);
  import.comparison.report.loaded = static_cast<std::int64_t>(import.weights.size());
  return std::move(import.comparison.report);
}

}  // namespace

}  // namespace io

LoadReport load_torch(const Model& model, const std::map<std::string, Tensor>& state, const LoadTorchOptions& options) {
  return io::load_torch(model, "the state dict", state, options);
}

LoadReport load_torch(const Model& model, const std::string& path, const LoadTorchOptions& options) {
  return io::load_torch(model, path, load_safetensors(path), options);
}

}  // namespace frost
