#pragma once
#include <frost/optim/optimizer.hpp>

#include <concepts>

namespace frost {

struct AdamaxOptions {
  FirstOption<LearningRate> learning_rate = detail::by_default(LearningRate(0.001));
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  double weight_decay = 0;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

/// Adam by the largest gradient (Kingma and Ba 2015, section 7): m ← β₁·m + (1 − β₁)·g, u ← max(β₂·u, |g|),
/// w −= lr/(1 − β₁ᵗ)·m/(u + ε), t counting the weight's own updates. Decay and limits as for SGD.
/// Throws: ValueError for options out of range.
class FROST_API Adamax : public detail::WithRate<Adamax, Optimizer, AdamaxOptions> {
 public:
  using WithRate::WithRate;
  Adamax() : Adamax(AdamaxOptions{}) {}
  template <std::same_as<AdamaxOptions> O = AdamaxOptions>
  explicit Adamax(const O& options) : WithRate(Optimizer(make(options))) {}

 private:
  static OptimizerBase* make(const AdamaxOptions& options);
};

}  // namespace frost
