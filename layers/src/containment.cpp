#include "expect.hpp"

#include <frost/layers/containment.hpp>

#include <algorithm>
#include <mutex>

// What it means for a layer to be inside another one, or in a model: names, flags, and no circle.
namespace frost::detail {

namespace {

// Models over shared layers come and go on several threads.
constinit std::mutex holders_mutex;

}  // namespace

void Graph::add_sublayer(LayerBase& layer, const Layer& added) {
  layer.sublayers_.push_back(added);
  const std::lock_guard lock(holders_mutex);
  added.base().holders_.push_back(&layer);
}

void Graph::let_go(LayerBase& holder, const Layer& inner) {
  const std::lock_guard lock(holders_mutex);
  std::vector<LayerBase*>& holders = inner.base().holders_;
  const auto at = std::find(holders.begin(), holders.end(), &holder);
  if (at != holders.end()) holders.erase(at);
}

void Graph::set_sublayers(LayerBase& layer, std::vector<Layer> layers) {
  for (const Layer& inner : layer.sublayers_) let_go(layer, inner);
  layer.sublayers_.clear();
  for (const Layer& inner : layers) add_sublayer(layer, inner);
}

// A build failed: what it added is no part of the layer.
void Graph::drop_added(LayerBase& layer, std::size_t weights, std::size_t sublayers) {
  layer.weights_.resize(std::min(weights, layer.weights_.size()));
  for (; layer.sublayers_.size() > sublayers; layer.sublayers_.pop_back()) let_go(layer, layer.sublayers_.back());
}

void Graph::expect_outside(const char* operation, const LayerBase& holder, const Layer& inner) {
  const std::string& name = inner.name();
  expect(&inner.base() != &holder, "{}: the layer '{}' would be inside itself", operation, name);
  const std::lock_guard lock(holders_mutex);
  std::vector<const LayerBase*> around = {&holder};
  for (std::size_t i = 0; i < around.size(); ++i)
    for (const LayerBase* outer : around[i]->holders_) {
      expect(outer != &inner.base(), "{}: the layer '{}' would be inside itself: it holds '{}', to which it is added",
             operation, name, holder.name_.empty() ? holder.type() : holder.name_);
      if (std::find(around.begin(), around.end(), outer) == around.end()) around.push_back(outer);
    }
}

bool Graph::has_namesake(const LayerBase& layer, const std::string& name) {
  const std::lock_guard lock(holders_mutex);
  for (const LayerBase* holder : layer.holders_)
    for (const Layer& other : holder->sublayers_)
      if (&other.base() != &layer && other.name() == name) return true;
  return false;
}

void Graph::take_over(const LayerBase& holder, const OwnWeight& weight) {
  for (LayerGuard* guard : holder.guards_) guard->added(holder, weight);
  take_over_flags(holder, weight);
}

void Graph::take_over(const LayerBase& holder, const Layer& inner) {
  for (LayerGuard* guard : holder.guards_) guard->added(holder, inner);
  take_over_flags(holder, inner.base());
}

void Graph::take_over_flags(const LayerBase& holder, const OwnWeight& weight) {
  if (weight.is_state || !is_floating(weight.parameter.dtype())) return;
  restore_leaf_state(weight.parameter, taken_over(flags(holder), leaf_state(weight.parameter)));
}

void Graph::take_over_flags(const LayerBase& holder, LayerBase& inner) {
  restore_flags(inner, taken_over(flags(holder), flags(inner)));
  for (const OwnWeight& w : inner.weights_) take_over_flags(holder, w);
  for (const Layer& l : inner.sublayers_) take_over_flags(holder, l.base());
}

Graph::Flags taken_over(const Graph::Flags& holder, Graph::Flags inner) {
  inner.keep_statistics |= holder.keep_statistics;
  inner.lifted = std::max(inner.lifted, holder.lifted);
  if (!holder.trainable || holder.lifted > 0) inner.keep_stochastic = holder.keep_stochastic;
  if (holder.trainable) return inner;
  inner.trainable = false;
  inner.keep_state = holder.keep_state;
  return inner;
}

LeafState taken_over(const Graph::Flags& holder, LeafState weight) {
  weight.lifted = std::max(weight.lifted, holder.lifted);
  if (holder.trainable) return weight;
  weight.trainable = false;
  weight.keeps_state = holder.keep_state;
  return weight;
}

void Graph::count_names(const LayerBase& holder) {
  for (const Layer& inner : holder.sublayers_) {
    LayerBase& layer = inner.base();
    const std::string base = layer.default_name(), &name = layer.name();
    layer.counted_ |=
        name.starts_with(base) &&
        (name.size() == base.size() || (name.size() > base.size() + 1 && name[base.size()] == '_' &&
                                        name.find_first_not_of("0123456789", base.size() + 1) == std::string::npos));
    count_names(layer);
  }
}

std::string TakenNames::take_free(const Layer& layer) {
  const std::string base = layer.base().default_name();
  int& next = next_.try_emplace(base, is_input(layer) ? 1 : 0).first->second;
  for (int count = next;; ++count) {
    std::string name = count ? base + "_" + std::to_string(count) : base;
    if (taken_.count(name) || Graph::has_namesake(layer.base(), name)) {
      next += taken_.count(name) && next == count;
      continue;
    }
    taken_.insert(name);
    return name;
  }
}

}  // namespace frost::detail
