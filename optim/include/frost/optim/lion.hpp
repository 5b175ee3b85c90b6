#pragma once
#include <frost/optim/optimizer.hpp>

#include <concepts>

namespace frost {

struct LionOptions {
  FirstOption<LearningRate> learning_rate = detail::by_default(LearningRate(0.001));
  double beta_1 = 0.9;
  double beta_2 = 0.99;
  double weight_decay = 0;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

/// Lion (Chen et al. 2023): w −= lr·sign(β₁·m + (1 − β₁)·g), then m ← β₂·m + (1 − β₂)·g. Decay and limits as for SGD.
/// Throws: ValueError for options out of range.
class FROST_API Lion : public detail::WithRate<Lion, Optimizer, LionOptions> {
 public:
  using WithRate::WithRate;
  Lion() : Lion(LionOptions{}) {}
  template <std::same_as<LionOptions> O = LionOptions>
  explicit Lion(const O& options) : WithRate(Optimizer(make(options))) {}

 private:
  static OptimizerBase* make(const LionOptions& options);
};

}  // namespace frost
