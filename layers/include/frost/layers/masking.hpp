#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct MaskingOptions {
  FirstOption<double> mask_value = detail::by_default(0.);
  std::string name = {};
};

/// Leaves out steps whose features all are `mask_value`: they become 0, and the result has a mask, which layers after
/// it honour. Recurrent layers repeat state and output at such steps; Dense, activations, dropout, norms and their like
/// hand the mask on; the others drop it. Where it reaches the model's output, `fit` and `evaluate` multiply the loss of
/// each step by it.
/// Input shape: (N, T, …, C). Output shape: the same. Mask: (N, T, …).
class FROST_API Masking : public detail::Positional<Masking, Layer, &MaskingOptions::mask_value> {
 public:
  using Positional::Positional;
  Masking();
  explicit Masking(const MaskingOptions& options);
};

}  // namespace frost
