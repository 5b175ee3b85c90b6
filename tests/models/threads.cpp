// One model on several threads, and models that share layers.
#include "support/threads.hpp"
#include "models/support.hpp"
#include "support/catch.hpp"

#include <frost/layers/watch.hpp>

#include <cmath>
#include <set>

using namespace frost;
using namespace models_test;

namespace {

Model with_dropout_and_norm() {
  seed(3);
  const Symbol input = Input({6, 4});
  Symbol x = LSTM({.units = 8, .return_sequences = true})(input);
  x = Dropout({.rate = 0.5})(x);
  x = BatchNormalization()(x);
  x = Dense({.units = 5, .activation = "tanh", .name = "hidden"})(Flatten()(x));
  const Model model(input, Dense({.units = 3, .activation = "softmax", .name = "head"})(x));
  model.compile(
      {.optimizer = Adam({.learning_rate = 0.01}), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  return model;
}

}  // namespace

TEST_CASE("threads that predict with and evaluate one model get what one thread gets") {
  const Model model = with_dropout_and_norm();
  const Tensor x = randn({24, 6, 4}), y = randint(0, 3, {24});
  const Tensor predicted = model.predict(x, {.batch_size = 7});
  const Evaluation evaluated = model.evaluate(x, y, {.batch_size = 8, .verbose = 0});
  on_threads(4, [&](int t) {
    for (int i = 0; i < 8; ++i) {
      if ((t + i) % 2 == 0) {
        if (!same_bits(model.predict(x, {.batch_size = 7}), predicted)) throw Error("another prediction");
      } else if (model.evaluate(x, y, {.batch_size = 8, .verbose = 0})["loss"] != evaluated["loss"]) {
        throw Error("another loss");
      }
    }
  });
}

TEST_CASE("threads that ask how one model's score depends on their inputs get what one thread gets") {
  const Model model = with_dropout_and_norm();
  const auto attribution = [&](const Tensor& rows) {
    const Tensor x = rows.clone().set_requires_grad(true);
    return grad(max(model(x), {1}).sum(), {x})[0];
  };
  std::vector<Tensor> rows, expected;
  for (int t = 0; t < 4; ++t) {
    rows.push_back(randn({4, 6, 4}));
    expected.push_back(attribution(rows.back()));
  }
  on_threads(4, [&](int t) {
    for (int i = 0; i < 20; ++i)
      if (!same_bits(attribution(rows[static_cast<std::size_t>(t)]), expected[static_cast<std::size_t>(t)]))
        throw Error("another gradient");
  });
  for (const Parameter& w : model.trainable_weights()) CHECK_FALSE(w.has_grad());
}

TEST_CASE("threads that differentiate one model by its weights get the same gradients") {
  const Model model = with_dropout_and_norm();
  const Tensor x = randn({5, 6, 4});
  const auto gradients = [&] { return grad(square(model(x)).sum(), model.trainable_weights()); };
  const Tensors expected = gradients();
  on_threads(3, [&](int) {
    for (int i = 0; i < 10; ++i) {
      const Tensors found = gradients();
      for (std::size_t k = 0; k < found.size(); ++k)
        if (!same_bits(found[k], expected[k])) throw Error("another gradient");
    }
  });
}

TEST_CASE("a model that several threads call first is built once") {
  for (int round = 0; round < 10; ++round) {
    const Sequential net(
        {Dense({.units = 6, .activation = "tanh"}), Sequential({Dense({.units = 5})}), Dense({.units = 2})});
    net.compile({.loss = "mse"});
    const Tensor x = randn({3, 4}), y = zeros({3, 2});
    std::vector<Tensor> results(4);
    on_threads(4, [&](int t) {
      if (t == 3) net.evaluate(x, y, {.verbose = 0});
      results[static_cast<std::size_t>(t)] = t == 2 ? net.predict(x) : net(x);
    });
    CHECK(net.weights().size() == 6);
    for (const Tensor& result : results) CHECK(same_bits(result, results[0]));
  }
}

TEST_CASE("a layer that several threads call first is built once") {
  for (int round = 0; round < 20; ++round) {
    const Layer layer = LSTM({.units = 3});
    const Tensor x = randn({2, 5, 4});
    std::vector<Tensor> results(4);
    on_threads(4, [&](int t) { results[static_cast<std::size_t>(t)] = layer(x); });
    CHECK(layer.weights().size() == 3);
    for (const Tensor& result : results) CHECK(same_bits(result, results[0]));
  }
}

TEST_CASE("dropout on several threads draws other numbers each time") {
  const Model model = with_dropout_and_norm();
  freeze(model, of_type("BatchNormalization"));
  const Tensor x = ones({1, 6, 4});
  std::vector<std::vector<float>> sums(4);
  on_threads(4, [&](int t) {
    for (int i = 0; i < 10; ++i)
      sums[static_cast<std::size_t>(t)].push_back(model(x, {.training = true})[0][0].item<float>());
  });
  std::set<float> all;
  for (const auto& some : sums) all.insert(some.begin(), some.end());
  CHECK(all.size() >= 38);
}

TEST_CASE("each thread watches its own calls of a layer") {
  const Model model = with_dropout_and_norm();
  freeze(model, everything());
  std::vector<Tensor> rows;
  for (int t = 0; t < 4; ++t) rows.push_back(randn({2, 6, 4}));
  on_threads(4, [&](int t) {
    for (int i = 0; i < 10; ++i) {
      const Watch watch(model.get_layer("hidden"));
      const Tensor y = model(rows[static_cast<std::size_t>(t)]);
      const Tensor g = grad(y[0][0], {watch.output()})[0];
      const Model below = model.until("hidden");
      if (!same_bits(watch.output(), below(rows[static_cast<std::size_t>(t)]))) throw Error("another thread's call");
      if (g.shape() != Shape{2, 5}) throw Error("a wrong gradient");
    }
  });
  CHECK_FALSE(model(rows[0]).requires_grad());
}

TEST_CASE("threads train heads of their own over one frozen trunk") {
  const Model base = with_dropout_and_norm();
  freeze(base, everything());
  const Tensor x = randn({16, 6, 4});
  const auto fine_tune = [&](int t) {
    const Symbol features = base.get_layer("hidden").output();
    const Model tuned(base.input(), Dense({.units = 2, .kernel_initializer = constant(0.1), .name = "task"})(features));
    tuned.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
    tuned.fit(x, full({16, 2}, 1. * t), {.batch_size = 16, .epochs = 6, .verbose = 0, .shuffle = false});
    return tuned.get_layer("task").get_weights()[0];
  };
  std::vector<Tensor> expected, found(4);
  for (int t = 0; t < 4; ++t) expected.push_back(fine_tune(t));
  const Tensors before = base.get_weights();
  on_threads(4, [&](int t) { found[static_cast<std::size_t>(t)] = fine_tune(t); });
  for (std::size_t t = 0; t < found.size(); ++t) CHECK(same_bits(found[t], expected[t]));
  for (std::size_t k = 0; k < before.size(); ++k) CHECK(same_bits(before[k], base.get_weights()[k]));
}

TEST_CASE("checkpoints of one model run on several threads at once") {
  const Model model = with_dropout_and_norm();
  const Tensor x = randn({3, 6, 4});
  const auto gradients = [&](bool saves) {
    const Tensor leaf = x.clone().set_requires_grad(true);
    const auto f = [&](const Tensor& t) { return model(t); };
    return grad((saves ? f(leaf) : checkpoint(f, leaf)).sum() * 100., {leaf})[0];
  };
  const Tensor expected = gradients(true);
  on_threads(3, [&](int) {
    for (int i = 0; i < 8; ++i)
      if (!same_bits(gradients(false), expected)) throw Error("another gradient");
  });
}
