#include "optim/support.hpp"
#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <array>
#include <functional>
#include <map>
#include <string>

using namespace frost;
using namespace optim_test;

// Each optimizer beside SGD and Adam against Keras' formulas, an element at a time.
namespace {

struct Element {
  double w, g;
  int t;
  double* s;  // the states, three at most
};

struct Case {
  std::string type;
  std::map<std::string, double> options;
  Values fresh;
  std::function<void(Element)> update;
};

double power(double base, int exponent) { return std::pow(base, exponent); }

Case rmsprop(double momentum, bool centered) {
  return {"RMSprop",
          {{"learning_rate", 0.02}, {"rho", 0.8}, {"momentum", momentum}, {"epsilon", 1e-3}, {"centered", centered}},
          {0, 0, 0},
          [=](Element e) {
            double& v = e.s[0];
            v = 0.8 * v + 0.2 * e.g * e.g;
            double below = v + 1e-3;
            if (centered) {
              double& mean = e.s[momentum > 0 ? 2 : 1];
              mean = 0.8 * mean + 0.2 * e.g;
              below -= mean * mean;
            }
            const double change = 0.02 * e.g / std::sqrt(below);
            if (momentum > 0) e.s[1] = momentum * e.s[1] + change;
            e.s[3] = momentum > 0 ? -e.s[1] : -change;
          }};
}

Case adamw(bool amsgrad) {
  return {"AdamW",
          {{"learning_rate", 0.01}, {"beta_1", 0.7}, {"beta_2", 0.9}, {"epsilon", 1e-4}, {"amsgrad", amsgrad}},
          {0, 0, 0},
          [=](Element e) {
            e.s[0] = 0.7 * e.s[0] + 0.3 * e.g;
            e.s[1] = 0.9 * e.s[1] + 0.1 * e.g * e.g;
            e.s[2] = std::max(e.s[1], e.s[2]);
            const double alpha = 0.01 * std::sqrt(1 - power(0.9, e.t)) / (1 - power(0.7, e.t));
            e.s[3] = -alpha * e.s[0] / (std::sqrt(e.s[amsgrad ? 2 : 1]) + 1e-4);
          }};
}

Case ftrl(double learning_rate_power, double l1, double l2, double shrinkage, double beta) {
  return {"Ftrl",
          {{"learning_rate", 0.05},
           {"learning_rate_power", learning_rate_power},
           {"initial_accumulator_value", 0.2},
           {"l1_regularization_strength", l1},
           {"l2_regularization_strength", l2},
           {"l2_shrinkage_regularization_strength", shrinkage},
           {"beta", beta}},
          {0.2, 0, 0},
          [=](Element e) {
            const double n = e.s[0] + e.g * e.g, p = -learning_rate_power;
            e.s[1] += e.g + 2 * shrinkage * e.w - (std::pow(n, p) - std::pow(e.s[0], p)) / 0.05 * e.w;
            e.s[0] = n;
            const double divisor = std::pow(n, p) / 0.05 + 2 * (l2 + beta / (2 * 0.05));
            e.s[3] = (std::clamp(e.s[1], -l1, l1) - e.s[1]) / divisor - e.w;
          }};
}

std::vector<Case> all_cases() {
  return {rmsprop(0, false),
          rmsprop(0, true),
          rmsprop(0.9, false),
          rmsprop(0.9, true),
          adamw(false),
          adamw(true),
          {"Adamax",
           {{"learning_rate", 0.01}, {"beta_1", 0.7}, {"beta_2", 0.9}, {"epsilon", 1e-4}},
           {0, 0, 0},
           [](Element e) {
             e.s[0] = 0.7 * e.s[0] + 0.3 * e.g;
             e.s[1] = std::max(0.9 * e.s[1], std::abs(e.g));
             e.s[3] = -0.01 / (1 - power(0.7, e.t)) * e.s[0] / (e.s[1] + 1e-4);
           }},
          {"Nadam",
           {{"learning_rate", 0.01}, {"beta_1", 0.7}, {"beta_2", 0.9}, {"epsilon", 1e-4}},
           {0, 0, 0},
           [](Element e) {
             const auto mu = [](int t) { return 0.7 * (1 - 0.5 * power(0.96, t)); };
             double product = 1;
             for (int t = 1; t <= e.t; ++t) product *= mu(t);
             e.s[0] = 0.7 * e.s[0] + 0.3 * e.g;
             e.s[1] = 0.9 * e.s[1] + 0.1 * e.g * e.g;
             const double m = mu(e.t + 1) * e.s[0] / (1 - product * mu(e.t + 1)) + (1 - mu(e.t)) * e.g / (1 - product);
             e.s[3] = -0.01 * m / (std::sqrt(e.s[1] / (1 - power(0.9, e.t))) + 1e-4);
           }},
          {"Adagrad",
           {{"learning_rate", 0.05}, {"initial_accumulator_value", 0.3}, {"epsilon", 1e-3}},
           {0.3, 0, 0},
           [](Element e) {
             e.s[0] += e.g * e.g;
             e.s[3] = -0.05 * e.g / std::sqrt(e.s[0] + 1e-3);
           }},
          {"Adadelta",
           {{"learning_rate", 0.5}, {"rho", 0.8}, {"epsilon", 1e-3}},
           {0, 0, 0},
           [](Element e) {
             e.s[0] = 0.8 * e.s[0] + 0.2 * e.g * e.g;
             const double change = -std::sqrt(e.s[1] + 1e-3) / std::sqrt(e.s[0] + 1e-3) * e.g;
             e.s[1] = 0.8 * e.s[1] + 0.2 * change * change;
             e.s[3] = 0.5 * change;
           }},
          {"Lion",
           {{"learning_rate", 0.02}, {"beta_1", 0.7}, {"beta_2", 0.95}},
           {0, 0, 0},
           [](Element e) {
             const double mixed = 0.7 * e.s[0] + 0.3 * e.g;
             e.s[3] = mixed > 0 ? -0.02 : 0.02;
             e.s[0] = 0.95 * e.s[0] + 0.05 * e.g;
           }},
          ftrl(-0.5, 0, 0, 0, 0),
          ftrl(-0.5, 0.4, 0.1, 0.05, 0.2),
          ftrl(-0.3, 0.4, 0.1, 0.05, 0.2),
          ftrl(0, 0, 0.1, 0, 0)};
}

// A weight whose elements are updated by the formula.
struct Reference {
  Reference(const Case& c, const Values& start) : of(c), w(start), states(start.size()), counts(start.size()) {
    for (std::size_t i = 0; i < w.size(); ++i) forget(i);
  }
  void forget(std::size_t i) {
    std::copy(of.fresh.begin(), of.fresh.end(), states[i].begin());
    counts[i] = 0;
  }
  void step(std::size_t i, double g, double decay) {
    w[i] -= decay * w[i];
    of.update({w[i], g, ++counts[i], states[i].data()});
    w[i] += states[i][3];
  }

