#include "models/support.hpp"
#include "support/catch.hpp"

#include <frost/autograd/abstract.hpp>

#include <limits>

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

// A step that is refused has moved nothing: the next one is as if it had never been tried.

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Statistics, states, random numbers and optimizer states: everything that a step moves.
Model everything_moves() {
  seed(6);
  const Symbol input = Input({4, 3});
  Symbol x = BatchNormalization({.momentum = 0.5, .name = "norm"})(input);
  x = Dropout({.rate = 0.3})(x);
  x = Dropout({.rate = 0.2, .seed = 9})(x);
  x = Bidirectional(LSTM({.units = 3, .return_sequences = true, .stateful = true}))(x);
  x = GRU({.units = 3, .stateful = true})(x);
  const Model inner(input, x, {.name = "inner"});
  const Symbol outer = Input({4, 3});
  const Model model(outer, Dense({.units = 1, .name = "head"})(inner(outer)));
  model.compile({.optimizer = Adam({.learning_rate = 0.01}), .loss = "mse"});
  return model;
}
Tensor rows(std::uint64_t key, const Shape& shape) { return Generator(key).normal(shape); }
Tensor with_nan(const Tensor& t) {
  Tensor damaged = t.clone();
  damaged.mutable_data<float>()[5] = static_cast<float>(not_a_number);
  return damaged;
}

}  // namespace

TEST_CASE("a step whose loss is not finite moves no weight, statistic, state, random number or optimizer state") {
  const auto damage = GENERATE(0, 1, 2);
  CAPTURE(damage);
  std::vector<std::vector<double>> losses;
  std::vector<Tensors> weights;
  std::vector<Generator> streams;
  for (const bool tries : {false, true}) {
    const Model model = everything_moves();
    std::vector<double> found;
    for (std::uint64_t step = 0; step < 4; ++step) {
      const Tensor x = rows(10 + step, {2, 4, 3}), y = rows(20 + step, {2, 1});
      if (tries && damage == 0) CHECK_THROWS_WITH(model.train_on_batch(with_nan(x), y), Contains("nan in epoch"));
      if (tries && damage == 1) {  // in the targets alone: what is computed from x is sound
        Tensor bad = y.clone();
        bad.mutable_data<float>()[1] = std::numeric_limits<float>::infinity();
        CHECK_THROWS_WITH(model.train_on_batch(x, bad), Contains("the loss is inf"));
      }
      if (tries && damage == 2) {
        const Tensor head = model.get_layer("head").weights()[1], kept = head.clone();
        head.assign(full({1}, not_a_number));
        CHECK_THROWS_WITH(model.fit(x, y, {.verbose = 0}), Contains("nan in epoch"));
        head.assign(kept);
      }
      found.push_back(model.train_on_batch(x, y)["loss"]);
    }
    losses.push_back(found);
    weights.push_back(model.get_weights());
    streams.push_back(default_generator());
  }
  CHECK(losses[0] == losses[1]);
  CHECK(same_bits(weights[0], weights[1]));
  CHECK(streams[0].position() == streams[1].position());
}

TEST_CASE("a step that an error ends has moved nothing either") {
  const auto where = GENERATE(0, 1, 2);
  CAPTURE(where);
  int steps = 0;
  const auto fails = [&](int place, const Tensor& y) {
    if (where == place && ++steps == 2) throw ValueError("no more");
    return y;
  };
  seed(6);
  const Symbol input = Input({3});
  const Symbol normed = BatchNormalization({.momentum = 0.5})(input);
  const Model model(
      input, Dense({.units = 1})(Lambda([&](const Tensor& t) { return has_values(t) ? fails(0, t) : t; })(normed)));
  model.compile({.optimizer = Adam(),
                 .loss = [&](const Tensor& t, const Tensor& p) { return mean(square(fails(1, p) - t)); },
                 .metrics = {Metric("mean", [&](const Tensor&, const Tensor& p) { return mean(fails(2, p)); })}});
  const Tensor x = rows(1, {4, 3}), y = rows(2, {4, 1});
  model.train_on_batch(x, y);
  const Tensors before = model.get_weights();
  CHECK_THROWS_WITH(model.train_on_batch(x, y), Contains("no more"));
  CHECK(same_bits(model.get_weights(), before));
  for (const Parameter& w : model.weights()) CHECK_FALSE(w.has_grad());
}

