#pragma once
#include <frost/optim/optimizer.hpp>

#include <concepts>

namespace frost {

struct SGDOptions {
  FirstOption<LearningRate> learning_rate = detail::by_default(LearningRate(0.01));
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

/// Gradient descent: w −= lr·g. With momentum, v ← momentum·v − lr·g and w += v; with nesterov, w += momentum·v − lr·g.
/// weight_decay: w −= lr·weight_decay·w first. Limits on the gradient: each weight's norm (clipnorm), each element
/// (clipvalue), the norm of all (global_clipnorm).
/// Throws: ValueError for options out of range.
class FROST_API SGD : public detail::WithRate<SGD, Optimizer, SGDOptions> {
 public:
  using WithRate::WithRate;
  SGD() : SGD(SGDOptions{}) {}
  template <std::same_as<SGDOptions> O = SGDOptions>
  explicit SGD(const O& options) : WithRate(Optimizer(make(options))) {}

 private:
  static OptimizerBase* make(const SGDOptions& options);
};

}  // namespace frost