  const Case& of;
  Values w;
  std::vector<std::array<double, 4>> states;
  std::vector<int> counts;
};

std::map<std::string, double> with(std::map<std::string, double> options, const std::string& name, double value) {
  options[name] = value;
  return options;
}

}  // namespace

TEST_CASE("every optimizer follows Keras' formulas, with a decay and each limit of the gradient") {
  for (const Case& c : all_cases())
    for (const auto& limit : {"none", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm"}) {
      CAPTURE(c.type, limit);
      const double value = std::string(limit) == "weight_decay" ? 0.3 : 0.8;
      const bool limits = std::string(limit) != "none";
      const Optimizer optimizer = make_optimizer(
          c.type, limits ? with(with(c.options, "weight_decay", 0), limit, value) : with(c.options, "weight_decay", 0));
      std::vector<Tensor> weights = {weight(gradient(100, 5)), weight(gradient(101, 19))};
      std::vector<Reference> expected = {{c, gradient(100, 5)}, {c, gradient(101, 19)}};
      optimizer.add(weights);
      for (int step = 1; step <= 25; ++step) {
        std::vector<Values> g = {gradient(step, 5), gradient(-step, 19)};
        for (int k = 0; k < 2; ++k) give(weights[k], g[k]);
        optimizer.step();
        const double all = std::sqrt(norm(g[0]) * norm(g[0]) + norm(g[1]) * norm(g[1]));
        for (int k = 0; k < 2; ++k) {
          const double own = norm(g[k]);
          for (std::size_t i = 0; i < g[k].size(); ++i) {
            double x = g[k][i];
            if (std::string(limit) == "clipnorm") x *= std::min(1., value / own);
            if (std::string(limit) == "global_clipnorm") x *= std::min(1., value / all);
            if (std::string(limit) == "clipvalue") x = std::clamp(x, -value, value);
            const double rate = c.options.at("learning_rate");
            expected[k].step(i, x, std::string(limit) == "weight_decay" ? rate * value : 0);
          }
          REQUIRE(largest_difference(values(weights[k]), expected[k].w) < 1e-12);
        }
      }
    }
}

TEST_CASE("rows that are frozen for a while stay, and start afresh with every optimizer") {
  constexpr std::size_t rows = 4, columns = 3;
  for (const Case& c : all_cases()) {
    CAPTURE(c.type);
    const Optimizer optimizer = make_optimizer(c.type, with(c.options, "weight_decay", 0));
    const Values start = gradient(7, rows * columns);
    const Tensor w = from_vector(start, {rows, columns}).set_requires_grad(true);
    Reference expected(c, start);
    optimizer.add({w});
    for (int step = 1; step <= 24; ++step) {
      if (step == 6) freeze_rows(w, {1, 2});
      if (step == 12) thaw_rows(w, {2});
      if (step == 17) thaw_rows(w, {1});
      const Values g = gradient(step, rows * columns);
      w.set_grad(from_vector(g, {rows, columns}));
      const Tensor before = w.clone();
      optimizer.step();
      for (std::size_t i = 0; i < g.size(); ++i) {
        const std::size_t row = i / columns;
        const bool frozen = (row == 1 && step >= 6 && step < 17) || (row == 2 && step >= 6 && step < 12);
        if (frozen)
          expected.forget(i);
        else
          expected.step(i, g[i], 0);
        if (frozen) REQUIRE(values(before)[i] == values(w)[i]);
      }
      REQUIRE(largest_difference(values(w), expected.w) < 1e-12);
      if (step == 14) {  // as a file would bring it back
        const OptimizerState state = optimizer.base().state(w);
        optimizer.base().set_state(w, state);
      }
    }
  }
}

TEST_CASE("Adafactor follows Keras' formulas for matrices, lists of them and vectors") {
  const double beta_2_decay = -0.7, epsilon_1 = 1e-4, epsilon_2 = 1e-2, threshold = 0.8;
  for (const double rate : {0.05, 0.9})
    for (const Shape& shape : {Shape{7}, Shape{4, 3}, Shape{2, 3, 5}}) {
      CAPTURE(rate, shape);
      const Adafactor optimizer({.learning_rate = rate,
                                 .beta_2_decay = beta_2_decay,
                                 .epsilon_1 = epsilon_1,
                                 .epsilon_2 = epsilon_2,
                                 .clip_threshold = threshold,
                                 .weight_decay = 0.1});
      std::int64_t size = 1;
      for (const std::int64_t n : shape) size *= n;
      const auto n = static_cast<std::size_t>(size);
      const std::size_t width = static_cast<std::size_t>(shape.back());
      const std::size_t height = shape.size() < 2 ? 1 : static_cast<std::size_t>(shape[shape.size() - 2]);
      Values w = gradient(50, n), r(n / width), c(n / height), v(n);
      const Tensor trained = from_vector(w, shape).set_requires_grad(true);
      optimizer.add({trained});
      for (int t = 1; t <= 12; ++t) {
        const Values g = gradient(t, n);
        trained.set_grad(from_vector(g, shape));
        optimizer.step();
        for (double& x : w) x -= rate * 0.1 * x;
        const double rho = std::min(rate, 1 / std::sqrt(t)), keep = 1 - std::pow(t, beta_2_decay);
        const double alpha = std::max(epsilon_2, norm(w) / std::sqrt(static_cast<double>(n))) * rho;
        if (shape.size() < 2) {
          for (std::size_t i = 0; i < n; ++i) v[i] = keep * v[i] + (1 - keep) * (g[i] * g[i] + epsilon_1);
        } else {
          for (double& x : r) x *= keep;
          for (double& x : c) x *= keep;
          for (std::size_t i = 0; i < n; ++i) {
            const double square = (1 - keep) * (g[i] * g[i] + epsilon_1);
            r[i / width] += square / static_cast<double>(width);
            c[i / (width * height) * width + i % width] += square / static_cast<double>(height);
          }
          for (std::size_t i = 0; i < n; ++i) {
            const std::size_t matrix = i / (width * height);
            double mean = 0;
            for (std::size_t k = 0; k < height; ++k) mean += r[matrix * height + k] / static_cast<double>(height);
            v[i] = r[i / width] * c[matrix * width + i % width] / mean;
          }
        }
        Values u(n);
        for (std::size_t i = 0; i < n; ++i) u[i] = g[i] / std::sqrt(v[i]);
        const double shrink = std::max(1., norm(u) / std::sqrt(static_cast<double>(n)) / threshold);
        for (std::size_t i = 0; i < n; ++i) w[i] -= alpha * u[i] / shrink;
        REQUIRE(largest_difference(values(trained), w) < 1e-12);
      }
    }
}

TEST_CASE("fit follows the formulas of every optimizer") {
  constexpr std::size_t rows = 8, width = 5;
  const Values x = gradient(1, rows * width), y = gradient(2, rows), start = gradient(3, width);
  for (const Case& c : all_cases()) {
    CAPTURE(c.type);
    const Model model =
        Sequential({Input({width}, {.dtype = DType::float64}), Dense(1, {.use_bias = false, .dtype = DType::float64})});
    Tensor kernel = model.weights()[0];
    kernel.assign(from_vector(start, {width, 1}));
    model.compile({.optimizer = make_optimizer(c.type, with(c.options, "weight_decay", 0.1)), .loss = "mse"});
    model.fit(from_vector(x, {rows, width}), from_vector(y, {rows, 1}),
              {.batch_size = rows, .epochs = 15, .verbose = 0, .shuffle = false});
    Reference expected(c, start);
    for (int epoch = 0; epoch < 15; ++epoch) {
      Values g(width);
      for (std::size_t n = 0; n < rows; ++n) {
        double error = -y[n];
        for (std::size_t i = 0; i < width; ++i) error += x[n * width + i] * expected.w[i];
        for (std::size_t i = 0; i < width; ++i) g[i] += 2. / rows * error * x[n * width + i];
      }
      for (std::size_t i = 0; i < width; ++i) expected.step(i, g[i], 0.1 * c.options.at("learning_rate"));
    }
    CHECK(largest_difference(values(kernel), expected.w) < 1e-11);
  }
}

TEST_CASE("every optimizer updates float32 weights close to float64 ones") {
  for (const Case& c : all_cases()) {
    CAPTURE(c.type);
    const Optimizer a = make_optimizer(c.type, c.options), b = make_optimizer(c.type, c.options);
    const Tensor wide = weight(gradient(3, 37)),
                 narrow = wide.to(DType::float32).detach().clone().set_requires_grad(true);
    a.add({wide});
    b.add({narrow});
    for (int step = 0; step < 20; ++step) {
      give(wide, gradient(step, 37));
      narrow.set_grad(wide.grad().to(DType::float32));
      a.step();
      b.step();
    }
    CHECK(largest_difference(values(wide), values(narrow.to(DType::float64).detach())) < 2e-5);
  }
}

TEST_CASE("every optimizer has Keras' defaults, name and order of options") {
  using Config = std::map<std::string, double>;
  const auto of = [](const Optimizer& o) {
    Config all = o.base().config();
    for (const char* off : {"clipnorm", "clipvalue", "global_clipnorm"}) {
      CHECK(all.at(off) == 0);
      all.erase(off);
    }
    return all;
  };
  const std::pair<const char*, Config> expected[] = {
      {"rmsprop", {{"rho", 0.9}, {"momentum", 0}, {"epsilon", 1e-7}, {"centered", 0}, {"weight_decay", 0}}},
      {"adamw", {{"weight_decay", 0.004}, {"beta_1", 0.9}, {"beta_2", 0.999}, {"epsilon", 1e-7}, {"amsgrad", 0}}},
      {"adamax", {{"beta_1", 0.9}, {"beta_2", 0.999}, {"epsilon", 1e-7}, {"weight_decay", 0}}},
      {"nadam", {{"beta_1", 0.9}, {"beta_2", 0.999}, {"epsilon", 1e-7}, {"weight_decay", 0}}},
      {"adagrad", {{"initial_accumulator_value", 0.1}, {"epsilon", 1e-7}, {"weight_decay", 0}}},
      {"adadelta", {{"rho", 0.95}, {"epsilon", 1e-7}, {"weight_decay", 0}}},
      {"ftrl",
       {{"learning_rate_power", -0.5},
        {"initial_accumulator_value", 0.1},
        {"l1_regularization_strength", 0},
        {"l2_regularization_strength", 0},
        {"l2_shrinkage_regularization_strength", 0},
        {"beta", 0},
        {"weight_decay", 0}}},
      {"lion", {{"beta_1", 0.9}, {"beta_2", 0.99}, {"weight_decay", 0}}},
      {"adafactor",
       {{"beta_2_decay", -0.8},
        {"epsilon_1", 1e-30},
        {"epsilon_2", 1e-3},
        {"clip_threshold", 1},
        {"relative_step", 1},
        {"weight_decay", 0}}}};
  for (const auto& [name, config] : expected) {
    CAPTURE(name);
    Config all = config;
    all["learning_rate"] = 0.001;
    CHECK(of(Optimizer(name)) == all);
  }
  for (const Optimizer& o : {Optimizer(RMSprop(0.25)), Optimizer(AdamW(0.25)), Optimizer(Adamax(0.25)),
                             Optimizer(Nadam(0.25)), Optimizer(Adagrad(0.25)), Optimizer(Adadelta(0.25)),
                             Optimizer(Ftrl(0.25)), Optimizer(Lion(0.25)), Optimizer(Adafactor(0.25))})
    CHECK(o.learning_rate() == 0.25);
  CHECK(of(RMSprop({.learning_rate = 1, .rho = 0.5, .momentum = 0.25, .epsilon = 1, .centered = true})).at("rho") ==
        0.5);
  CHECK(of(AdamW({.learning_rate = 1, .weight_decay = 0.5, .beta_1 = 0.25})).at("weight_decay") == 0.5);
  CHECK(of(AdamW(1e-3, {.weight_decay = 0.5})).at("weight_decay") == 0.5);
}

TEST_CASE("elements without a gradient so far stay, even where an accumulator begins at 0") {
  for (const Optimizer& o :
       {Optimizer(Ftrl({.initial_accumulator_value = 0})), Optimizer(Adagrad({.initial_accumulator_value = 0})),
        Optimizer(RMSprop({.centered = true})), Optimizer(Lion()), Optimizer(Adafactor()), Optimizer(Nadam())}) {
    CAPTURE(o.base().type());
    const Tensor w = weight({1., -2., 3.});
    o.add({w});
    give(w, {0., 0., 0.});
    o.step();
    CHECK(values(w) == Values{1., -2., 3.});
  }
}

TEST_CASE("a learning rate of 0 moves nothing") {
  for (const char* name :
       {"sgd", "adam", "rmsprop", "adamw", "adamax", "nadam", "adagrad", "adadelta", "ftrl", "lion", "adafactor"}) {
    CAPTURE(name);
    const Optimizer optimizer(name);
    const Tensor w = weight({1., -2., 3.});
    optimizer.add({w});
    optimizer.set_learning_rate(0);
    give(w, {1., 2., -3.});
    optimizer.step();
    CHECK(values(w) == Values{1., -2., 3.});
  }
}
