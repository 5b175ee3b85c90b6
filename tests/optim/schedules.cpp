#include "optim/support.hpp"
#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <cmath>
#include <limits>
#include <numbers>

using namespace frost;
using namespace optim_test;
using Catch::Matchers::Contains;

namespace {

constexpr double pi = std::numbers::pi;

class Halving : public LearningRateScheduleBase {
 public:
  std::string type() const override { return "Halving"; }
  double at(std::int64_t step) const override { return std::pow(2., -static_cast<double>(step)); }
};

}  // namespace

TEST_CASE("exponential and inverse time decays follow Keras' formulas, in stairs too") {
  for (const bool staircase : {false, true}) {
    const ExponentialDecay exponential(
        {.initial_learning_rate = 0.3, .decay_steps = 7, .decay_rate = 0.8, .staircase = staircase});
    const InverseTimeDecay inverse(
        {.initial_learning_rate = 0.3, .decay_steps = 7, .decay_rate = 0.5, .staircase = staircase});
    for (int step = 0; step < 40; ++step) {
      const double p = staircase ? step / 7 : step / 7.;
      CHECK(exponential(step) == Approx(0.3 * std::pow(0.8, p)).epsilon(1e-14));
      CHECK(inverse(step) == Approx(0.3 / (1 + 0.5 * p)).epsilon(1e-14));
    }
  }
}

TEST_CASE("a piecewise constant rate changes after each boundary") {
  const PiecewiseConstantDecay rate({.boundaries = {3, 5}, .values = {1., 0.5, 0.25}});
  const Values expected = {1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25};
  for (int step = 0; step < 8; ++step) CHECK(rate(step) == expected[static_cast<std::size_t>(step)]);
  CHECK(PiecewiseConstantDecay({.boundaries = {}, .values = {0.1}})(9) == 0.1);
}

TEST_CASE("a polynomial decay follows Keras' formula, and begins anew in a cycle") {
  for (const double power : {1., 2., 0.5}) {
    const PolynomialDecay once(
        {.initial_learning_rate = 0.1, .decay_steps = 10, .end_learning_rate = 0.01, .power = power});
    const PolynomialDecay again(
        {.initial_learning_rate = 0.1, .decay_steps = 10, .end_learning_rate = 0.01, .power = power, .cycle = true});
    for (int step = 0; step < 35; ++step) {
      const int end = step == 0 ? 10 : (step + 9) / 10 * 10;
      CHECK(once(step) == Approx(0.09 * std::pow(1 - std::min(step, 10) / 10., power) + 0.01).epsilon(1e-13));
      CHECK(again(step) == Approx(0.09 * std::pow(1 - step / double(end), power) + 0.01).epsilon(1e-13));
    }
  }
}

TEST_CASE("a cosine decay follows Keras' formula, after a warm-up too") {
  const CosineDecay plain({.initial_learning_rate = 0.2, .decay_steps = 10, .alpha = 0.1});
  const CosineDecay warm(
      {.initial_learning_rate = 0.02, .decay_steps = 10, .alpha = 0.1, .warmup_target = 0.2, .warmup_steps = 4});
  for (int step = 0; step < 20; ++step) {
    const auto decay = [](int s) { return 0.2 * (0.9 * 0.5 * (1 + std::cos(pi * std::min(s, 10) / 10)) + 0.1); };
    CHECK(plain(step) == Approx(decay(step)).epsilon(1e-13));
    CHECK(warm(step) == Approx(step < 4 ? 0.02 + 0.18 * step / 4 : decay(step - 4)).epsilon(1e-13));
  }
}

TEST_CASE("cosine decays with restarts follow Keras' formula") {
  for (const double t_mul : {1., 2., 1.5}) {
    const CosineDecayRestarts rate(
        {.initial_learning_rate = 0.2, .first_decay_steps = 8, .t_mul = t_mul, .m_mul = 0.7, .alpha = 0.05});
    for (int step = 0; step < 100; ++step) {
      double part = step / 8., k = 0;
      if (t_mul == 1) {
        k = std::floor(part);
        part -= k;
      } else {
        k = std::floor(std::log(1 - part * (1 - t_mul)) / std::log(t_mul) + 1e-9);
        part = (part - (1 - std::pow(t_mul, k)) / (1 - t_mul)) / std::pow(t_mul, k);
      }
      const double cosine = 0.5 * std::pow(0.7, k) * (1 + std::cos(pi * part));
      CAPTURE(t_mul, step);
      CHECK(rate(step) == Approx(0.2 * (0.95 * cosine + 0.05)).epsilon(1e-12));
    }
  }
}

TEST_CASE("one cycle rises to its largest rate, falls to its least one and stays there") {
  const OneCycle rate(
      {.max_learning_rate = 0.5, .total_steps = 20, .pct_start = 0.3, .div_factor = 10, .final_div_factor = 100});
  const auto between = [](double from, double to, double s) { return to + (from - to) * (1 + std::cos(pi * s)) / 2; };
  for (int step = 0; step < 30; ++step) {
    const double s = std::min(step, 19);
    CHECK(rate(step) == Approx(s <= 5 ? between(0.05, 0.5, s / 5) : between(0.5, 0.0005, (s - 5) / 14)).epsilon(1e-12));
  }
}

