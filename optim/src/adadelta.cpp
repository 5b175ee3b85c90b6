#include <frost/optim/adadelta.hpp>

#include "entries.hpp"

namespace frost {

namespace {

struct AdadeltaRule {
  using Options = AdadeltaOptions;
  static constexpr const char* type = "Adadelta";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("rho", o.rho);
    visit("epsilon", o.epsilon);
  }

  explicit AdadeltaRule(const Options& given) : o(given) {
    optim::expect_below_one(type, "rho", o.rho);
    optim::expect_from_zero(type, "epsilon", o.epsilon);
  }
  std::vector<double> fresh() const { return {0., 0.}; }
  template <class Run>
  void update(const optim::Step& step, Run run) const {
    run(optim::AdadeltaUpdate{step.learning_rate, o.rho, o.epsilon});
  }

  Options o;
};

}  // namespace

const optim::Entry optim::adadelta = entry_of<AdadeltaRule>;
OptimizerBase* Adadelta::make(const AdadeltaOptions& options) {
  return new optim::RuledOptimizer<AdadeltaRule>(options);
}

}  // namespace frost
