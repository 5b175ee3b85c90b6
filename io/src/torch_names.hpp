#pragma once
#include <frost/io/torch.hpp>

namespace frost::io {

/// A state dict's parameters by the path of the layer that they belong to, then by what they are called in it.
struct TorchState {
  struct Parameter {
    std::string name;  // in the state dict
    const Tensor* value;
  };
  std::map<std::string, std::map<std::string, Parameter>> modules;
};

/// Throws: ValueError for a rule that fits no module and for two parameters that would go to one place.
TorchState sort_by_layer(const std::map<std::string, Tensor>& state,
                         const std::vector<std::pair<std::string, std::string>>& rename);

}  // namespace frost::io
