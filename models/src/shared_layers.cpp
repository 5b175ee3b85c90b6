#include "shared_layers.hpp"

#include "expect.hpp"

#include <algorithm>

namespace frost::models {

void SharedLayers::visit(const ModelBase& model) {
  const std::vector<Layer>& inputs = model.input_layers();
  for (const Layer& layer : model.layers()) {
    if (std::any_of(inputs.begin(), inputs.end(), [&](const Layer& input) { return input.is_same(layer); })) continue;
    const auto [at, is_new] = numbers_.emplace(&layer.base(), none);
    const ModelBase* inner = ModelBase::of(layer);
    if (!is_new && at->second == none) at->second = count_++;
    if (is_new && inner) visit(*inner);
  }
}

Config SharedLayers::numbered(const ModelBase& model, const Config& config) const {
  const std::vector<Config>& entries = config.at("layers").elements();
  const std::vector<Layer>& layers = model.layers();
  const std::size_t inputs = entries.size() - layers.size();  // a Sequential writes one that is not among its layers
  Config list = Config::list();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Config entry = entries[i];
    const auto at = i < inputs ? numbers_.end() : numbers_.find(&layers[i - inputs].base());
    if (at != numbers_.end()) {
      if (const ModelBase* inner = ModelBase::of(layers[i - inputs]))
        entry.set("config", numbered(*inner, entry.at("config")));
      entry.erase("shared_object_id");  // a number within the inner model alone
      if (at->second != none) entry.set("shared_object_id", at->second);
    }
    list.add(std::move(entry));
  }
  Config result = config;
  return result.set("layers", std::move(list));
}

const MadeLayers::Made* MadeLayers::find(std::int64_t number, const std::string& type, const std::string& name) const {
  const auto at = made_.find(number);
  if (at == made_.end()) return nullptr;
  const Made& made = at->second;
  expect(made.type == type && made.name == name,
         "make_model: shared_object_id {} stands for one layer; got '{}' of type {} and '{}' of type {}", number,
         made.name, made.type, name, type);
  return &made;
}

}  // namespace frost::models
