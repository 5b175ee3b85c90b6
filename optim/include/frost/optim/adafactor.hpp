#pragma once
#include <frost/optim/optimizer.hpp>

#include <concepts>

namespace frost {

struct AdafactorOptions {
  FirstOption<LearningRate> learning_rate = detail::by_default(LearningRate(0.001));
  double beta_2_decay = -0.8;
  double epsilon_1 = 1e-30;
  double epsilon_2 = 1e-3;
  double clip_threshold = 1;
  bool relative_step = true;
  double weight_decay = 0;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

/// Adafactor (Shazeer and Stern 2018) as Keras writes it. ρ = min(lr, 1/√t), α = max(ε₂, rms(w))·ρ, β = 1 −
/// t^beta_2_decay, t counting the weight's own updates; lr is min(lr, 1/√t) with relative_step. Of a weight with one
/// axis or none, v ← β·v + (1 − β)·(g² + ε₁). Of one with more, the means of g² + ε₁ over the last axis and over the
/// one before follow r and c so, and v = r·c/mean(r). Then u = g/√v, w −= α·u/max(1, rms(u)/clip_threshold). v is what
/// is kept: its own means are r and c. Means of a weight that is frozen in part are those of the rest. Decay and limits
/// as for SGD. Throws: ValueError for options out of range.
class FROST_API Adafactor : public detail::WithRate<Adafactor, Optimizer, AdafactorOptions> {
 public:
  using WithRate::WithRate;
  Adafactor() : Adafactor(AdafactorOptions{}) {}
  template <std::same_as<AdafactorOptions> O = AdafactorOptions>
  explicit Adafactor(const O& options) : WithRate(Optimizer(make(options))) {}

 private:
  static OptimizerBase* make(const AdafactorOptions& options);
};

}  // namespace frost
