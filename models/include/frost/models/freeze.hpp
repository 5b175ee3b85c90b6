#pragma once
#include <frost/models/selector.hpp>

namespace frost {

/// Which weights of a layer are meant: all, those that are no biases, or the biases (`bias`, `beta`). For an LSTM the
/// weights are kernel and recurrent_kernel.
enum class Freeze { both, weights, biases };

struct FreezeOptions {
  Freeze what = Freeze::both;
  /// Random layers stay random in training although they are frozen.
  bool keep_stochastic = false;
  /// Optimizers keep their state of the weights while they are frozen.
  bool keep_state = false;
};

/// How many trainable weights were selected, frozen before or not. Moving statistics are not counted.
struct FreezeResult {
  std::int64_t tensors = 0;
  std::int64_t elements = 0;
  /// Weights of layers that were not selected, which change with those that share them: "decoder/kernel is
  /// encoder/kernel".
  std::vector<std::string> ties = {};
};

/// Freezes what a selector selects: it is not trained, and nothing is computed or kept for its gradient from the next
/// forward pass on. `Freeze::both` sets the flags of selected layers too; the others, and globs that name weights,
/// change weights only.
/// Throws: ValueError when the selector selects nothing, or nothing that `what` means, or names something unknown; then
/// nothing is changed.
FROST_API FreezeResult freeze(const Layer& model, const Selector& selector, Freeze what = Freeze::both,
                              const FreezeOptions& options = {});
FROST_API FreezeResult freeze(const Layer& model, const Selector& selector, const FreezeOptions& options);

/// Undoes `freeze`: what is selected trains from the next forward pass on.
FROST_API FreezeResult thaw(const Layer& model, const Selector& selector, Freeze what = Freeze::both,
                            const FreezeOptions& options = {});
FROST_API FreezeResult thaw(const Layer& model, const Selector& selector, const FreezeOptions& options);

/// freeze(model, names(layers), what).
FROST_API FreezeResult freeze_weights(const Layer& model, const std::vector<std::string>& layers,
                                      Freeze what = Freeze::both);

/// Keeps the moving statistics of the selected layers, of batch norms and of custom layers with states, as they are: in
/// training such a layer uses them, while its other weights train as before. `thaw` and `set_trainable(true)` leave
/// that alone; `thaw_statistics` ends it. Gives the number of statistics; of layers that are not built it is
/// remembered. Throws: ValueError when the selector selects nothing or names something unknown; then nothing is
/// changed.
FROST_API FreezeResult freeze_statistics(const Layer& model, const Selector& selector);
FROST_API FreezeResult thaw_statistics(const Layer& model, const Selector& selector);

}  // namespace frost
