#include "by_output.hpp"

#include "expect.hpp"

#include <algorithm>
#include <cmath>

namespace frost::models {

namespace {

using Names = std::vector<std::string>;

std::string list_of(const Names& outputs) {
  std::string list;
  for (const std::string& name : outputs) list += (list.empty() ? "'" : ", '") + name + "'";
  return list.empty() ? "unknown, as the model is not built" : list;
}

std::size_t index_of(const char* what, const std::string& output, const Names& outputs) {
  const auto at = std::find(outputs.begin(), outputs.end(), output);
  expect(at != outputs.end(), "compile: {}: there is no output '{}'; the model's outputs are {}", what, output,
         list_of(outputs));
  return static_cast<std::size_t>(at - outputs.begin());
}

const std::string& name_in(const Loss& loss) { return loss.output(); }
const std::string& name_in(const OutputWeight& weight) { return weight.output; }
const std::string& name_in(const OutputMetrics& metrics) { return metrics.output; }

// Whether a list is by name. Places and names in one list would leave open what a place means.
template <class List>
bool is_named(const char* what, const List& list) {
  const auto named = std::count_if(list.begin(), list.end(), [](const auto& entry) { return !name_in(entry).empty(); });
  expect(named == 0 || static_cast<std::size_t>(named) == list.size(),
         "compile: {}: {} of {} entries are for an output by name; expected all of them, or none", what, named,
         list.size());
  return named > 0;
}

// Whether what looks like a metric of an output by name is a function under a name of its own.
bool is_function(const OutputMetrics& entry) {
  return !entry.output.empty() && entry.metrics.size() == 1 && entry.metrics[0].function();
}

}  // namespace

std::vector<ResolvedLoss> losses_by_output(const Losses& losses, const Names& outputs) {
  expect(!losses.empty(), "compile: no loss was given; expected a name such as 'mse', or a function");
  std::vector<ResolvedLoss> resolved;
  if (is_named("loss", losses)) {
    resolved.resize(outputs.size());
    for (const Loss& loss : losses) {
      ResolvedLoss& place = resolved[index_of("loss", loss.output(), outputs)];
      expect(!place.is_there(), "compile: loss: two are for the output '{}'", loss.output());
      if (!loss.empty()) place = ResolvedLoss(loss);
    }
  } else {
    expect(outputs.empty() || losses.size() == 1 || losses.size() == outputs.size(),
           "compile: got {} for {}; expected one, or one an output",
           losses.size() == 1 ? "1 loss" : fmt::format("{} losses", losses.size()), counted(outputs.size(), "output"));
    for (const Loss& loss : losses) resolved.push_back(loss.empty() ? ResolvedLoss() : ResolvedLoss(loss));
  }
  expect(std::any_of(resolved.begin(), resolved.end(), [](const ResolvedLoss& l) { return l.is_there(); }),
         "compile: none of the outputs has a loss; the model's outputs are {}", list_of(outputs));
  return resolved;
}

std::vector<double> weights_by_output(const OutputWeights& weights, const Names& outputs) {
  for (const OutputWeight& weight : weights)
    expect(std::isfinite(weight.value), "compile: a loss weight is {}; expected a finite number", weight.value);
  std::vector<double> resolved;
  if (!is_named("loss_weights", weights)) {
    expect(weights.empty() || outputs.empty() || weights.size() == outputs.size(),
           "compile: got {} for {}; expected one an output", counted(weights.size(), "loss weight"),
           counted(outputs.size(), "output"));
    for (const OutputWeight& weight : weights) resolved.push_back(weight.value);
    return resolved;
  }
  resolved.assign(outputs.size(), 1.);
  for (const OutputWeight& weight : weights) resolved[index_of("loss_weights", weight.output, outputs)] = weight.value;
  return resolved;
}

std::vector<std::vector<ResolvedMetric>> metrics_by_output(const Metrics& metrics, const Names& outputs) {
  const bool is_by_name = std::any_of(metrics.begin(), metrics.end(), [&](const OutputMetrics& entry) {
    return !entry.output.empty() &&
           (!is_function(entry) || std::find(outputs.begin(), outputs.end(), entry.output) != outputs.end());
  });
  std::vector<std::vector<ResolvedMetric>> resolved(is_by_name ? outputs.size() : 1);
  if (is_by_name) is_named("metrics", metrics);
  for (const OutputMetrics& entry : metrics) {
    const std::size_t place = is_by_name ? index_of("metrics", entry.output, outputs) : 0;
    for (const Metric& metric : entry.metrics)
      resolved[place].emplace_back(is_by_name || entry.output.empty() ? metric
                                                                      : Metric(entry.output, metric.function()));
  }
  return resolved;
}

}  // namespace frost::models
