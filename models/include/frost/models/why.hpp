#pragma once
#include <frost/models/model.hpp>

#include <string>

namespace frost {

/// Why a weight is not trained, or that it is: its own flag, those of its layer and of the models around it, rows that
/// are frozen, a FreezeGuard, another layer that shares it. Of a layer, it says so of each of its weights.
///
///     std::cout << why_frozen(model, "lstm_1/kernel");
///     // lstm_1/kernel is frozen with its layer 'lstm_1'. thaw(model, named("lstm_1")) trains it.
///
/// Throws: ValueError that lists near names when nothing has this path.
FROST_API std::string why_frozen(const Model& model, const std::string& path);

/// Why a layer's operations are on the tape, or why not: which of its weights, or which layer below it, is trainable.
/// It is found out by recording the forward pass of a copy of the model, so that nothing changes.
///
///     std::cout << why_recorded(model, "flatten");
///     // flatten is recorded: it passes on the gradient that lstm_1 below it needs.
///
/// Throws: ValueError that lists near names when there is no such layer; and as `freeze_report` does.
FROST_API std::string why_recorded(const Model& model, const std::string& layer);

}  // namespace frost
