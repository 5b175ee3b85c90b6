#include "support.hpp"

#include <frost/models/guard.hpp>

#include <stdexcept>
#include <type_traits>

using namespace frost;
using namespace freezing_test;
using Catch::Matchers::Contains;

static_assert(!std::is_copy_constructible_v<FreezeGuard> && !std::is_copy_assignable_v<FreezeGuard>);

namespace {

Model generator() {
  const Symbol noise = Input({3});
  return Model(noise, Dense({.units = 2})(Dense({.units = 8, .activation = "tanh"})(noise)));
}
Model critic() {
  const Symbol input = Input({2});
  return Model(input, Dense({.units = 1})(Dense({.units = 8, .activation = "relu"})(input)));
}
std::vector<bool> mask(const Layer& model) {
  std::vector<bool> flags;
  for (const Parameter& w : model.weights()) flags.push_back(w.requires_grad());
  return flags;
}
Tensor judged(const Tensor& scores, double truth) { return mean(square(scores - truth)); }

}  // namespace

TEST_CASE("100 guarded steps of a GAN equal, to the bit, two optimizers that own one network each") {
  const auto each = GENERATE(0, 1);
  const auto make = [&] {
    return each == 0 ? Optimizer(Adam({.learning_rate = 0.01, .weight_decay = 0.01}))
                     : Optimizer(SGD({.learning_rate = 0.01, .momentum = 0.9, .nesterov = true}));
  };
  seed(7);
  const Model g = generator(), d = critic();
  const Model other_g = generator(), other_d = critic();
  other_g.set_weights(g.get_weights());
  other_d.set_weights(d.get_weights());
  const Optimizer one = make(), for_g = make(), for_d = make();
  one.add(g.weights());
  one.add(d.weights());
  for_g.add(other_g.weights());
  for_d.add(other_d.weights());

  for (int step = 0; step < 100; ++step) {
    const Tensor noise = some_rows(16, 3, 100 + static_cast<std::uint64_t>(step));
    const Tensor real = some_rows(16, 2, 500 + static_cast<std::uint64_t>(step)) * 0.2 + 1.;
    const Tensors before = g.get_weights();
    {
      const FreezeGuard guard(g, everything());
      one.zero_grad();
      (judged(d(real), 1) + judged(d(g(noise)), 0)).backward();
      one.step();
    }
    CHECK(same_bits(g.get_weights(), before));
    const Tensors judge = d.get_weights();
    {
      const FreezeGuard guard(d, everything());
      one.zero_grad();
      judged(d(g(noise)), 1).backward();
      one.step();
    }
    CHECK(same_bits(d.get_weights(), judge));
    CHECK_FALSE(same_bits(g.get_weights(), before));

    for_d.zero_grad();
    (judged(other_d(real), 1) + judged(other_d(other_g(noise).detach()), 0)).backward();
    for_d.step();
    for_g.zero_grad();
    judged(other_d(other_g(noise)), 1).backward();
    for_g.step();
  }
  CHECK(same_bits(g.get_weights(), other_g.get_weights()));
  CHECK(same_bits(d.get_weights(), other_d.get_weights()));
}

