#pragma once
#include <frost/optim/optimizer.hpp>

#include <concepts>

namespace frost {

struct RMSpropOptions {
  FirstOption<LearningRate> learning_rate = detail::by_default(LearningRate(0.001));
  double rho = 0.9;
  double momentum = 0;
  double epsilon = 1e-7;
  bool centered = false;
  double weight_decay = 0;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

/// RMSprop (Hinton 2012) as Keras writes it: v ← ρ·v + (1 − ρ)·g², w −= lr·g/√(v + ε). With momentum,
/// u ← momentum·u + lr·g/√(v + ε) and w −= u. centered: a ← ρ·a + (1 − ρ)·g, and v − a² stands under the root in v's
/// place. Decay and limits as for SGD.
/// Throws: ValueError for options out of range.
class FROST_API RMSprop : public detail::WithRate<RMSprop, Optimizer, RMSpropOptions> {
 public:
  using WithRate::WithRate;
  RMSprop() : RMSprop(RMSpropOptions{}) {}
  template <std::same_as<RMSpropOptions> O = RMSpropOptions>
  explicit RMSprop(const O& options) : WithRate(Optimizer(make(options))) {}

 private:
  static OptimizerBase* make(const RMSpropOptions& options);
};

}  // namespace frost
