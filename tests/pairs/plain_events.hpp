#pragma once
#include "plain_model.hpp"

// Freezing and its like as flags of plain layers and weights.
namespace pairs {

/// What a FreezeGuard remembers.
struct PlainGuard {
  std::vector<PlainLayer> layers = {};
  std::vector<PlainWeight> weights = {};
  std::vector<bool> paused_layers = {};
  std::vector<bool> paused_weights = {};
};

/// Whether a freeze, a thaw or a pause has any weight or layer to act on: else it is an error.
bool finds_anything(const PlainModel& model, const Event& event);
/// Freezes and thaws as the event says.
void set_frozen(PlainModel& model, const Event& event, bool freezes);
void set_rows(PlainModel& model, const Event& event, bool freezes);
void set_statistics(PlainModel& model, const Event& event, bool keeps);
PlainGuard begin_pause(PlainModel& model, const Event& event);
void end_pause(PlainModel& model, const PlainGuard& guard);

}  // namespace pairs
