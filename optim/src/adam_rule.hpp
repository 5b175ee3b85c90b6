#pragma once
#include "rule.hpp"

namespace frost::optim {

/// Adam's rule and AdamW's, which differ in defaults alone.
template <class O>
struct AdamRuleOf {
  using Options = O;
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("beta_1", o.beta_1);
    visit("beta_2", o.beta_2);
    visit("epsilon", o.epsilon);
    visit("amsgrad", o.amsgrad);
  }

  AdamRuleOf(const char* type, const Options& given) : o(given) { expect_moments(type, o); }
  std::vector<double> fresh() const { return std::vector<double>(o.amsgrad ? 3 : 2, 0.); }
  template <class Run>
  void update(const Step& step, Run run) {
    const double correction = std::sqrt(1 - power_2.of(o.beta_2, step.steps)) / (1 - power_1.of(o.beta_1, step.steps));
    const AdamUpdate adam{step.learning_rate * correction, o.beta_1, o.beta_2, o.epsilon};
    if (o.amsgrad)
      run(AmsgradUpdate{adam});
    else
      run(adam);
  }

  Options o;
  Power power_1 = {};
  Power power_2 = {};
};

}  // namespace frost::optim
