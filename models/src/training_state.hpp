#pragma once
#include "losses.hpp"
#include "metrics.hpp"
#include "model_base.hpp"

#include <frost/models/training.hpp>

#include <atomic>

namespace frost::models {

/// What `compile` leaves in a model.
struct Compiled : detail::TrainingState {
  Optimizer optimizer;
  std::vector<ResolvedLoss> losses;                  // one an output, or one for all
  std::vector<double> loss_weights;                  // one an output; empty: all 1
  std::vector<std::vector<ResolvedMetric>> metrics;  // a list an output, or one for all
  Generator shuffle;
  std::atomic<int> trainers{0};  // at work with it

  const ResolvedLoss& loss(std::size_t output) const { return losses.size() == 1 ? losses[0] : losses[output]; }
  const std::vector<ResolvedMetric>& metrics_of(std::size_t output) const {
    return metrics.size() == 1 ? metrics[0] : metrics[output];
  }
  /// Whether an output is compared with targets.
  bool has_targets(std::size_t output) const { return loss(output).is_there() || !metrics_of(output).empty(); }
  /// Those of all losses.
  detail::Squashing squashings() const {
    detail::Squashing all = detail::Squashing::none;
    for (const ResolvedLoss& loss : losses) all = all | loss.squashing();
    return all;
  }
  double weight(std::size_t output) const { return loss_weights.empty() ? 1. : loss_weights[output]; }
};

/// What compile left. Throws: GraphError, in the name of `what`, when the model was not compiled.
Compiled& compiled(const ModelBase& model, const char* what);

}  // namespace frost::models
