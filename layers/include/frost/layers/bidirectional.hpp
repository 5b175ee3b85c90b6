#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct BidirectionalOptions {
  /// How the two results become one: concat (along the last axis), sum, mul, ave; none or empty: both, use `all`.
  std::string merge_mode = "concat";
  std::string name = {};
};

/// Runs a recurrent layer forwards and a second one, with weights of its own, backwards (Schuster and Paliwal 1997).
/// Both are made from the options of `layer` and called `forward_` and `backward_` before its name; the second reads
/// in the other direction. With return_sequences its results are put in the order of the input. With return_state the
/// forward layer's states and then the backward layer's follow the result. Weights: the forward layer's, then the
/// backward layer's.
/// Input shape: (N, T, …); initial states of the forward and then of the backward layer may follow. Output shape: the
/// layer's, its last axis twice as long with concat. A mask goes to both layers, and on as theirs does.
/// Throws: ValueError unless `layer` is an LSTM, GRU, SimpleRNN or RNN, or for another merge_mode.
class FROST_API Bidirectional : public Layer {
 public:
  explicit Bidirectional(const Layer& layer, const BidirectionalOptions& options = {});
};

}  // namespace frost
