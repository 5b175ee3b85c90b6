#include <frost/models/why.hpp>

#include "expect.hpp"
#include "recording.hpp"

#include <algorithm>

namespace frost {

using models::Recording;

namespace {

std::string enumerated(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

std::string text_of(const Recording& r) {
  const std::string below = r.below.empty() ? "" : "the gradient that " + r.below + " below it needs";
  if (r.nodes > 0) {
    const std::string text = r.path + " is recorded: ";
    if (r.trained.empty())
      return text + (r.below.empty() ? "something in it requires a gradient." : "it passes on " + below + ".");
    return text + enumerated(r.trained) + (r.trained.size() == 1 ? " is" : " are") + " trainable" +
           (r.below.empty() ? "; nothing below it is." : ", and it passes on " + below + ".");
  }
  const std::string text = r.path + " makes no node: ";
  if (detail::is_input(r.layer)) return text + "it is an input.";
  if (r.is_watched && r.passes_on) return text + "it is watched, and the recording starts at its result.";
  if (r.passes_on) return text + "its result is its input, with the gradient that " + r.below + " below it needs.";
  if (!r.trained.empty())
    return text + enumerated(r.trained) + (r.trained.size() == 1 ? " is" : " are") +
           " trainable, but its result has no gradient.";
  if (!r.below.empty()) return text + "its result has no gradient, so that " + r.below + " below it gets none from it.";
  return text + "nothing below or inside is trainable.";
}

bool is_within(const std::string& path, const std::string& outer) {
  return path.size() > outer.size() && path[outer.size()] == '/' && path.compare(0, outer.size(), outer) == 0;
}

}  // namespace

std::string why_recorded(const Model& model, const std::string& layer) {
  detail::require_layer(model, layer, "why_recorded");
  const std::vector<Recording> all = models::Rehearsal(*ModelBase::of(model), "why_recorded").run(2, 32);
  std::vector<const Recording*> inside;
  for (const Recording& r : all) {
    if (r.path == layer) return text_of(r);
    if (is_within(layer, r.path)) return layer + " is part of " + r.path + ". " + text_of(r);
    if (is_within(r.path, layer)) inside.push_back(&r);
  }
  // A nested model is what its layers are: the first one with trainable weights says most.
  const auto first = [&](const auto& holds) {
    const auto found = std::find_if(inside.begin(), inside.end(), [&](const Recording* r) { return holds(*r); });
    return found == inside.end() ? nullptr : *found;
  };
  const Recording* telling = first([](const Recording& r) { return r.nodes > 0 && !r.trained.empty(); });
  if (!telling) telling = first([](const Recording& r) { return r.nodes > 0; });
  if (telling) return layer + " is recorded, because " + text_of(*telling);
  return layer + " makes no node: " + (inside.empty() ? "it is an input." : "nothing below or inside is trainable.");
}

}  // namespace frost
