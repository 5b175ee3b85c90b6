#include <frost/models/report.hpp>

#include "describe.hpp"
#include "expect.hpp"
#include "recording.hpp"
#include "step_time.hpp"

#include <frost/autograd/identity.hpp>
#include <frost/autograd/leaf.hpp>
#include <frost/optim/optimizer.hpp>

#include <algorithm>

namespace frost {

using models::expect;
using models::Recording;
using models::StepWork;

namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& t : texts) all += (all.empty() ? "" : ", ") + t;
  return all;
}

StepCost cost_of(const Recording& r) {
  // What the gradients of input and weights share is done for the input where that is asked for.
  const std::int64_t input = r.input_gradient.total(), weights = r.weight_gradients.total(),
                     shared = r.backward.total();
  return {.saved_bytes = r.saved_bytes,
          .forward_flops = r.forward.total(),
          .input_gradient_flops = input + (r.below.empty() ? 0 : shared),
          .weight_gradient_flops = weights + (r.below.empty() ? shared : 0)};
}

std::string reason_of(const Recording& r, FreezeState state) {
  if (detail::is_input(r.layer)) return "an input";
  if (r.nodes == 0) {
    if (!r.passes_on)
      return r.trained.empty() && r.below.empty() ? "not recorded: nothing below or inside is trainable"
                                                  : "not recorded: its result has no gradient";
    return r.is_watched ? "the recording starts at its result: it is watched" : "passes its input on as it is";
  }
  std::string reason;
  if (state == FreezeState::partly) reason = "trains only " + joined(r.trained) + "; ";
  if (state == FreezeState::trainable) reason = "trainable; ";
  if (r.trained.empty()) return "input gradient kept because " + r.below + " is trainable";
  return reason + (r.below.empty() ? "no input gradient: nothing below is trainable"
                                   : "input gradient because " + r.below + " is trainable");
}

// How many bytes of state the optimizer keeps for each weight of the copy. Weights stand in the order of the model's.
class OptimizerBytes {
 public:
  OptimizerBytes(const Model& model, const Model& copy) : optimizer_(model.optimizer()), originals_(model.weights()) {
    for (const Parameter& p : copy.weights()) copies_.emplace(detail::identity(p), copies_.size());
    if (optimizer_) count_ = optimizer_.base().state_count();
  }
  int count() const { return count_; }

  /// Counts a weight once, for the first layer that has it.
  std::int64_t take(const Layer& layer, std::int64_t& updated_bytes) {
    std::int64_t bytes = 0;
    for (const Parameter& w : layer.weights()) {
      if (!taken_.insert(w)) continue;
      const auto size = static_cast<std::int64_t>(size_of(w.dtype()));
      const std::int64_t trained = detail::trained_elements(w) * size;
      // Read: weight, gradient, state; written: weight, gradient, state.
      updated_bytes += trained * (4 + 2 * count_);
      bytes += trained * count_;
      if (const auto at = copies_.find(detail::identity(w)); trained == 0 && at != copies_.end())
        bytes += kept(at->second);
    }
    return bytes;
  }

 private:
  // The state of a weight that is paused, or frozen with its state.
  std::int64_t kept(std::size_t weight) const {
    if (!optimizer_ || weight >= originals_.size()) return 0;
    const Parameter& w = originals_[weight];
    if (!detail::is_paused(w) && !detail::keeps_state(w)) return 0;
    std::int64_t bytes = 0;
    for (const Tensor& t : optimizer_.base().state(w).tensors)
      bytes += t.size() * static_cast<std::int64_t>(size_of(t.dtype()));
    return bytes;
  }

  Optimizer optimizer_;
  int count_ = 2;  // Adam's
  Parameters originals_;
  std::unordered_map<const void*, std::size_t> copies_;  // the places of the copy's weights
  detail::Met taken_;
};

