#include <frost/models/guard.hpp>

#include "expect.hpp"
#include "selection.hpp"

#include <frost/autograd/identity.hpp>
#include <frost/autograd/leaf.hpp>

#include <algorithm>

namespace frost {

using detail::Graph;
using detail::Selection;
using models::expect;

struct FreezeGuard::State {
  struct OfLayer {
    Layer layer;
    Graph::Flags flags;
    bool is_paused;
  };
  struct OfWeight {
    Parameter weight;
    detail::LeafState state;
    bool is_paused;
    Tensor gradient = {};  // of a paused weight
  };
  std::vector<OfLayer> layers;
  std::vector<OfWeight> weights;

  // A weight that layers share is paused once, if one of them is selected.
  void add(const OwnWeight& own, bool pauses) {
    const auto [at, is_new] = places.emplace(detail::identity(own.parameter), weights.size());
    if (is_new)
      weights.push_back({own.parameter, detail::leaf_state(own.parameter), pauses});
    else
      weights[at->second].is_paused |= pauses;
  }
  std::unordered_map<const void*, std::size_t> places;
};

FreezeGuard::FreezeGuard(const Layer& model, const Selector& selector, const FreezeOptions& options)
    : state_(std::make_unique<State>()) {
  const Selection selection = Selection::of("FreezeGuard", model, selector);
  for (const Selection::LayerEntry& e : selection.layers)
    expect(!e.is_selected || e.layer.is_built(),
           "FreezeGuard: the layer '{}' is not built, so that its weights are not known yet; build it first, or call "
           "it on data",
           e.path);
  const bool pauses_layers = options.what == Freeze::both;
  for (const Selection::LayerEntry& e : selection.layers)
    state_->layers.push_back({e.layer, Graph::flags(e.layer.base()), e.is_selected && pauses_layers});
  if (!state_->layers[0].layer.is_same(model))  // a model is no entry of its own
    state_->layers.push_back({model, Graph::flags(model.base()), false});
  for (const Selection::WeightEntry& w : selection.weights)
    state_->add(*w.own, w.is_selected && detail::is_meant(*w.own, options.what));

  for (const State::OfLayer& l : state_->layers) {
    if (!l.is_paused) continue;
    Graph::pause(l.layer.base());
    Graph::set_keep_stochastic(l.layer.base(), options.keep_stochastic || l.flags.keep_stochastic);
  }
  for (State::OfWeight& w : state_->weights) {
    if (!w.is_paused) continue;
    w.gradient = detail::stored_gradient(w.weight);
    detail::pause(w.weight);
  }
}

FreezeGuard::~FreezeGuard() {
  for (const State::OfWeight& w : state_->weights) {
    if (w.is_paused) detail::resume(w.weight);
    detail::restore_leaf_state(w.weight, w.state);
    if (w.is_paused) detail::store_gradient(w.weight, w.gradient);
  }
  for (const State::OfLayer& l : state_->layers) {
    if (l.is_paused) Graph::resume(l.layer.base());
    Graph::restore_flags(l.layer.base(), l.flags);
  }
}

}  // namespace frost
