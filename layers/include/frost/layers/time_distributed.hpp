#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct TimeDistributedOptions {
  std::string name = {};
};

/// Calls a layer or a model on every step of sequences alike: as rows, in one call, with the same weights. These are
/// the weights of `layer`, which is this layer's own from then on.
/// Input shape: (N, T, …). Output shape: (N, T, …), what the layer makes of (N·T, …). A mask (N, T) is the result's,
/// and to a layer that supports masks, as a batch norm, it is one of rows, (N·T); one of more axes, (N, T, S), is
/// handed to the layer as (N·T, S), and the result has the layer's mask if it gives one, else a step counts in which
/// any S does.
class FROST_API TimeDistributed : public Layer {
 public:
  explicit TimeDistributed(const Layer& layer, const TimeDistributedOptions& options = {});
};

}  // namespace frost
