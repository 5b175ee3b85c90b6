#include "torch_names.hpp"

#include <frost/autograd/error.hpp>
#include <frost/layers/graph.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace frost::io {

namespace {

struct Place {
  std::string module, parameter;
};

// "rnn.weight_ih_l1_reverse" is the weight_ih of "rnn.l1_reverse"; that of the first layer belongs to "rnn" itself.
Place place_of(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  Place place{dot == std::string::npos ? "" : name.substr(0, dot),
              dot == std::string::npos ? name : name.substr(dot + 1)};
  for (const char* recurrent : {"weight_ih", "weight_hh", "bias_ih", "bias_hh"}) {
    const std::string front = recurrent + std::string("_l");
    if (!place.parameter.starts_with(front)) continue;
    const std::string layer = place.parameter.substr(front.size());
    const std::size_t digits = std::min(layer.find_first_not_of("0123456789"), layer.size());
    if (digits == 0 || (digits != layer.size() && layer.substr(digits) != "_reverse")) continue;
    if (layer != "0") place.module += (place.module.empty() ? "l" : ".l") + layer;
    place.parameter = recurrent;
  }
  return place;
}

bool is_inside(const std::string& module, const std::string& outer) {
  return module == outer || (!outer.empty() && module.starts_with(outer) && module[outer.size()] == '.');
}

}  // namespace

TorchState sort_by_layer(const std::map<std::string, Tensor>& state,
                         const std::vector<std::pair<std::string, std::string>>& rename) {
  TorchState sorted;
  std::set<std::string> used, modules;
  for (const auto& [name, value] : state) {
    if (!value.present()) throw ValueError(fmt::format("load_torch: the tensor '{}' is absent", name));
    const auto [module, parameter] = place_of(name);
    if (parameter == "num_batches_tracked") continue;
    modules.insert(module);
    const std::pair<std::string, std::string>* rule = nullptr;
    for (const auto& r : rename) {
      if (!is_inside(module, r.first)) continue;
      used.insert(r.first);
      if (!rule || r.first.size() > rule->first.size()) rule = &r;
    }
    std::string path = module;
    if (rule) {
      path = module.substr(rule->first.size());
      if (rule->second.empty() && !path.empty()) path.erase(0, 1);
    }
    std::replace(path.begin(), path.end(), '.', '/');
    if (rule) path = rule->second + path;
    const auto [place, is_new] = sorted.modules[path].emplace(parameter, TorchState::Parameter{name, &value});
    if (!is_new)
      throw ValueError(fmt::format("load_torch: '{}' and '{}' would both be the {} of '{}'", place->second.name, name,
                                   parameter, path));
  }
  for (const auto& [from, to] : rename)
    if (!used.contains(from))
      throw ValueError(fmt::format("load_torch: the rule '{}' → '{}' fits no module. {}", from, to,
                                   detail::near_names(from, {modules.begin(), modules.end()})));
  return sorted;
}

}  // namespace frost::io
