#include <frost/optim/adagrad.hpp>

#include "entries.hpp"

namespace frost {

namespace {

struct AdagradRule {
  using Options = AdagradOptions;
  static constexpr const char* type = "Adagrad";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("initial_accumulator_value", o.initial_accumulator_value);
    visit("epsilon", o.epsilon);
  }

  explicit AdagradRule(const Options& given) : o(given) {
    optim::expect_from_zero(type, "initial_accumulator_value", o.initial_accumulator_value);
    optim::expect_from_zero(type, "epsilon", o.epsilon);
  }
  std::vector<double> fresh() const { return {o.initial_accumulator_value}; }
  template <class Run>
  void update(const optim::Step& step, Run run) const {
    run(optim::AdagradUpdate{step.learning_rate, o.epsilon});
  }

  Options o;
};

}  // namespace

const optim::Entry optim::adagrad = entry_of<AdagradRule>;
OptimizerBase* Adagrad::make(const AdagradOptions& options) { return new optim::RuledOptimizer<AdagradRule>(options); }

}  // namespace frost