TEST_CASE("what a guard pauses is not recorded, not trained and not listed, and its flags stay") {
  const Model model = small_model();
  const Adam adam({.learning_rate = 0.01, .weight_decay = 0.1});
  adam.add(model.weights());
  train(model, adam, 3);
  const Parameter kernel = model.get_layer("a").weights()[0];
  const Tensor gradient = kernel.grad().clone();
  const std::int64_t bytes = adam.state_bytes();
  const OptimizerState state = adam.base().state(kernel);
  const Tensors before = model.get_layer("a").get_weights();
  {
    const FreezeGuard guard(model, named("a"));
    CHECK(model.get_layer("a").trainable());
    CHECK(kernel.requires_grad());
    CHECK(model.get_layer("a").trainable_weights().empty());
    CHECK(model.trainable_weights().size() == 4);
    CHECK(model.non_trainable_weights().size() == 2);
    const Tensor loss = sum(model(some_rows(2, 4, 1)));
    const Model head(model.get_layer("a").output(), model.output());
    CHECK(tape_stats(loss).nodes == tape_stats(sum(head(some_rows(2, 6, 1)))).nodes);
    train(model, adam, 5);
    CHECK(adam.state_bytes() == bytes);
    CHECK(same_bits(kernel.grad(), gradient));
    CHECK(clip_grad_norm(model.weights(), 1e9) == clip_grad_norm(model.trainable_weights(), 1e9));
  }
  CHECK(model.trainable_weights().size() == 6);
  CHECK(same_bits(model.get_layer("a").get_weights(), before));
  CHECK(same_bits(kernel.grad(), gradient));
  CHECK(adam.base().state(kernel).steps == 3);
  CHECK(same_bits(adam.base().state(kernel).tensors, state.tensors));
  CHECK(adam.base().state(model.weights()[5]).steps == 8);
  train(model, adam, 1);
  CHECK(adam.base().state(kernel).steps == 4);
}

TEST_CASE("a guard restores the user's own mask exactly, by exception too") {
  const Model model = small_model();
  freeze(model, named("b"), {.keep_stochastic = true});
  freeze(model, matching("head/bias"));
  const std::vector<bool> before = mask(model);
  CHECK_THROWS_AS(
      [&] {
        const FreezeGuard guard(model, everything());
        CHECK(model.trainable_weights().empty());
        thaw(model, everything());
        throw std::runtime_error("left early");
      }(),
      std::runtime_error);
  CHECK(mask(model) == before);
  CHECK_FALSE(model.get_layer("b").trainable());
  CHECK(model.get_layer("b").keeps_stochastic());
  CHECK(model.get_layer("a").trainable());
  CHECK(model.trainable());
  CHECK(model.trainable_weights().size() == 3);
}

TEST_CASE("guards nest") {
  const Model model = small_model();
  const std::vector<bool> before = mask(model);
  {
    const FreezeGuard outer(model, named("a"));
    {
      const FreezeGuard inner(model, names({"a", "b"}));
      CHECK(model.trainable_weights().size() == 2);
    }
    CHECK(model.trainable_weights().size() == 4);
    CHECK(model.get_layer("a").trainable_weights().empty());
  }
  CHECK(model.trainable_weights().size() == 6);
  CHECK(mask(model) == before);

  // Not even in the order of their making need they end.
  auto first = std::make_unique<FreezeGuard>(model, named("a"));
  auto second = std::make_unique<FreezeGuard>(model, named("a"));
  first.reset();
  CHECK(model.trainable_weights().size() == 4);
  second.reset();
  CHECK(model.trainable_weights().size() == 6);
}

TEST_CASE("set_trainable under a guard acts at once and is undone on leaving") {
  const Model model = small_model();
  model.get_layer("b").set_trainable(false);
  const Adam adam({.learning_rate = 0.01});
  adam.add(model.weights());
  train(model, adam, 2);
  const Parameter kernel = model.get_layer("a").weights()[0];
  const Tensor gradient = kernel.grad().clone();
  {
    const FreezeGuard guard(model, names({"a", "b"}));
    CHECK(model.trainable_weights().size() == 2);
    const Tensors before = model.get_weights();
    model.get_layer("a").set_trainable(true);  // overrules the guard
    model.get_layer("b").set_trainable(true);
    CHECK(model.trainable_weights().size() == 6);
    train(model, adam, 1);
    const Tensors after = model.get_weights();
    for (std::size_t i = 0; i < after.size(); ++i) CHECK_FALSE(same_bits(after[i], before[i]));
    {
      const FreezeGuard inner(model, named("a"));  // and a later guard overrules that
      CHECK(model.trainable_weights().size() == 4);
    }
    CHECK(model.trainable_weights().size() == 6);
    model.get_layer("a").set_trainable(false);
    CHECK_FALSE(kernel.has_grad());
    model.get_layer("head").set_trainable(false);
    CHECK(model.trainable_weights().size() == 2);
  }
  CHECK(mask(model) == std::vector<bool>{true, true, false, false, true, true});
  CHECK(model.trainable_weights().size() == 4);
  CHECK(same_bits(kernel.grad(), gradient));
}

