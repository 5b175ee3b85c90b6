#pragma once
#include <frost/optim/optimizer.hpp>

#include <concepts>

namespace frost {

struct AdamWOptions {
  FirstOption<LearningRate> learning_rate = detail::by_default(LearningRate(0.001));
  double weight_decay = 0.004;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019): w −= lr·weight_decay·w, then Adam's update. It is
/// Adam with a decay by default; as there, biases decay too. Limits as for SGD. Throws: ValueError for options out of
/// range.
class FROST_API AdamW : public detail::WithRate<AdamW, Optimizer, AdamWOptions> {
 public:
  using WithRate::WithRate;
  AdamW() : AdamW(AdamWOptions{}) {}
  template <std::same_as<AdamWOptions> O = AdamWOptions>
  explicit AdamW(const O& options) : WithRate(Optimizer(make(options))) {}

 private:
  static OptimizerBase* make(const AdamWOptions& options);
};

}  // namespace frost
