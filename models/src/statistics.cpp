#include <frost/models/freeze.hpp>

#include "expect.hpp"
#include "selection.hpp"

#include <algorithm>

namespace frost {

using detail::Graph;
using detail::Selection;

namespace {

FreezeResult set_kept(const char* operation, const Layer& model, const Selector& selector, bool keeps) {
  Selection selection = Selection::of(operation, model, selector);
  // A glob may name a statistic itself: its layer is meant.
  for (const Selection::WeightEntry& w : selection.weights)
    if (w.own->is_state && w.is_selected) selection.layers[w.layer].is_selected = true;
  models::expect(std::any_of(selection.layers.begin(), selection.layers.end(),
                             [](const Selection::LayerEntry& e) { return e.is_selected; }),
                 "{}: {} selects nothing in '{}': no layer and no statistic is among what it selects", operation,
                 selection.selector, model.name());
  FreezeResult result;
  for (const Selection::WeightEntry& w : selection.weights) {
    if (!w.own->is_state || !selection.layers[w.layer].is_selected) continue;
    ++result.tensors;
    result.elements += w.own->parameter.size();
  }
  for (const Selection::LayerEntry& e : selection.layers)
    if (e.is_selected) Graph::set_keep_statistics(e.layer.base(), keeps);
  if (selection.has_all_layers()) Graph::set_keep_statistics(model.base(), keeps);
  return result;
}

}  // namespace

FreezeResult freeze_statistics(const Layer& model, const Selector& selector) {
  return set_kept("freeze_statistics", model, selector, true);
}
FreezeResult thaw_statistics(const Layer& model, const Selector& selector) {
  return set_kept("thaw_statistics", model, selector, false);
}

}  // namespace frost
