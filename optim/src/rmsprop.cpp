#include <frost/optim/rmsprop.hpp>

#include "entries.hpp"

namespace frost {

namespace {

struct RMSpropRule {
  using Options = RMSpropOptions;
  static constexpr const char* type = "RMSprop";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("rho", o.rho);
    visit("momentum", o.momentum);
    visit("epsilon", o.epsilon);
    visit("centered", o.centered);
  }

  explicit RMSpropRule(const Options& given) : o(given) {
    optim::expect_below_one(type, "rho", o.rho);
    optim::expect_fraction(type, "momentum", o.momentum);
    optim::expect_from_zero(type, "epsilon", o.epsilon);
  }
  std::vector<double> fresh() const { return std::vector<double>(1 + (o.momentum > 0) + o.centered, 0.); }
  template <class Run>
  void update(const optim::Step& step, Run run) const {
    const auto with = [&](auto momentum, auto centered) {
      run(optim::RMSpropUpdate<momentum(), centered()>{step.learning_rate, o.rho, o.momentum, o.epsilon});
    };
    if (o.momentum > 0)
      o.centered ? with(std::true_type(), std::true_type()) : with(std::true_type(), std::false_type());
    else
      o.centered ? with(std::false_type(), std::true_type()) : with(std::false_type(), std::false_type());
  }

  Options o;
};

}  // namespace

const optim::Entry optim::rmsprop = entry_of<RMSpropRule>;
OptimizerBase* RMSprop::make(const RMSpropOptions& options) { return new optim::RuledOptimizer<RMSpropRule>(options); }

}  // namespace frost
