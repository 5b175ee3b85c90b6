#include "layer_zoo.hpp"

#include <cmath>

using namespace frost;
using namespace freezing_test;
using Catch::Matchers::Contains;

namespace {

Tensors weights_of(const Layer& layer) { return layer.get_weights(); }

// Freezes a layer in the given epochs and thaws it after them.
struct Toggle : CallbackBase {
  Toggle(int from, int to) : first(from), last(to) {}
  void on_epoch_begin(Model& model, int epoch) override {
    const Layer a = model.get_layer("a");
    if (epoch == first) a.set_trainable(false);
    if (epoch == last) a.set_trainable(true);
    before = a.get_weights();
  }
  void on_epoch_end(Model& model, int, const Logs&) override {
    moved.push_back(!same_bits(model.get_layer("a").get_weights(), before));
  }
  int first, last;
  Tensors before;
  static inline std::vector<bool> moved;
};

}  // namespace

TEST_CASE("frozen after 10 steps, a layer keeps every bit for 100 more, whatever optimizer and options") {
  for (const NamedOptimizer& named : every_optimizer()) {
    CAPTURE(named.name);
    const Model model = small_model();
    const Optimizer optimizer = named.make();
    optimizer.add(model.weights());
    train(model, optimizer, 10);
    freeze(model, frost::named("a") | matching("b/bias"));
    CHECK_FALSE(model.weights()[0].has_grad());
    const Tensors before = weights_of(model);
    train(model, optimizer, 100);
    const Tensors after = weights_of(model);
    for (std::size_t i = 0; i < 6; ++i) CHECK(same_bits(after[i], before[i]) == (i < 2 || i == 3));
  }
}

TEST_CASE("no layer of any kind moves while it is frozen, statistics included") {
  for (const ZooLayer& zoo : layer_zoo()) {
    CAPTURE(zoo.name);
    if (zoo.weight_kernels.empty()) continue;
    seed(2);
    const Shape shape(std::vector<std::int64_t>(zoo.input.shape().begin() + 1, zoo.input.shape().end()));
    const Symbol input = Input(shape, {.dtype = zoo.input.dtype()});
    const Layer layer = zoo.make();
    const Model model(input, Dense({.units = 2, .name = "head"})(Flatten()(layer(input))));
    model.compile({.optimizer = Adam({.learning_rate = 0.01, .weight_decay = 0.1}), .loss = "mse"});
    const Tensor y = some_rows(5, 2, 4);
    model.fit(zoo.input, y, {.epochs = 2, .verbose = 0});
    layer.set_trainable(false);
    const FrozenProof proof = assert_frozen(model, !named("head"));
    model.fit(zoo.input, y, {.batch_size = 2, .epochs = 3, .verbose = 0});
    CHECK_NOTHROW(proof.check());
    CHECK_FALSE(layer.trainable());  // fit never thaws
    CHECK(model.trainable_weights().size() == 2);
  }
}

TEST_CASE("thawed, a weight starts afresh as with a new optimizer, or goes on where its state was kept") {
  for (const NamedOptimizer& named : every_optimizer()) {
    CAPTURE(named.name);
    const auto run = [&](bool keep) {
      const Model model = small_model();
      const Optimizer optimizer = named.make();
      optimizer.add(model.weights());
      train(model, optimizer, 5);
      const Parameter kernel = model.weights()[0];
      const OptimizerState state = optimizer.base().state(kernel);
      freeze(model, frost::named("a"), {.keep_state = keep});
      train(model, optimizer, 5);
      const OptimizerState frozen = optimizer.base().state(kernel);
      CHECK(frozen.steps == (keep ? 5 : 0));
      if (keep) CHECK(same_bits(frozen.tensors, state.tensors));
      thaw(model, frost::named("a"));

      // The next steps equal those of an optimizer that has that state, or none.
      const Tensor other = kernel.detach().clone().set_requires_grad(true);
      const Optimizer fresh = named.make();
      fresh.add({other});
      if (keep) fresh.base().set_state(other, state);
      model.set_trainable(false);
      thaw(model, matching("a/kernel"));
      if (keep) optimizer.base().set_state(kernel, state);
      for (int step = 0; step < 5; ++step) {
        for (const Tensor& w : Tensors{kernel, other}) w.set_grad(some_rows(4, 6, 70 + static_cast<unsigned>(step)));
        optimizer.step();
        fresh.step();
        CHECK(same_bits(kernel, other));
      }
    };
    run(false);
    run(true);
  }
}

