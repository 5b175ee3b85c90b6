#pragma once
#include <frost/layers/config.hpp>
#include <frost/models/model.hpp>

namespace frost::io {

/// What is frozen in a model: the flags of its layers and, weight by weight, whether it trains, keeps its optimizers'
/// states, and which part of it is frozen.
Config freeze_mask(const Model& model);

/// Sets what freeze_mask said of a model of the same topology.
/// Throws: ValueError for a layer or weight that is not there.
void set_freeze_mask(const Model& model, const Config& mask);

}  // namespace frost::io
