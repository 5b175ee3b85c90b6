#pragma once
#include <frost/autograd/positional.hpp>
#include <frost/optim/optimizer.hpp>

#include <concepts>

namespace frost {

struct SGDOptions {
  FirstOption<double> learning_rate = detail::by_default(0.01);
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
class FROST_API SGD : public detail::Positional<SGD, Optimizer, &SGDOptions::learning_rate> {
 public:
  using Positional::Positional;
  SGD() : SGD(SGDOptions{}) {}
  template <std::same_as<SGDOptions> O = SGDOptions>
  explicit SGD(const O& options) : Positional(Optimizer(make(options))) {}

 private:
  static OptimizerBase* make(const SGDOptions& options);
};

}  // namespace frost
