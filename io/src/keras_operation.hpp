#pragma once
#include <frost/layers/config.hpp>

#include <string>

namespace frost::io {

/// The layer of Keras' that does what an operation of symbols does, from the operation's config.
struct KerasLayer {
  std::string class_name;
  Config config;
};
/// Throws: ValueError, with the layer's name, for an operation that no layer does.
KerasLayer keras_layer_of_operation(const Config& operation);

}  // namespace frost::io
