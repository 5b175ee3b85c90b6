#pragma once
#include <frost/layers/config.hpp>

#include <string>

namespace frost::io {

/// A layer's or model's config as a Keras 2 or TensorFlow.js file has it, in the form that make_model takes: the
/// conventions that differ by file are one table in keras_config.cpp. What stands for a default of Keras' that has no
/// counterpart here is left out. Throws: ValueError that names layer and field for one that cannot be honoured.
Config from_keras(const std::string& class_name, const Config& config);

/// The other way: as TensorFlow.js reads it. Throws: ValueError for what has no counterpart there.
Config to_keras(const std::string& class_name, const Config& config);

}  // namespace frost::io
