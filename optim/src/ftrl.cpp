#include <frost/optim/ftrl.hpp>

#include "entries.hpp"

namespace frost {

namespace {

struct FtrlRule {
  using Options = FtrlOptions;
  static constexpr const char* type = "Ftrl";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("learning_rate_power", o.learning_rate_power);
    visit("initial_accumulator_value", o.initial_accumulator_value);
    visit("l1_regularization_strength", o.l1_regularization_strength);
    visit("l2_regularization_strength", o.l2_regularization_strength);
    visit("l2_shrinkage_regularization_strength", o.l2_shrinkage_regularization_strength);
    visit("beta", o.beta);
  }

  explicit FtrlRule(const Options& given) : o(given) {
    optim::expect(std::isfinite(o.learning_rate_power) && o.learning_rate_power <= 0,
                  "Ftrl: learning_rate_power is out of range; got {}; expected a finite number up to 0",
                  o.learning_rate_power);
    optim::expect_from_zero(type, "initial_accumulator_value", o.initial_accumulator_value);
    optim::expect_from_zero(type, "l1_regularization_strength", o.l1_regularization_strength);
    optim::expect_from_zero(type, "l2_regularization_strength", o.l2_regularization_strength);
    optim::expect_from_zero(type, "l2_shrinkage_regularization_strength", o.l2_shrinkage_regularization_strength);
    optim::expect_from_zero(type, "beta", o.beta);
  }
  std::vector<double> fresh() const { return {o.initial_accumulator_value, 0.}; }
  template <class Run>
  void update(const optim::Step& step, Run run) const {
    if (step.learning_rate == 0) return;
    const double l2 = 2 * (o.l2_regularization_strength + o.beta / (2 * step.learning_rate));
    const double shrinkage = 2 * o.l2_shrinkage_regularization_strength;
    const double power = -o.learning_rate_power;
    if (power == 0.5)
      run(optim::FtrlUpdate<optim::Root>{step.learning_rate, {}, o.l1_regularization_strength, l2, shrinkage});
    else
      run(optim::FtrlUpdate<optim::AnyPower>{step.learning_rate, {power}, o.l1_regularization_strength, l2, shrinkage});
  }

  Options o;
};

}  // namespace

const optim::Entry optim::ftrl = entry_of<FtrlRule>;
OptimizerBase* Ftrl::make(const FtrlOptions& options) { return new optim::RuledOptimizer<FtrlRule>(options); }

}  // namespace frost
