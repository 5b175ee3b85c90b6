#include <frost/optim/adamax.hpp>

#include "entries.hpp"

namespace frost {

namespace {

struct AdamaxRule {
  using Options = AdamaxOptions;
  static constexpr const char* type = "Adamax";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("beta_1", o.beta_1);
    visit("beta_2", o.beta_2);
    visit("epsilon", o.epsilon);
  }

  explicit AdamaxRule(const Options& given) : o(given) { optim::expect_moments(type, o); }
  std::vector<double> fresh() const { return {0., 0.}; }
  template <class Run>
  void update(const optim::Step& step, Run run) {
    const double alpha = step.learning_rate / (1 - power.of(o.beta_1, step.steps));
    run(optim::AdamaxUpdate{alpha, o.beta_1, o.beta_2, o.epsilon});
  }

  Options o;
  optim::Power power = {};
};

}  // namespace

const optim::Entry optim::adamax = entry_of<AdamaxRule>;
OptimizerBase* Adamax::make(const AdamaxOptions& options) { return new optim::RuledOptimizer<AdamaxRule>(options); }

}  // namespace frost
