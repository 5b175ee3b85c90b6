#pragma once
#include <frost/layers/layer.hpp>

#include <optional>

// Activations with parameters. Those without are an Activation("tanh").
namespace frost {

struct ReLUOptions {
  /// Where the result saturates; absent: nowhere.
  std::optional<double> max_value = {};
  double negative_slope = 0;
  /// Up to here the result is that of a negative input.
  double threshold = 0;
  std::string name = {};
};
/// y = min(x, max_value) above the threshold, negative_slope·(x − threshold) below; dx = g, 0 from max_value on,
/// negative_slope·g below the threshold. Input shape: any. Output shape: the same.
/// Throws: ValueError when max_value, negative_slope or threshold is negative.
class FROST_API ReLU : public detail::Positional<ReLU, Layer, &ReLUOptions::max_value> {
 public:
  using Positional::Positional;
  ReLU();
  explicit ReLU(const ReLUOptions& options);
};

struct SoftmaxOptions {
  /// The axes over which the results add up to 1.
  FirstOption<Axes> axis = detail::by_default(Axes(-1));
  std::string name = {};
};
/// y = exp(x) / Σ exp(x), the sum over `axis`; dx = y·(g − Σ g·y). A mask of the input's shape leaves elements out:
/// they get 0. Input shape: any of two axes or more. Output shape: the same. Throws: ValueError for an axis that the
/// input does not have.
class FROST_API Softmax : public detail::Positional<Softmax, Layer, &SoftmaxOptions::axis> {
 public:
  using Positional::Positional;
  Softmax();
  explicit Softmax(const SoftmaxOptions& options);
};

struct LeakyReLUOptions {
  FirstOption<double> alpha = detail::by_default(0.3);
  std::string name = {};
};
/// y = x above 0, alpha·x below (Maas, Hannun and Ng 2013); dx = g or alpha·g. Input shape: any. Output shape: the
/// same. Throws: ValueError for a negative alpha.
class FROST_API LeakyReLU : public detail::Positional<LeakyReLU, Layer, &LeakyReLUOptions::alpha> {
 public:
  using Positional::Positional;
  LeakyReLU();
  explicit LeakyReLU(const LeakyReLUOptions& options);
};

struct ELUOptions {
  FirstOption<double> alpha = detail::by_default(1.);
  std::string name = {};
};
/// y = x above 0, alpha·(exp(x) − 1) below (Clevert, Unterthiner and Hochreiter 2016); dx = g or alpha·exp(x)·g.
/// Input shape: any. Output shape: the same.
class FROST_API ELU : public detail::Positional<ELU, Layer, &ELUOptions::alpha> {
 public:
  using Positional::Positional;
  ELU();
  explicit ELU(const ELUOptions& options);
};

struct PReLUOptions {
  Initializer alpha_initializer = "zeros";
  Regularizer alpha_regularizer = {};
  Constraint alpha_constraint = {};
  /// The axes along which one alpha serves all, the batch being axis 0: {1, 2} for one a channel of images.
  Axes shared_axes = {};
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};
/// y = x above 0, alpha·x below, with an alpha that is learned (He et al. 2015). Weights: alpha, of the input's shape
/// without the batch axis, 1 along the shared axes; dalpha = Σ g·min(x, 0).
/// Input shape: (N, …). Output shape: the same. Throws: ValueError for a shared axis that the input does not have or
/// that is the batch's; ShapeError when a size that is not shared is unknown.
class FROST_API PReLU : public Layer {
 public:
  PReLU();
  explicit PReLU(const PReLUOptions& options);
};

}  // namespace frost