TEST_CASE("each step takes the rate of the schedule, for its decay of weights too") {
  const Tensor w = weight({1.});
  const SGD sgd(
      {.learning_rate = PiecewiseConstantDecay({.boundaries = {1}, .values = {0.5, 0.25}}), .weight_decay = 0.1});
  sgd.add({w});
  give(w, {1.});
  double expected = 1;
  for (const double rate : {0.5, 0.5, 0.25, 0.25}) {
    CHECK(sgd.learning_rate() == rate);
    sgd.step();
    expected = expected - rate * 0.1 * expected - rate;
    CHECK(values(w)[0] == Approx(expected).epsilon(1e-14));
  }
  CHECK(sgd.base().iterations() == 4);
}

TEST_CASE("a schedule stands in front or among the options, of one's own class too") {
  const CosineDecay cosine({.initial_learning_rate = 1e-3, .decay_steps = 1000});
  CHECK(AdamW({.learning_rate = CosineDecay({.initial_learning_rate = 1e-3, .decay_steps = 1000})}).learning_rate() ==
        1e-3);
  CHECK(Adam(cosine).base().schedule().base().type() == "CosineDecay");
  CHECK(RMSprop(cosine, {.rho = 0.5}).base().config().at("rho") == 0.5);
  CHECK_THROWS_WITH(Adam(1e-3, {.learning_rate = cosine}), Contains("CosineDecay") && Contains("0.001"));
  const SGD own({.learning_rate = learning_rate_schedule<Halving>()});
  const Tensor w = weight({0.});
  own.add({w});
  give(w, {-1.});
  for (int step = 0; step < 3; ++step) own.step();
  CHECK(values(w)[0] == 1.75);
}

TEST_CASE("the learning rate of a schedule cannot be set, and callbacks that would set it say so") {
  const Adam adam({.learning_rate = CosineDecay({.initial_learning_rate = 1e-3, .decay_steps = 10})});
  CHECK_THROWS_WITH(adam.set_learning_rate(0.1),
                    Contains("set_learning_rate") && Contains("CosineDecay") && Contains("0.1"));
  const Model model = Sequential({Input({2}), Dense(1)});
  model.compile({.optimizer = adam, .loss = "mse"});
  const Tensor x = ones({4, 2}), y = ones({4, 1});
  const auto before = model.get_weights();
  const LearningRateScheduler scheduler([](int, double rate) { return rate; });
  CHECK_THROWS_WITH(model.fit(x, y, {.verbose = 0, .callbacks = {scheduler}}),
                    Contains("LearningRateScheduler") && Contains("CosineDecay"));
  CHECK_THROWS_WITH(model.fit(x, y, {.verbose = 0, .callbacks = {ReduceLROnPlateau({.monitor = "loss"})}}),
                    Contains("ReduceLROnPlateau") && Contains("CosineDecay"));
  CHECK(same_bits<float>(model.get_weights()[0], before[0]));
  model.fit(x, y, {.batch_size = 1, .verbose = 0});
  CHECK(adam.learning_rate() == CosineDecay({.initial_learning_rate = 1e-3, .decay_steps = 10})(4));
}

TEST_CASE("a schedule that gives no rate is an error before anything moves") {
  class Broken : public LearningRateScheduleBase {
   public:
    std::string type() const override { return "Broken"; }
    double at(std::int64_t step) const override { return step == 1 ? -1. : 1.; }
  };
  const SGD sgd({.learning_rate = learning_rate_schedule<Broken>()});
  const Tensor w = weight({5.});
  sgd.add({w});
  give(w, {1.});
  sgd.step();
  CHECK_THROWS_WITH(sgd.step(), Contains("Broken") && Contains("step 1") && Contains("-1"));
  CHECK(values(w)[0] == 4.);
}

TEST_CASE("schedules are made from their types and options again") {
  const LearningRateSchedule all[] = {
      ExponentialDecay({.initial_learning_rate = 0.3, .decay_steps = 7, .decay_rate = 0.8, .staircase = true}),
      InverseTimeDecay({.initial_learning_rate = 0.3, .decay_steps = 7, .decay_rate = 0.5}),
      PiecewiseConstantDecay({.boundaries = {3, 5}, .values = {1., 0.5, 0.25}}),
      PolynomialDecay({.initial_learning_rate = 0.1, .decay_steps = 10, .power = 2, .cycle = true}),
      CosineDecay({.initial_learning_rate = 0.1, .decay_steps = 9}),
      CosineDecay({.initial_learning_rate = 0.1, .decay_steps = 9, .warmup_target = 0.2, .warmup_steps = 3}),
      CosineDecayRestarts({.initial_learning_rate = 0.1, .first_decay_steps = 3, .m_mul = 0.5}),
      OneCycle({.max_learning_rate = 0.1, .total_steps = 20})};
  for (const LearningRateSchedule& schedule : all) {
    CAPTURE(schedule.base().type());
    const LearningRateSchedule again = make_schedule(schedule.base().type(), schedule.base().config());
    for (int step = 0; step < 30; ++step) CHECK(again(step) == schedule(step));
  }
}

TEST_CASE("a schedule in a file whose numbers of steps are no integers is an error") {
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double steps : {2.5, 1e30, -1e30, infinite, std::nan("")})
    CHECK_THROWS_WITH(make_schedule("PolynomialDecay", {{"initial_learning_rate", {0.1}}, {"decay_steps", {steps}}}),
                      Contains("decay_steps") && Contains("integer"));
}