TEST_CASE("the clipping norm is that of a model that holds the trainable weights alone") {
  const Model model = small_model();
  sum(square(model(some_rows(8, 4, 1)))).backward();
  double squares = 0;
  for (const Parameter& w : model.get_layer("head").weights()) squares += sum(square(w.grad())).item<double>();
  freeze(model, until("b"));
  const double norm = clip_grad_norm(model.weights(), 1e9);
  CHECK(norm == clip_grad_norm(model.get_layer("head").weights(), 1e9));
  CHECK(norm == Approx(std::sqrt(squares)));

  // So does the optimizer's own: the head alone, on the same features, makes the same steps.
  const Model trunk = model.until("b"), head(model.get_layer("b").output(), model.output());
  const Tensors start = head.get_weights();
  const auto trained = [&](const Layer& layer, const Tensor& x, const Parameters& listed) {
    head.set_weights(start);
    const Adam adam({.learning_rate = 0.01, .global_clipnorm = 0.01});
    adam.add(listed);
    for (int step = 0; step < 10; ++step) {
      adam.zero_grad();
      sum(square(layer(x))).backward();
      adam.step();
    }
    return head.get_weights();
  };
  const Tensor x = some_rows(8, 4, 1);
  CHECK(same_bits(trained(model, x, model.weights()), trained(head, trunk(x), head.weights())));
}

TEST_CASE("the loss that fit and evaluate report leaves out the penalties of frozen weights") {
  const Symbol input = Input({4});
  const Symbol hidden =
      Dense({.units = 50, .kernel_initializer = "ones", .kernel_regularizer = "l2", .name = "a"})(input);
  const Model model(input, Dense({.units = 1, .kernel_initializer = "zeros"})(hidden));
  model.compile({.optimizer = SGD({.learning_rate = 0.}), .loss = "mse"});
  const Tensor x = some_rows(8, 4, 1), y = zeros({8, 1});
  CHECK(model.evaluate(x, y)["loss"] == Approx(2.));
  CHECK(model.fit(x, y, {.verbose = 0})["loss"][0] == Approx(2.));
  freeze(model, named("a"));
  CHECK(model.evaluate(x, y)["loss"] == 0);
  CHECK(model.fit(x, y, {.verbose = 0})["loss"][0] == 0);
}

TEST_CASE("freezing and thawing inside a callback acts at once, without compiling again") {
  Toggle::moved.clear();
  const Model model = small_model();
  model.compile({.optimizer = Adam({.learning_rate = 0.01}), .loss = "mse"});
  model.fit(some_rows(8, 4, 1), some_rows(8, 2, 2), {.epochs = 6, .verbose = 0, .callbacks = {callback<Toggle>(2, 4)}});
  CHECK(Toggle::moved == std::vector<bool>{true, true, false, false, true, true});
}

TEST_CASE("an optimizer made while all but the head was frozen trains what is thawed later") {
  const Model model = small_model();
  freeze(model, until("b"));
  const Adam adam({.learning_rate = 0.01});
  adam.add(model.weights());
  train(model, adam, 2);
  CHECK(adam.state_bytes() == 2 * 4 * elements(model.trainable_weights()));
  thaw(model, everything());
  const Tensors before = weights_of(model);
  train(model, adam, 1);
  const Tensors after = weights_of(model);
  for (std::size_t i = 0; i < 6; ++i) CHECK_FALSE(same_bits(after[i], before[i]));
  CHECK(adam.state_bytes() == 2 * 4 * elements(model.weights()));
}

TEST_CASE("Freeze::weights, biases and both keep exactly the weights that they name") {
  for (const ZooLayer& zoo : layer_zoo())
    for (const Freeze what : {Freeze::weights, Freeze::biases, Freeze::both}) {
      if (zoo.weight_kernels.empty()) continue;
      CAPTURE(zoo.name, static_cast<int>(what));
      seed(2);
      const Layer layer = zoo.make();
      {
        const NoGrad guard;
        layer(zoo.input);
      }
      freeze(layer, everything(), what);
      const Adam adam({.learning_rate = 0.01});
      adam.add(layer.weights());
      const Tensors before = layer.get_weights();
      const Tensor y = layer(zoo.input, {.training = zoo.training});
      if (y.requires_grad()) sum(y * some_rows(y.size(), 1, 31).reshape(y.shape())).backward();
      adam.step();
      const Tensors after = layer.get_weights();
      const Parameters weights = layer.weights();
      for (std::size_t i = 0; i < weights.size(); ++i) {
        const std::string& name = weights[i].name();
        if (name.find("moving_") != std::string::npos) continue;
        const bool is_bias = name.ends_with("/bias") || name.ends_with("/beta");
        const bool is_frozen = what == Freeze::both || is_bias == (what == Freeze::biases);
        CAPTURE(name);
        CHECK(same_bits(after[i], before[i]) == is_frozen);
      }
    }
}
