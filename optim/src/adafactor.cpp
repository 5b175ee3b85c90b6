#include <frost/optim/adafactor.hpp>

#include "entries.hpp"

#include <algorithm>
#include <type_traits>

namespace frost {

namespace {

using optim::Elements;

struct AdafactorUpdate {
  static constexpr int states = 1;
  double rho;
  double keep;  ///< β
  const AdafactorOptions& o;

  template <class S>
  void whole(const Elements<S>& e, const Shape& shape) const {
    if (e.n == 0) return;
    if (shape.size() < 2)
      follow(e);
    else
      factor(e, shape[shape.size() - 2], shape.back());
    change(e);
  }

 private:
  // keep·v + (1 − keep)·(g² + ε₁) of element i
  template <class S>
  double mixed(const Elements<S>& e, std::int64_t i) const {
    const double g = e.scale * static_cast<double>(e.g[i]);
    return keep * static_cast<double>(e.states[0][i]) + (1 - keep) * (g * g + o.epsilon_1);
  }

  template <class S>
  void follow(const Elements<S>& e) const {
    for (std::int64_t i = 0; i < e.n; ++i) e.states[0][i] = static_cast<S>(mixed(e, i));
  }

  // With sums in place of means, r·c/mean(r) is Σr·Σc/Σ. The means of v kept are r and c kept: so v alone is.
  template <class S>
  void factor(const Elements<S>& e, std::int64_t height, std::int64_t width) const {
    std::vector<double> rows(static_cast<std::size_t>(height)), columns(static_cast<std::size_t>(width));
    for (std::int64_t start = 0; start < e.n; start += height * width) {
      std::fill(rows.begin(), rows.end(), 0.);
      std::fill(columns.begin(), columns.end(), 0.);
      std::int64_t i = start;
      double sum = 0;
      for (double& row : rows) {
        for (double& column : columns) {
          const double v = mixed(e, i++);
          row += v;
          column += v;
        }
        sum += row;
      }
      i = start;
      for (const double row : rows)
        for (const double column : columns) e.states[0][i++] = static_cast<S>(row * (column / sum));
    }
  }

  template <class S>
  void change(const Elements<S>& e) const {
    const auto n = static_cast<double>(e.n);
    const auto u = [&](std::int64_t i) {
      return e.scale * static_cast<double>(e.g[i]) / std::sqrt(static_cast<double>(e.states[0][i]));
    };
    double weights = 0, changes = 0;
    for (std::int64_t i = 0; i < e.n; ++i) {
      e.w[i] -= e.w[i] * static_cast<S>(e.decay);
      weights += static_cast<double>(e.w[i]) * static_cast<double>(e.w[i]);
      changes += u(i) * u(i);
    }
    const double alpha = std::max(o.epsilon_2, std::sqrt(weights / n)) * rho;
    const double rate = alpha / std::max(1., std::sqrt(changes / n) / o.clip_threshold);
    for (std::int64_t i = 0; i < e.n; ++i) e.w[i] = static_cast<S>(static_cast<double>(e.w[i]) - rate * u(i));
  }
};

struct AdafactorRule {
  using Options = AdafactorOptions;
  static constexpr const char* type = "Adafactor";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("beta_2_decay", o.beta_2_decay);
    visit("epsilon_1", o.epsilon_1);
    visit("epsilon_2", o.epsilon_2);
    visit("clip_threshold", o.clip_threshold);
    visit("relative_step", o.relative_step);
  }

  explicit AdafactorRule(const Options& given) : o(given) {
    optim::expect(std::isfinite(o.beta_2_decay) && o.beta_2_decay <= 0,
                  "Adafactor: beta_2_decay is out of range; got {}; expected a finite number up to 0", o.beta_2_decay);
    for (const auto& [name, value] :
         {std::pair("epsilon_1", o.epsilon_1), std::pair("clip_threshold", o.clip_threshold)})
      optim::expect(std::isfinite(value) && value > 0,
                    "Adafactor: {} is out of range; got {}; expected a finite number above 0", name, value);
    optim::expect_from_zero(type, "epsilon_2", o.epsilon_2);
  }
  std::vector<double> fresh() const { return {0.}; }
  template <class Run>
  void update(const optim::Step& step, Run run) const {
    const auto t = static_cast<double>(step.steps);
    // With relative_step the learning rate is cut to 1/√t, and so is ρ in any case: one cut.
    run(AdafactorUpdate{std::min(step.learning_rate, 1 / std::sqrt(t)), 1 - std::pow(t, o.beta_2_decay), o});
  }

  Options o;
};

}  // namespace

const optim::Entry optim::adafactor = entry_of<AdafactorRule>;
OptimizerBase* Adafactor::make(const AdafactorOptions& options) {
  return new optim::RuledOptimizer<AdafactorRule>(options);
}

}  // namespace frost
