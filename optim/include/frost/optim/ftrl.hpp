#pragma once
#include <frost/optim/optimizer.hpp>

#include <concepts>

namespace frost {

struct FtrlOptions {
  FirstOption<LearningRate> learning_rate = detail::by_default(LearningRate(0.001));
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0;
  double l2_regularization_strength = 0;
  double l2_shrinkage_regularization_strength = 0;
  double beta = 0;
  double weight_decay = 0;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

/// Follow the regularized leader (McMahan et al. 2013). With p = −learning_rate_power, n at first
/// initial_accumulator_value, z at first 0, and λ₁, λ₂, λₛ the strengths in their order:
/// n' = n + g², z ← z + g + 2·λₛ·w − (n'ᵖ − nᵖ)/lr·w, w ← (clip(z, −λ₁, λ₁) − z)/(n'ᵖ/lr + 2·(λ₂ + beta/(2·lr))), n ←
/// n'. Where the divisor is 0, and in a step whose learning rate is 0, weights stay. Decay and limits as for SGD.
/// Throws: ValueError for options out of range.
class FROST_API Ftrl : public detail::WithRate<Ftrl, Optimizer, FtrlOptions> {
 public:
  using WithRate::WithRate;
  Ftrl() : Ftrl(FtrlOptions{}) {}
  template <std::same_as<FtrlOptions> O = FtrlOptions>
  explicit Ftrl(const O& options) : WithRate(Optimizer(make(options))) {}

 private:
  static OptimizerBase* make(const FtrlOptions& options);
};

}  // namespace frost