TEST_CASE("a graph recorded before the guard gives what it pauses no gradient") {
  const Model model = small_model();
  const Tensor loss = sum(model(some_rows(2, 4, 1)));
  {
    const FreezeGuard guard(model, named("a"));
    reset_kernel_counts();
    loss.backward();
    CHECK(count_of("linear.dkernel") == 2);
    CHECK(count_of("linear.dx") == 1);
  }
  CHECK_FALSE(model.weights()[0].has_grad());
  CHECK(model.weights()[2].has_grad());
}

TEST_CASE("a guard's layers are called as frozen ones: dropout is off unless it is kept") {
  const Symbol input = Input({100});
  const Model model(input, Dropout({.rate = 0.5})(input));
  const Tensor x = ones({1, 100});
  const auto smallest = [&] { return min(model(x, {.training = true})).item<double>(); };
  CHECK(smallest() == 0);
  {
    const FreezeGuard guard(model, everything());
    CHECK(smallest() == 1);
    model.set_trainable(true);
    CHECK(smallest() == 0);
  }
  {
    const FreezeGuard guard(model, everything(), {.keep_stochastic = true});
    CHECK(smallest() == 0);
  }
  CHECK_FALSE(model.get_layer("dropout").keeps_stochastic());
  CHECK(smallest() == 0);
}

TEST_CASE("a guard can pause weights or biases alone") {
  const Model model = small_model();
  const FreezeGuard guard(model, everything(), {.what = Freeze::weights});
  const Parameters trained = model.trainable_weights();
  REQUIRE(trained.size() == 3);
  for (const Parameter& w : trained) CHECK_THAT(w.name(), Contains("/bias"));
}

TEST_CASE("penalties and constraints pass over what a guard pauses") {
  const Symbol input = Input({2});
  const Model model(input, Dense({.units = 2,
                                  .kernel_initializer = "ones",
                                  .kernel_regularizer = "l2",
                                  .bias_regularizer = "l2",
                                  .kernel_constraint = "unit_norm"})(input));
  CHECK(regularization_loss(model).item<double>() == Approx(0.04));
  {
    const FreezeGuard guard(model, matching("*/kernel"));
    CHECK(regularization_loss(model).item<double>() == 0);
    apply_constraints(model);
    CHECK(model.weights()[0][0][0].item<double>() == 1);
  }
  apply_constraints(model);
  CHECK(model.weights()[0][0][0].item<double>() < 1);
}

TEST_CASE("fit under a guard trains the rest, and throws before the first batch when there is none") {
  const Model model = small_model();
  model.compile({.optimizer = Adam({.learning_rate = 0.01, .weight_decay = 0.1}), .loss = "mse"});
  const Tensor x = some_rows(16, 4, 1), y = some_rows(16, 2, 2);
  const Tensors before = model.get_weights();
  {
    const FreezeGuard guard(model, until("b"));
    model.fit(x, y, {.batch_size = 4, .epochs = 2, .verbose = 0});
  }
  const Tensors after = model.get_weights();
  for (std::size_t i = 0; i < 6; ++i) CHECK(same_bits(after[i], before[i]) == (i < 4));
  const FreezeGuard guard(model, everything());
  CHECK_THROWS_WITH(model.fit(x, y, {.verbose = 0}), Contains("0 of 6 weights are trainable"));
}

TEST_CASE("a guard that selects nothing, or what is not built, is an error that pauses nothing") {
  const Model model = small_model();
  CHECK_THROWS_AS(FreezeGuard(model, named("c")), ValueError);
  CHECK_THROWS_WITH(FreezeGuard(model, matching("c*")), Contains("selects nothing"));
  CHECK(model.trainable_weights().size() == 6);
  const Sequential net({Dense({.units = 3})});
  CHECK_THROWS_WITH(FreezeGuard(net, everything()), Contains("'dense' is not built"));
}
