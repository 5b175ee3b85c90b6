#pragma once
#include <frost/layers/config.hpp>
#include <frost/models/model.hpp>

namespace frost {

/// The model that a config describes, with fresh weights: what `model.config()` gave, in the form that Keras writes.
/// A Functional model's has `layers`, each with `class_name`, `name`, `config` and `inbound_nodes`, `input_layers` and
/// `output_layers`; a Sequential's `layers` alone. The order of the layers is kept. A model inside that is not
/// trainable freezes what is inside it. Throws: ValueError that names the layer that cannot be made; GraphError for
/// nodes that refer to what is not there.
FROST_API Model make_model(const std::string& type, const Config& config);

/// What `compile` was told, and the states of the random streams; null when the model is not compiled.
/// Throws: ValueError when a loss or metric is a function.
FROST_API Config training_config(const Model& model);
/// Compiles a model as a training config says, with this optimizer, and takes up the random streams where they were.
FROST_API void compile_from(const Model& model, const Optimizer& optimizer, const Config& training);

}  // namespace frost