// What the recorded pass costs; fills in the layers where they are asked for.
double add_up(const std::vector<Recording>& recordings, OptimizerBytes optimizer, StepCost& total,
              std::vector<LayerReport>* layers) {
  StepWork work;
  for (const Recording& r : recordings) {
    LayerReport layer = {.path = r.path, .type = r.layer.type(), .state = detail::freeze_state(r.layer)};
    layer.nodes = r.nodes;
    layer.cost = cost_of(r);
    layer.cost.optimizer_bytes = optimizer.take(r.layer, work.updated_bytes);
    layer.reason = reason_of(r, layer.state);
    total += layer.cost;
    for (const Flops& f : {r.forward, r.backward, r.input_gradient, r.weight_gradients}) work.flops += f;
    work.operations += r.calls + r.nodes;
    work.steps += r.steps;
    if (layers) layers->push_back(std::move(layer));
  }
  return models::predicted_seconds(work);
}

std::vector<std::string> notes_of(const FreezeReport& report, const std::vector<Recording>& recordings) {
  std::vector<std::string> notes, late, rows;
  bool any_frozen = false, any_trained = false;
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    const LayerReport& layer = report.layers[i];
    const Recording& r = recordings[i];
    any_frozen |= layer.state == FreezeState::frozen || layer.state == FreezeState::partly;
    any_trained |= !r.trained.empty();
    if (layer.state == FreezeState::frozen && layer.nodes > 0 && !r.below.empty()) late.push_back(r.path);
    for (const std::string& name : r.trained)
      if (name.starts_with("part of ")) rows.push_back(r.path + "/" + name.substr(8));
  }
  if (!late.empty())
    notes.push_back("late layers frozen (" + joined(late) + "): saves weight gradients, not input gradients");
  if (!rows.empty()) notes.push_back("frozen in part (" + joined(rows) + "): saves optimizer state, hardly time");
  if (any_frozen && !any_trained)
    notes.push_back("everything is frozen: there is nothing to train");
  else if (any_frozen && report.relative_time > 0.985)
    notes.push_back("this freeze hardly makes training faster: a step takes about as long");
  else if (any_frozen && report.relative_time > 0.9)
    notes.push_back(fmt::format("this freeze hardly makes training faster: a step takes about {:.0f} % of the time",
                                100 * report.relative_time));
  return notes;
}

}  // namespace

StepCost& StepCost::operator+=(const StepCost& other) {
  saved_bytes += other.saved_bytes;
  forward_flops += other.forward_flops;
  input_gradient_flops += other.input_gradient_flops;
  weight_gradient_flops += other.weight_gradient_flops;
  optimizer_bytes += other.optimizer_bytes;
  return *this;
}

const LayerReport& FreezeReport::operator[](const std::string& path) const& {
  std::vector<std::string> paths;
  for (const LayerReport& layer : layers) {
    if (layer.path == path) return layer;
    paths.push_back(layer.path);
  }
  throw ValueError(fmt::format("freeze_report: there is no layer '{}' in the report of '{}'. {}", path, model,
                               detail::near_names(path, paths)));
}

FreezeReport freeze_report(const Model& model, const FreezeReportOptions& options) {
  expect(options.batch_size >= 1 && options.unknown_size >= 1,
         "freeze_report: got batch_size {} and unknown_size {}; expected 1 or more of each", options.batch_size,
         options.unknown_size);
  FreezeReport report = {.model = model.name(), .batch_size = options.batch_size};
  models::Rehearsal rehearsal(*ModelBase::of(model), "freeze_report");
  const OptimizerBytes optimizer(model, rehearsal.copy());
  const std::vector<Recording> now = rehearsal.run(options.batch_size, options.unknown_size);
  const double seconds = add_up(now, optimizer, report.total, &report.layers);
  rehearsal.thaw_all();
  const double all_seconds =
      add_up(rehearsal.run(options.batch_size, options.unknown_size), optimizer, report.all_trainable, nullptr);
  report.relative_time = seconds / all_seconds;
  report.notes = notes_of(report, now);
  return report;
}

}  // namespace frost
