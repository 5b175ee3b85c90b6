#include <frost/optim/lion.hpp>

#include "entries.hpp"

namespace frost {

namespace {

struct LionRule {
  using Options = LionOptions;
  static constexpr const char* type = "Lion";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("beta_1", o.beta_1);
    visit("beta_2", o.beta_2);
  }

  explicit LionRule(const Options& given) : o(given) {
    optim::expect(o.beta_1 > 0 && o.beta_1 <= 1, "Lion: beta_1 is out of range; got {}; expected 0 to 1, 0 left out",
                  o.beta_1);
    optim::expect_below_one(type, "beta_2", o.beta_2);
  }
  std::vector<double> fresh() const { return {0.}; }
  template <class Run>
  void update(const optim::Step& step, Run run) const {
    run(optim::LionUpdate{step.learning_rate, o.beta_1, o.beta_2});
  }

  Options o;
};

}  // namespace

const optim::Entry optim::lion = entry_of<LionRule>;
OptimizerBase* Lion::make(const LionOptions& options) { return new optim::RuledOptimizer<LionRule>(options); }

}  // namespace frost
