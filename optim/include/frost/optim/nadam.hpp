#pragma once
#include <frost/optim/optimizer.hpp>

#include <concepts>

namespace frost {

struct NadamOptions {
  FirstOption<LearningRate> learning_rate = detail::by_default(LearningRate(0.001));
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  double weight_decay = 0;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

/// Adam with Nesterov's momentum (Dozat 2016): μₜ = β₁·(1 − 0.96ᵗ/2), Πₜ = μ₁⋯μₜ, m and v as for Adam,
/// m̂ = μₜ₊₁·m/(1 − Πₜ₊₁) + (1 − μₜ)·g/(1 − Πₜ), w −= lr·m̂/(√(v/(1 − β₂ᵗ)) + ε), t counting the weight's own updates.
/// Decay and limits as for SGD.
/// Throws: ValueError for options out of range.
class FROST_API Nadam : public detail::WithRate<Nadam, Optimizer, NadamOptions> {
 public:
  using WithRate::WithRate;
  Nadam() : Nadam(NadamOptions{}) {}
  template <std::same_as<NadamOptions> O = NadamOptions>
  explicit Nadam(const O& options) : WithRate(Optimizer(make(options))) {}

 private:
  static OptimizerBase* make(const NadamOptions& options);
};

}  // namespace frost
