#include <frost/models/guard.hpp>

#include "expect.hpp"
#include "selection.hpp"

#include <frost/autograd/leaf.hpp>
#include <frost/layers/containment.hpp>

#include <algorithm>

namespace frost {

using detail::Graph;
using detail::Selection;
using models::expect;

struct FreezeGuard::State final : detail::LayerGuard {
  struct OfLayer {
    Layer layer;
    Graph::Flags flags;
    bool is_selected;
  };
  struct OfWeight {
    Parameter weight;
    detail::LeafState state;
    bool is_paused = false;
    detail::StoredGradient gradient = {};  // of a paused weight
  };

  explicit State(const FreezeOptions& with) : options(with) {}
  ~State() {
    for (const OfWeight& w : weights) {
      if (w.is_paused) detail::resume(w.weight);
      detail::restore_leaf_state(w.weight, w.state);
      if (w.is_paused) detail::store_gradient(w.weight, w.gradient);
    }
    for (const OfLayer& l : layers) {
      if (pauses(l)) Graph::resume(l.layer.base());
      Graph::restore_flags(l.layer.base(), l.flags);
      std::erase(Graph::guards(l.layer.base()), this);
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void add(const Layer& layer, bool is_selected) {
    layers.push_back({layer, Graph::flags(layer.base()), is_selected});
    Graph::guards(layer.base()).push_back(this);
    if (pauses(layers.back())) pause(layers.back());
  }
  // A weight that layers share is paused once, if one of them is selected.
  OfWeight& add(const OwnWeight& own, bool is_selected) {
    shares |= own.is_shared;
    const auto same = [&](const OfWeight& w) { return w.weight.is_same(own.parameter); };
    auto found = shares ? std::find_if(weights.begin(), weights.end(), same) : weights.end();
    if (found == weights.end()) found = weights.insert(found, {own.parameter, detail::leaf_state(own.parameter)});
    if (is_selected && !found->is_paused && detail::is_meant(own, options.what)) {
      found->is_paused = true;
      found->gradient = detail::stored_gradient(own.parameter);
      detail::pause(own.parameter);
    }
    return *found;
  }

  void added(const LayerBase& to, const OwnWeight& weight) override { add_to(to, weight); }
  void added(const LayerBase& to, const Layer& inner) override { add_to(to, inner); }

 private:
  bool pauses(const OfLayer& l) const { return l.is_selected && options.what == Freeze::both; }
  void pause(const OfLayer& l) {
    Graph::pause(l.layer.base());
    Graph::set_keep_stochastic(l.layer.base(), options.keep_stochastic || l.flags.keep_stochastic);
  }
  OfLayer& entry_of(const LayerBase& layer) {
    return *std::find_if(layers.begin(), layers.end(), [&](const OfLayer& l) { return &l.layer.base() == &layer; });
  }

  template <class T>
  void add_to(const LayerBase& holder, const T& inner) {
    shares = true;  // a layer may take in what is known already
    add_inside(OfLayer(entry_of(holder)), inner);
  }
  // Once the guard has ended, what was added is as if it had been added without one.
  void add_inside(const OfLayer& holder, const Layer& inner) {
    LayerBase& base = inner.base();
    const std::vector<detail::LayerGuard*>& guards = Graph::guards(base);
    if (std::find(guards.begin(), guards.end(), this) == guards.end()) {
      add(inner, holder.is_selected);
    } else if (OfLayer& known = entry_of(base); holder.is_selected && !known.is_selected) {
      known.is_selected = true;
      if (pauses(known)) pause(known);
    }
    Graph::Flags& flags = entry_of(base).flags;
    flags = detail::taken_over(holder.flags, flags);
    for (const OwnWeight& w : base.own_weights()) add_inside(holder, w);
    for (const Layer& l : base.sublayers()) add_inside(holder, l);
  }
  void add_inside(const OfLayer& holder, const OwnWeight& own) {
    OfWeight& weight = add(own, holder.is_selected);
    if (!detail::is_meant(own, Freeze::both)) return;
    weight.state = detail::taken_over(holder.flags, weight.state);
    if (!weight.state.trainable) weight.gradient = {};
  }

  FreezeOptions options;
  std::vector<OfLayer> layers;
  std::vector<OfWeight> weights;
  bool shares = false;
};

FreezeGuard::FreezeGuard(const Layer& model, const Selector& selector, const FreezeOptions& options)
    : state_(std::make_unique<State>(options)) {
  const Selection selection = Selection::of("FreezeGuard", model, selector);
  for (const Selection::LayerEntry& e : selection.layers)
    expect(!e.is_selected || e.layer.is_built(),
           "FreezeGuard: the layer '{}' is not built, so that its weights are not known yet; build it first, or call "
           "it on data",
           e.path);
  selection.expect_meant(options.what);
  for (const Selection::LayerEntry& e : selection.layers) state_->add(e.layer, e.is_selected);
  const bool is_entry = selection.layers[0].layer.is_same(model);  // a model is none of its own
  if (!is_entry) state_->add(model, selection.has_all_layers());
  for (const Selection::WeightEntry& w : selection.weights) state_->add(*w.own, w.is_selected);
}

FreezeGuard::~FreezeGuard() = default;

}  // namespace frost
