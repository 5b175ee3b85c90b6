#include <frost/optim/nadam.hpp>

#include "entries.hpp"

namespace frost {

namespace {

struct NadamRule {
  using Options = NadamOptions;
  static constexpr const char* type = "Nadam";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("beta_1", o.beta_1);
    visit("beta_2", o.beta_2);
    visit("epsilon", o.epsilon);
  }

  explicit NadamRule(const Options& given) : o(given) { optim::expect_moments(type, o); }
  std::vector<double> fresh() const { return {0., 0.}; }
  template <class Run>
  void update(const optim::Step& step, Run run) {
    const double now = product(step.steps), next = product(step.steps + 1);
    const double variance = 1 / (1 - power.of(o.beta_2, step.steps));
    run(optim::NadamUpdate{step.learning_rate, o.beta_1, o.beta_2, o.epsilon, momentum(step.steps + 1) / (1 - next),
                           (1 - momentum(step.steps)) / (1 - now), variance});
  }

 private:
  double momentum(std::int64_t t) const { return o.beta_1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(t))); }
  // Π of the first t momentums; from where it underflows on, it is 0.
  double product(std::int64_t t) {
    while (static_cast<std::int64_t>(products.size()) <= t && products.back() > 0)
      products.push_back(products.back() * momentum(static_cast<std::int64_t>(products.size())));
    return t < static_cast<std::int64_t>(products.size()) ? products[static_cast<std::size_t>(t)] : 0.;
  }

  Options o;
  optim::Power power = {};
  std::vector<double> products = {1.};
};

}  // namespace

const optim::Entry optim::nadam = entry_of<NadamRule>;
OptimizerBase* Nadam::make(const NadamOptions& options) { return new optim::RuledOptimizer<NadamRule>(options); }

}  // namespace frost
