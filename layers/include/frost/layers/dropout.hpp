#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct DropoutOptions {
  /// The probability of an element to become 0, in [0, 1).
  FirstOption<double> rate = detail::by_default(0.5);
  /// A stream of the layer's own; absent: the model's.
  std::optional<std::uint64_t> seed = {};
  std::string name = {};
};

/// In training, elements are 0 with probability `rate` and the others divided by 1 − rate (Srivastava et al. 2014);
/// otherwise, and when the layer is frozen, the input. Input shape: any. Output shape: the same.
class FROST_API Dropout : public detail::Positional<Dropout, Layer, &DropoutOptions::rate> {
 public:
  using Positional::Positional;
  explicit Dropout(const DropoutOptions& options);
};

}  // namespace frost
