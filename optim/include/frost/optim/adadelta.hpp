#pragma once
#include <frost/optim/optimizer.hpp>

#include <concepts>

namespace frost {

struct AdadeltaOptions {
  FirstOption<LearningRate> learning_rate = detail::by_default(LearningRate(0.001));
  double rho = 0.95;
  double epsilon = 1e-7;
  double weight_decay = 0;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

/// Adadelta (Zeiler 2012): a ← ρ·a + (1 − ρ)·g², Δ = −√(d + ε)/√(a + ε)·g, d ← ρ·d + (1 − ρ)·Δ², w += lr·Δ. The paper's
/// learning rate is 1. Decay and limits as for SGD.
/// Throws: ValueError for options out of range.
class FROST_API Adadelta : public detail::WithRate<Adadelta, Optimizer, AdadeltaOptions> {
 public:
  using WithRate::WithRate;
  Adadelta() : Adadelta(AdadeltaOptions{}) {}
  template <std::same_as<AdadeltaOptions> O = AdadeltaOptions>
  explicit Adadelta(const O& options) : WithRate(Optimizer(make(options))) {}

 private:
  static OptimizerBase* make(const AdadeltaOptions& options);
};

}  // namespace frost
