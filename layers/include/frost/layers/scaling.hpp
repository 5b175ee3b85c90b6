#pragma once
#include <frost/layers/layer.hpp>

#include <optional>

namespace frost {

struct RescalingOptions {
  FirstOption<double> scale = detail::by_default(1.);
  double offset = 0;
  std::string name = {};
};
/// y = scale·x + offset: Rescaling({.scale = 1. / 255}). Integers are converted to default_dtype().
/// Input shape: any. Output shape: the same.
class FROST_API Rescaling : public detail::Positional<Rescaling, Layer, &RescalingOptions::scale> {
 public:
  using Positional::Positional;
  explicit Rescaling(const RescalingOptions& options);
};

struct NormalizationOptions {
  /// The axes that have a mean and a variance for each of their indices; empty: one of all elements.
  FirstOption<Axes> axis = detail::by_default(Axes(-1));
  /// What is subtracted, and the square of what is divided by: one number for all, or one an index. Empty: what `adapt`
  /// finds, or what weights are loaded.
  std::vector<double> mean = {};
  std::vector<double> variance = {};
  /// y = x·√variance + mean instead.
  bool invert = false;
  DType dtype = default_dtype();
  std::string name = {};
};
/// y = (x − mean)/max(√variance, 1e-7), with numbers that are given, or are found in data by `adapt`; they are not
/// trained. Weights, unless the numbers are given: mean, variance of the sizes of the axes, starting at 0 and 1, and
/// count, how many elements each was found in.
///
///     Normalization normalization;
///     normalization.adapt(x_train);
///     Model model(input, Dense({.units = 1})(normalization(input)));
///
/// Input shape: (N, …). Output shape: the same. Throws: ValueError when one of mean and variance is given, a variance
/// is negative, or for an axis that the input does not have; ShapeError when the size of an axis is unknown or its mean
/// has another one.
class FROST_API Normalization : public detail::Positional<Normalization, Layer, &NormalizationOptions::axis> {
 public:
  using Positional::Positional;
  Normalization();
  explicit Normalization(const NormalizationOptions& options);

  /// Sets mean and variance to those of the data, which has the batch in front, and builds the layer if it is not.
  /// Throws: ValueError when they were given as options, and for data without rows or that is not floating.
  void adapt(const Tensor& data) const;
};

struct GaussianNoiseOptions {
  FirstOption<double> stddev = detail::by_default(0.);
  /// A stream of the layer's own; absent: the model's.
  std::optional<std::uint64_t> seed = {};
  std::string name = {};
};
/// In training, y = x + noise of mean 0 and the given standard deviation; otherwise x itself. dx = g.
/// Input shape: any. Output shape: the same. Throws: ValueError for a negative stddev.
class FROST_API GaussianNoise : public detail::Positional<GaussianNoise, Layer, &GaussianNoiseOptions::stddev> {
 public:
  using Positional::Positional;
  explicit GaussianNoise(const GaussianNoiseOptions& options);
};

}  // namespace frost
