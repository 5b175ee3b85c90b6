#include "optim/support.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>

using namespace frost;
using namespace optim_test;

// Every optimizer with every option against the textbook's formulas, written here once more, element by element.
namespace {

struct Limits {
  double weight_decay = 0, clipnorm = 0, clipvalue = 0, global_clipnorm = 0;
};

// The gradients as the limits leave them: two weights.
std::vector<Values> limited(std::vector<Values> g, const Limits& limits) {
  double all = 0;
  for (const Values& one : g) all += norm(one) * norm(one);
  for (Values& one : g) {
    const double own = norm(one);
    for (double& x : one) {
      if (limits.clipnorm > 0 && own > limits.clipnorm) x *= limits.clipnorm / own;
      if (limits.global_clipnorm > 0 && std::sqrt(all) > limits.global_clipnorm)
        x *= limits.global_clipnorm / std::sqrt(all);
      if (limits.clipvalue > 0) x = std::clamp(x, -limits.clipvalue, limits.clipvalue);
    }
  }
  return g;
}

const Limits all_limits[] = {{},
                             {.weight_decay = 0.1},
                             {.clipnorm = 0.7},
                             {.clipvalue = 0.5},
                             {.global_clipnorm = 1.1},
                             {.weight_decay = 0.02, .global_clipnorm = 100}};

// Runs both for 20 steps on weights of 5 and 19 elements and gives the largest difference.
template <class Update>
double difference(const Optimizer& optimizer, const Limits& limits, double rate, Update update) {
  const std::size_t sizes[] = {5, 19};
  std::vector<Tensor> weights;
  std::vector<Values> expected;
  std::vector<std::vector<Values>> state(2);  // a weight's state, zero at first
  for (int k = 0; k < 2; ++k) {
    expected.push_back(gradient(100 + k, sizes[k]));
    weights.push_back(weight(expected.back()));
    state[k].assign(3, Values(sizes[k], 0.));
  }
  optimizer.add(weights);
  double largest = 0;
  for (int step = 1; step <= 20; ++step) {
    std::vector<Values> g = {gradient(step, sizes[0]), gradient(-step, sizes[1])};
    for (int k = 0; k < 2; ++k) give(weights[k], g[k]);
    optimizer.step();
    for (int k = 0; k < 2; ++k) CHECK(values(weights[k].grad()) == g[k]);
    g = limited(g, limits);
    for (int k = 0; k < 2; ++k) {
      for (std::size_t i = 0; i < sizes[k]; ++i) {
        expected[k][i] -= rate * limits.weight_decay * expected[k][i];
        expected[k][i] += update(g[k][i], step, &state[k][0][i], &state[k][1][i], &state[k][2][i]);
      }
      largest = std::max(largest, largest_difference(values(weights[k]), expected[k]));
    }
  }
  return largest;
}

}  // namespace

TEST_CASE("SGD follows Keras' formulas with every option") {
  for (const Limits& limits : all_limits)
    for (const double momentum : {0., 0.9})
      for (const bool nesterov : {false, true}) {
        CAPTURE(momentum, nesterov, limits.weight_decay, limits.clipnorm, limits.clipvalue, limits.global_clipnorm);
        const SGD sgd({.learning_rate = 0.05,
                       .momentum = momentum,
                       .nesterov = nesterov,
                       .weight_decay = limits.weight_decay,
                       .clipnorm = limits.clipnorm,
                       .clipvalue = limits.clipvalue,
                       .global_clipnorm = limits.global_clipnorm});
        CHECK(difference(sgd, limits, 0.05, [&](double g, int, double* v, double*, double*) {
                if (momentum == 0) return -0.05 * g;
                *v = momentum * *v - 0.05 * g;
                return nesterov ? momentum * *v - 0.05 * g : *v;
              }) < 1e-14);
      }
}

TEST_CASE("Adam follows Keras' formulas with every option") {
  for (const Limits& limits : all_limits)
    for (const bool amsgrad : {false, true}) {
      CAPTURE(amsgrad, limits.weight_decay, limits.clipnorm, limits.clipvalue, limits.global_clipnorm);
      const Adam adam({.learning_rate = 0.01,
                       .beta_1 = 0.8,
                       .beta_2 = 0.95,
                       .epsilon = 1e-3,
                       .amsgrad = amsgrad,
                       .weight_decay = limits.weight_decay,
                       .clipnorm = limits.clipnorm,
                       .clipvalue = limits.clipvalue,
                       .global_clipnorm = limits.global_clipnorm});
      CHECK(difference(adam, limits, 0.01, [&](double g, int t, double* m, double* v, double* top) {
              *m = 0.8 * *m + 0.2 * g;
              *v = 0.95 * *v + 0.05 * g * g;
              *top = std::max(*top, *v);
              const double alpha = 0.01 * std::sqrt(1 - std::pow(0.95, t)) / (1 - std::pow(0.8, t));
              return -alpha * *m / (std::sqrt(amsgrad ? *top : *v) + 1e-3);
            }) < 1e-13);
    }
}

TEST_CASE("optimizers have Keras' defaults") {
  CHECK(SGD().learning_rate() == 0.01);
  const auto sgd = SGD().base().config();
  CHECK(sgd.at("momentum") == 0);
  CHECK(sgd.at("nesterov") == 0);
  const auto adam = Adam().base().config();
  CHECK(adam.at("learning_rate") == 0.001);
  CHECK(adam.at("beta_1") == 0.9);
  CHECK(adam.at("beta_2") == 0.999);
  CHECK(adam.at("epsilon") == 1e-7);
  CHECK(adam.at("amsgrad") == 0);
  for (const char* off : {"weight_decay", "clipnorm", "clipvalue", "global_clipnorm"}) CHECK(adam.at(off) == 0);
}

TEST_CASE("float32 weights are updated close to float64 ones") {
  const Values start = gradient(3, 37);
  const Tensor wide = weight(start), narrow = wide.to(DType::float32).detach().clone().set_requires_grad(true);
  Adam a({.learning_rate = 0.01}), b({.learning_rate = 0.01});
  a.add({wide});
  b.add({narrow});
  for (int step = 0; step < 20; ++step) {
    give(wide, gradient(step, 37));
    narrow.set_grad(wide.grad().to(DType::float32));
    a.step();
    b.step();
  }
  CHECK(largest_difference(values(wide), values(narrow.to(DType::float64).detach())) < 1e-5);
}

TEST_CASE("a new learning rate acts from the next step on") {
  const Tensor w = weight({1.});
  SGD sgd({.learning_rate = 0.5});
  sgd.add({w});
  give(w, {1.});
  sgd.step();
  CHECK(values(w)[0] == 0.5);
  sgd.set_learning_rate(0.25);
  CHECK(sgd.learning_rate() == 0.25);
  sgd.step();
  CHECK(values(w)[0] == 0.25);
}

namespace {

class Sign : public OptimizerBase {
 public:
  explicit Sign(double rate) : OptimizerBase({.learning_rate = rate}) {}
  std::string type() const override { return "Sign"; }
  void update(const WeightUpdate& u) override {
    u.weight.assign(u.weight.detach() - u.learning_rate * sign(u.gradient));
  }
};

}  // namespace

TEST_CASE("an optimizer of one's own needs an update") {
  const Tensor w = weight({1., 2., 3.}), frozen = weight({4.}).set_requires_grad(false);
  Optimizer mine = optimizer<Sign>(0.5);
  mine.add({w, frozen});
  give(w, {3., -7., 0.});
  mine.step();
  CHECK(values(w) == Values{0.5, 2.5, 3.});
  CHECK(values(frozen) == Values{4.});
}
