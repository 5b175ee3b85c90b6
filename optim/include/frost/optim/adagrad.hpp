#pragma once
#include <frost/optim/optimizer.hpp>

#include <concepts>

namespace frost {

struct AdagradOptions {
  FirstOption<LearningRate> learning_rate = detail::by_default(LearningRate(0.001));
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  double weight_decay = 0;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

/// Adagrad (Duchi et al. 2011): a ← a + g², which begins at initial_accumulator_value, and w −= lr·g/√(a + ε). Decay
/// and limits as for SGD. Throws: ValueError for options out of range.
class FROST_API Adagrad : public detail::WithRate<Adagrad, Optimizer, AdagradOptions> {
 public:
  using WithRate::WithRate;
  Adagrad() : Adagrad(AdagradOptions{}) {}
  template <std::same_as<AdagradOptions> O = AdagradOptions>
  explicit Adagrad(const O& options) : WithRate(Optimizer(make(options))) {}

 private:
  static OptimizerBase* make(const AdagradOptions& options);
};

}  // namespace frost
