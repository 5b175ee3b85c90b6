#pragma once
#include <frost/models/history.hpp>
#include <frost/models/model.hpp>

#include <iosfwd>

namespace frost {

/// Prints the summary; of a model that is not built what `<<` of a layer does.
FROST_API std::ostream& operator<<(std::ostream& out, const Model& model);
/// Prints `loss: 0.3042 - accuracy: 0.9100`, as `fit` does.
FROST_API std::ostream& operator<<(std::ostream& out, const Evaluation& evaluation);
/// Prints a line an epoch, with all that was measured.
FROST_API std::ostream& operator<<(std::ostream& out, const History& history);

}  // namespace frost
