#pragma once
#include <frost/models/model.hpp>

namespace frost::io {

/// A weight of a model under the names that files may have for it.
struct NamedWeight {
  Parameter parameter;
  std::vector<std::string> paths;  // of every layer that has it, the first in the order of layers first
  Layer layer;                     // the first
  std::string own_name;            // within that layer: kernel

  const std::string& path() const { return paths.front(); }
};

/// The weights of a model, each once, in the order of weights().
/// Throws: ValueError, in the name of `who`, when two weights have one path or the model is not built.
std::vector<NamedWeight> named_weights(const Model& model, const char* who);

}  // namespace frost::io
