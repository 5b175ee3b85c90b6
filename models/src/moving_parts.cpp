#include "moving_parts.hpp"

#include <unordered_set>

namespace frost::models {

namespace {

void find(LayerBase& layer, std::unordered_set<const LayerBase*>& seen, Parameters& statistics,
          std::vector<LayerBase*>& layers) {
  if (!seen.insert(&layer).second) return;
  for (const OwnWeight& w : layer.own_weights())
    if (w.is_state) statistics.push_back(w.parameter);
  if (layer.restore_point()) layers.push_back(&layer);
  for (const Layer& inner : layer.sublayers()) find(inner.base(), seen, statistics, layers);
}

}  // namespace

MovingParts::MovingParts(ModelBase& model) : model_(model) {
  std::unordered_set<const LayerBase*> seen;
  find(model, seen, statistics_, layers_);
}

void MovingParts::note() {
  forget();
  if (const auto* stream = model_.stream_if_any()) stream_ = *stream;
  // While a second handle shows the values, whoever writes a statistic takes a fresh buffer.
  for (const Parameter& statistic : statistics_) values_.push_back(statistic.detach());
  for (LayerBase* layer : layers_) points_.push_back(layer->restore_point());
}

void MovingParts::bring_back() {
  if (stream_) model_.set_stream(*stream_);
  for (std::size_t i = 0; i < values_.size(); ++i) statistics_[i].assign(values_[i]);
  for (const std::function<void()>& restore : points_)
    if (restore) restore();
  forget();
}

void MovingParts::forget() {
  values_.clear();
  points_.clear();
}

}  // namespace frost::models
