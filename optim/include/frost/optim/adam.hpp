#pragma once
#include <frost/optim/optimizer.hpp>

#include <concepts>

namespace frost {

struct AdamOptions {
  FirstOption<LearningRate> learning_rate = detail::by_default(LearningRate(0.001));
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  double weight_decay = 0;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

/// Adam (Kingma and Ba 2015) as Keras writes it: m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g²,
/// w −= lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m/(√v + ε), t counting the weight's own updates. amsgrad (Reddi et al. 2018) puts the
/// largest v so far in v's place. Decay and limits as for SGD.
/// Throws: ValueError for options out of range.
class FROST_API Adam : public detail::WithRate<Adam, Optimizer, AdamOptions> {
 public:
  using WithRate::WithRate;
  Adam() : Adam(AdamOptions{}) {}
  template <std::same_as<AdamOptions> O = AdamOptions>
  explicit Adam(const O& options) : WithRate(Optimizer(make(options))) {}

 private:
  static OptimizerBase* make(const AdamOptions& options);
};

}  // namespace frost
