#include <frost/optim/sgd.hpp>

#include "entries.hpp"

namespace frost {

namespace {

struct SGDRule {
  using Options = SGDOptions;
  static constexpr const char* type = "SGD";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("momentum", o.momentum);
    visit("nesterov", o.nesterov);
  }

  explicit SGDRule(const Options& given) : o(given) { optim::expect_fraction(type, "momentum", o.momentum); }
  std::vector<double> fresh() const { return std::vector<double>(o.momentum > 0 ? 1 : 0, 0.); }
  template <class Run>
  void update(const optim::Step& step, Run run) const {
    if (o.momentum > 0)
      run(optim::MomentumUpdate{step.learning_rate, o.momentum, o.nesterov});
    else
      run(optim::SgdUpdate{step.learning_rate});
  }

  Options o;
};

}  // namespace

const optim::Entry optim::sgd = entry_of<SGDRule>;
OptimizerBase* SGD::make(const SGDOptions& options) { return new optim::RuledOptimizer<SGDRule>(options); }

}  // namespace frost
