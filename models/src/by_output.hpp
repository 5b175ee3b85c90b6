#pragma once
#include "losses.hpp"
#include "metrics.hpp"

#include <frost/models/loss.hpp>

#include <string>
#include <vector>

// What `compile` was told about outputs, in the order of the outputs. `outputs` are their names; none where the model
// is still to be built.
namespace frost::models {

/// One for all outputs, or one an output. Throws: ValueError.
std::vector<ResolvedLoss> losses_by_output(const Losses& losses, const std::vector<std::string>& outputs);
/// One an output; empty: all 1. Throws: ValueError.
std::vector<double> weights_by_output(const OutputWeights& weights, const std::vector<std::string>& outputs);
/// One list for all outputs, or one an output. Throws: ValueError.
std::vector<std::vector<ResolvedMetric>> metrics_by_output(const Metrics& metrics,
                                                           const std::vector<std::string>& outputs);

}  // namespace frost::models
