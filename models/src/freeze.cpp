#include <frost/models/freeze.hpp>

#include "expect.hpp"
#include "selection.hpp"

#include <frost/autograd/identity.hpp>
#include <frost/autograd/leaf.hpp>

#include <algorithm>

namespace frost {

using detail::Graph;
using detail::Selection;
using models::expect;

namespace detail {

Selection Selection::of(const char* operation, const Layer& model, const Selector& selector) {
  Selection selection(model, operation);
  selector.node().select(selection);
  selection.selector = selector.text();
  expect(!selection.empty(), "{}: {} selects nothing in '{}'", operation, selection.selector, model.name());
  return selection;
}

bool Selection::has_all_layers() const {
  return std::all_of(layers.begin(), layers.end(), [](const LayerEntry& e) { return e.is_selected; });
}

void Selection::expect_meant(Freeze what) const {
  const auto is_selected = [](const LayerEntry& e) { return e.is_selected; };
  // Of all layers there may be nothing to mean: everything() names none that could be the wrong one.
  if (has_all_layers() || (what == Freeze::both && std::any_of(layers.begin(), layers.end(), is_selected))) return;
  std::string others;
  int count = 0;
  for (const WeightEntry& w : weights) {
    if (!w.is_selected) continue;
    if (is_meant(*w.own, what)) return;
    if (++count <= 4) others += (count == 1 ? " but '" : ", '") + w.path + "'";
  }
  expect(false, "{}: {} with Freeze::{} selects nothing in '{}': no {} is among what it selects{}{}", operation,
         selector,
         what == Freeze::both      ? "both"
         : what == Freeze::weights ? "weights"
                                   : "biases",
         root.name(),
         what == Freeze::both      ? "layer, weight or bias"
         : what == Freeze::weights ? "weight that is no bias"
                                   : "bias",
         others, count > 4 ? ", …" : "");
}

bool is_meant(const OwnWeight& weight, Freeze what) {
  if (weight.is_state || !is_floating(weight.parameter.dtype())) return false;
  const std::string last = weight.name.substr(weight.name.rfind('/') + 1);  // query/bias
  const bool is_bias = last == "bias" || last == "beta";
  return what == Freeze::both || is_bias == (what == Freeze::biases);
}

}  // namespace detail

namespace {

// The weights of layers that are not selected and yet are among the chosen ones: "decoder/kernel is encoder/kernel".
std::vector<std::string> ties_of(const Selection& selection, const Parameters& chosen) {
  const std::unordered_set<const void*> among = detail::identities(chosen);
  std::unordered_map<const void*, const std::string*> selected;
  for (const Selection::WeightEntry& w : selection.weights)
    if (w.is_selected) selected.emplace(detail::identity(w.own->parameter), &w.path);
  std::vector<std::string> ties;
  for (const Selection::WeightEntry& w : selection.weights) {
    const void* weight = detail::identity(w.own->parameter);
    if (!w.is_selected && among.count(weight)) ties.push_back(w.path + " is " + *selected.at(weight));
  }
  return ties;
}

// Everything is looked up and checked first; then nothing can fail.
FreezeResult set_frozen(const char* operation, const Layer& model, const Selector& selector, Freeze what,
                        const FreezeOptions& options, bool freezes) {
  const Selection selection = Selection::of(operation, model, selector);
  if (what != Freeze::both)
    for (const Selection::LayerEntry& e : selection.layers)
      expect(!e.is_selected || e.layer.is_built(),
             "{}: the layer '{}' is not built, so that its weights are not known yet; only Freeze::both is remembered",
             operation, e.path);

  selection.expect_meant(what);

  const bool shares = std::any_of(selection.weights.begin(), selection.weights.end(),
                                  [](const Selection::WeightEntry& w) { return w.own->is_shared; });
  Parameters chosen;
  detail::Met met;
  FreezeResult result;
  for (const Selection::WeightEntry& w : selection.weights) {
    const Parameter& p = w.own->parameter;
    if (!w.is_selected || !detail::is_meant(*w.own, what)) continue;
    if (shares && !met.insert(p)) continue;
    chosen.push_back(p);
    ++result.tensors;
    result.elements += p.size();
  }
  if (shares) result.ties = ties_of(selection, chosen);
  for (const Parameter& p : chosen) {
    p.set_requires_grad(!freezes);
    detail::set_keeps_state(p, freezes && options.keep_state);
  }
  if (what != Freeze::both) return result;
  const auto set_flags = [&](LayerBase& layer) {
    Graph::set_trainable_flag(layer, !freezes);
    Graph::set_keep_stochastic(layer, freezes && options.keep_stochastic);
    Graph::set_keep_state(layer, freezes && options.keep_state);
  };
  for (const Selection::LayerEntry& e : selection.layers)
    if (e.is_selected) set_flags(e.layer.base());
  if (selection.has_all_layers()) set_flags(model.base());
  return result;
}

}  // namespace

FreezeResult freeze(const Layer& model, const Selector& selector, Freeze what, const FreezeOptions& options) {
  return set_frozen("freeze", model, selector, what, options, true);
}
FreezeResult freeze(const Layer& model, const Selector& selector, const FreezeOptions& options) {
  return freeze(model, selector, options.what, options);
}
FreezeResult thaw(const Layer& model, const Selector& selector, Freeze what, const FreezeOptions& options) {
  return set_frozen("thaw", model, selector, what, options, false);
}
FreezeResult thaw(const Layer& model, const Selector& selector, const FreezeOptions& options) {
  return thaw(model, selector, options.what, options);
}
FreezeResult freeze_weights(const Layer& model, const std::vector<std::string>& layers, Freeze what) {
  return freeze(model, names(layers), what);
}

}  // namespace frost
