#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct LocalResponseNormalizationOptions {
  FirstOption<std::int64_t> depth_radius = detail::by_default(std::int64_t{5});
  double bias = 1;
  double alpha = 1;
  double beta = 0.5;
  std::string name = {};
};

/// y = x / (bias + alpha·Σ x²)^beta, the sum over the channels c − depth_radius … c + depth_radius (Krizhevsky,
/// Sutskever and Hinton 2012); alpha is not divided by their number. Input shape: (N, …, C). Output shape: the same.
/// Throws: ValueError for a negative radius and unless bias > 0 and alpha ≥ 0.
class FROST_API LocalResponseNormalization
    : public detail::Positional<LocalResponseNormalization, Layer, &LocalResponseNormalizationOptions::depth_radius> {
 public:
  using Positional::Positional;
  LocalResponseNormalization();
  explicit LocalResponseNormalization(const LocalResponseNormalizationOptions& options);
};

}  // namespace frost
