#pragma once
#include <frost/models/model.hpp>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace frost {

/// Whether a layer's weights are trained: all, none, or some of them or of their elements.
enum class FreezeState { without_weights, trainable, frozen, partly };

struct FreezeReportOptions {
  std::int64_t batch_size = 32;
  /// What an unknown size, -1 in the Input's shape, is taken to be.
  std::int64_t unknown_size = 32;
};

/// What a training step costs.
struct StepCost {
  /// What the tape keeps between the forward and the backward pass, as tape_stats counts it; the loss apart.
  std::int64_t saved_bytes = 0;
  std::int64_t forward_flops = 0;
  /// The gradients of inputs, and what they share with the gradients of weights: an LSTM's way back through its steps.
  std::int64_t input_gradient_flops = 0;
  /// The gradients of weights; where no input's gradient is needed, what both share too.
  std::int64_t weight_gradient_flops = 0;
  /// The optimizer's state: of the one that the model was compiled with, else of Adam.
  std::int64_t optimizer_bytes = 0;

  FROST_API StepCost& operator+=(const StepCost& other);
};

/// One layer's share, of all its calls; a buffer that several layers keep counts for the first.
struct LayerReport {
  std::string path;
  std::string type;
  FreezeState state = FreezeState::without_weights;
  /// How many operations of the layer are on the tape. None: nothing of it is kept, and no gradient passes through it.
  std::int64_t nodes = 0;
  StepCost cost = {};
  /// "input gradient kept because lstm is trainable", "not recorded: nothing below or inside is trainable".
  std::string reason = {};
};

/// What a freeze saves. Printed with `<<`, a table.
struct FreezeReport {
  std::string model;
  std::int64_t batch_size = 0;
  /// In the order of the summary; in place of a nested model its layers.
  std::vector<LayerReport> layers = {};
  /// The sums over the layers, as they are now and with everything trainable.
  StepCost total = {};
  StepCost all_trainable = {};
  /// The predicted time of a training step, as a part of its time with everything trainable.
  double relative_time = 1;
  /// What to know about this freeze: "late layers frozen (dense1): saves weight gradients, not input gradients".
  std::vector<std::string> notes = {};

  /// A layer's share by its path. Throws: ValueError that lists near paths.
  FROST_API const LayerReport& operator[](const std::string& path) const&;
  LayerReport operator[](const std::string& path) && { return std::as_const(*this)[path]; }
};
FROST_API std::ostream& operator<<(std::ostream& out, const FreezeReport& report);

/// Says, layer by layer, what the freeze as it is now saves in a training step, and why. It is found out by recording
/// the forward pass of a copy of the model on zeros, hence nothing of the model changes: no flag, gradient, statistic
/// or random stream. What a layer computes is as its `flops` says.
///
///     freeze(model, until("lstm_1"));
///     std::cout << freeze_report(model, {.batch_size = 128});
///
/// Throws: GraphError when the model is not built; ValueError for sizes below 1, and, as `clone` does, for a layer
/// whose class cannot be copied.
FROST_API FreezeReport freeze_report(const Model& model, const FreezeReportOptions& options = {});

}  // namespace frost
