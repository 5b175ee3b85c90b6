#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct SpatialDropoutOptions {
  /// The probability of a channel to become 0, in [0, 1).
  FirstOption<double> rate = detail::by_default(0.5);
  /// A stream of the layer's own; absent: the model's.
  std::optional<std::uint64_t> seed = {};
  std::string name = {};
};

/// Dropout of whole channels (Tompson et al. 2015): in training a row's channel is 0 throughout with probability
/// `rate`, else divided by 1 − rate. Input shape: (N, T, C). Output shape: the same. Throws: ValueError unless 0 ≤ rate
/// < 1.
class FROST_API SpatialDropout1D : public detail::Positional<SpatialDropout1D, Layer, &SpatialDropoutOptions::rate> {
 public:
  using Positional::Positional;
  explicit SpatialDropout1D(const SpatialDropoutOptions& options);
};
/// The same for images. Input shape: (N, H, W, C). Output shape: the same.
class FROST_API SpatialDropout2D : public detail::Positional<SpatialDropout2D, Layer, &SpatialDropoutOptions::rate> {
 public:
  using Positional::Positional;
  explicit SpatialDropout2D(const SpatialDropoutOptions& options);
};

}  // namespace frost