TEST_CASE("a refused batch in the middle of fit leaves everything as the batch before left it") {
  const Tensor x = rows(1, {8, 4, 3}), y = rows(2, {8, 1});
  Tensor bad = y.clone();
  bad.mutable_data<float>()[5] = static_cast<float>(not_a_number);  // in the third batch of two
  const Model model = everything_moves(), healthy = everything_moves();
  const FitOptions o = {.batch_size = 2, .verbose = 0, .shuffle = false};
  CHECK_THROWS_WITH(model.fit(x, bad, o), Contains("batch 3"));
  healthy.fit(x.slice(0, 0, 4), y.slice(0, 0, 4), o);
  CHECK(same_bits(model.get_weights(), healthy.get_weights()));
  const Tensor more = rows(3, {2, 4, 3}), target = rows(4, {2, 1});
  CHECK(model.train_on_batch(more, target)["loss"] == healthy.train_on_batch(more, target)["loss"]);
}

TEST_CASE("fit and train_on_batch leave no gradients behind") {
  const Tensor x = rows(1, {8, 3}), y = rows(2, {8, 1});
  const Symbol input = Input({3});
  const Model model(input, Dense({.units = 1})(Dense({.units = 2, .name = "low"})(input)));
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
  const auto has_none = [&] {
    for (const Parameter& w : model.weights())
      if (w.has_grad()) return false;
    return true;
  };
  struct Look : CallbackBase {
    explicit Look(int& n) : seen(n) {}
    void on_batch_end(Model& m, int, const Logs&) override {
      for (const Parameter& w : m.weights()) seen += w.has_grad();
    }
    int& seen;
  };
  int seen = 0;
  model.fit(x, y, {.batch_size = 4, .epochs = 2, .verbose = 0, .callbacks = {callback<Look>(seen)}});
  CHECK(seen == 16);  // while it trains a callback sees those of its batch
  CHECK(has_none());
  model.train_on_batch(x, y);
  CHECK(has_none());
  struct Stop : CallbackBase {
    void on_batch_end(Model&, int, const Logs&) override { throw ValueError("stop"); }
  };
  CHECK_THROWS_WITH(model.fit(x, y, {.verbose = 0, .callbacks = {callback<Stop>()}}), Contains("stop"));
  CHECK(has_none());
  Tensor bad = y.clone();
  bad.mutable_data<float>()[5] = static_cast<float>(not_a_number);
  CHECK_THROWS_AS(model.fit(x, bad, {.batch_size = 4, .verbose = 0, .shuffle = false}), ValueError);
  CHECK(has_none());
  model.get_layer("low").set_trainable(false);
  model.fit(x, y, {.verbose = 0});
  CHECK(has_none());
}

TEST_CASE("what was refused before a step leaves a gradient of the user's own, and so does what a guard pauses") {
  const Tensor x = rows(1, {8, 3}), y = rows(2, {8, 1});
  const Symbol input = Input({3});
  const Model model(input, Dense({.units = 1, .name = "high"})(Dense({.units = 2, .name = "low"})(input)));
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
  const Parameter low = model.get_layer("low").weights()[0], high = model.get_layer("high").weights()[0];
  mean(square(model(x))).backward();
  const Tensor kept = low.grad().clone();
  CHECK_THROWS_AS(model.fit(x, y.slice(0, 0, 7)), Error);
  CHECK(low.has_grad());
  CHECK_THROWS_AS(model.train_on_batch(x, full({8, 1}, not_a_number)), ValueError);
  REQUIRE(low.has_grad());
  CHECK(same_bits(low.grad(), kept));
  {
    const FreezeGuard guard(model, named("low"));
    model.fit(x, y, {.batch_size = 4, .epochs = 2, .verbose = 0});
    CHECK_FALSE(high.has_grad());
  }
  REQUIRE(low.has_grad());
  CHECK(same_bits(low.grad(), kept));
  model.fit(x, y, {.verbose = 0});
  CHECK_FALSE(low.has_grad());
}

TEST_CASE("a layer of one's own says what a refused step is to bring back") {
  struct Counter : LayerBase {
    explicit Counter(int& c) : count(c) {}
    Tensor call(const Tensor& x, const CallContext& context) override {
      if (context.training) ++count;
      return x * 1.;
    }
    std::function<void()> restore_point() override {
      return [this, before = count] { count = before; };
    }
    int& count;
  };
  int count = 0;
  const Symbol input = Input({3});
  const Model model(input, Dense({.units = 1})(layer<Counter>(count)(input)));
  model.compile({.optimizer = SGD(), .loss = "mse"});
  model.train_on_batch(rows(1, {2, 3}), rows(2, {2, 1}));
  CHECK(count == 1);
  CHECK_THROWS_AS(model.train_on_batch(rows(1, {2, 3}), full({2, 1}, not_a_number)), ValueError);
  CHECK(count == 1);
}
