#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

/// One step of a recurrent layer of your own, for RNN. `call_all` takes {input of the step, states…} and gives
/// {output, states…}; `build` gets the shape of the step's input, (−1, C).
class FROST_API RNNCellBase : public LayerBase {
 public:
  /// The size of each state: (N, size).
  virtual std::vector<std::int64_t> state_sizes() const = 0;
};

struct RNNOptions {
  /// The output at every step instead of the last.
  bool return_sequences = false;
  /// The last states as further outputs: use `all`.
  bool return_state = false;
  /// The steps are read from the last; outputs come in the order in which they are computed.
  bool go_backwards = false;
  /// A batch begins with the states in which the one before ended, cut from its tape, until `reset_states()`.
  bool stateful = false;
  bool trainable = true;
  /// Of states that start at zero, where the sequences are integers.
  DType dtype = default_dtype();
  std::string name = {};
};

/// Runs a cell over the steps of sequences, its states starting at zero:
///
///     class Sums : public RNNCellBase {
///      public:
///       std::vector<std::int64_t> state_sizes() const override { return {3}; }
///       Tensors call_all(const Tensors& xs, const CallContext&) override { return {xs[0] + xs[1], xs[0] + xs[1]}; }
///     };
///     Layer sums = RNN(layer<Sums>(), {.return_sequences = true});
///
/// Input shape: (N, T, …); initial states (N, size) may follow. Output shape: (N, T, …) with return_sequences, else
/// (N, …), as the cell gives it. Where x has a mask, states and output stay at the steps that it leaves out.
/// Throws: ValueError unless the cell is an RNNCellBase; ShapeError when a stateful layer gets another number of rows
/// than before.
class FROST_API RNN : public Layer {
 public:
  explicit RNN(const Layer& cell, const RNNOptions& options = {});
};

}  // namespace frost
