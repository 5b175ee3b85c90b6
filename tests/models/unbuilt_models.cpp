#include "models/support.hpp"
#include "support/catch.hpp"

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

TEST_CASE("the weights of a model that is not built are an error that says how to build it") {
  const Sequential model({Dense({.units = 4}), Dense({.units = 2})}, {.name = "net"});
  const auto complaint = [](const auto& ask) -> std::string {
    try {
      ask();
    } catch (const GraphError& error) {
      return error.what();
    }
    return "nothing was wrong";
  };
  const std::vector<std::pair<std::string, std::string>> complaints = {
      {"weights", complaint([&] { model.weights(); })},
      {"trainable_weights", complaint([&] { model.trainable_weights(); })},
      {"non_trainable_weights", complaint([&] { model.non_trainable_weights(); })},
      {"get_weights", complaint([&] { model.get_weights(); })},
      {"set_weights", complaint([&] { model.set_weights({}); })},
      {"count_params", complaint([&] { model.count_params(); })}};
  for (const auto& [what, text] : complaints)
    CHECK_THAT(text, Contains(what + ": ") && Contains("'net'") && Contains("not built") && Contains("build({"));
  const Model handle = model;
  CHECK_THROWS_AS(handle.weights(), GraphError);
  const Adam optimizer;
  CHECK_THROWS_AS(optimizer.add(model.weights()), GraphError);

  model.build({3});
  CHECK(model.weights().size() == 4);
  CHECK(model.count_params() == 4 * 3 + 4 + 2 * 4 + 2);
  CHECK_NOTHROW(optimizer.add(model.weights()));
}

TEST_CASE("a model whose layers are built only in part does not list that part alone") {
  const Dense first({.units = 4});
  first(ones({1, 3}));
  const Sequential model({Dense({.units = 3, .name = "front"}), first});
  CHECK_THROWS_WITH(model.weights(), Contains("not built") && Contains("front"));
  model(ones({1, 3}));
  CHECK(model.weights().size() == 4);
}

TEST_CASE("a model in the making whose layers are all built lists their weights") {
  const Dense first({.units = 4});
  first(ones({1, 3}));
  CHECK(Sequential({first}).weights().size() == 2);
}

TEST_CASE("an empty Sequential has no weights to list") {
  CHECK_THROWS_WITH(Sequential().weights(), Contains("weights") && Contains("no layers"));
}

TEST_CASE("a built model without weights has an empty list") {
  const Sequential model({Flatten()});
  model.build({2, 3});
  CHECK(model.weights().empty());
  CHECK(model.count_params() == 0);
  CHECK_NOTHROW(model.compile({.optimizer = Adam(), .loss = "mse"}));
  CHECK_NOTHROW(model.evaluate(ones({2, 2, 3}), ones({2, 6})));
}

TEST_CASE("what acts on models before they are built goes on working") {
  const Sequential model({Dense({.units = 4, .name = "first"}), Dense({.units = 3})});
  CHECK_NOTHROW(freeze(model, named("first")));
  CHECK_NOTHROW(model.set_trainable(true));
  CHECK_NOTHROW(freeze(model, named("first")));
  const Model copy = model.clone();
  model.compile({.optimizer = Adam(), .loss = "mse"});
  CHECK_NOTHROW(model.fit(ones({2, 2}), ones({2, 3}), {.verbose = 0}));
  CHECK(model.trainable_weights().size() == 2);
  CHECK(copy.predict(ones({2, 2})).shape() == Shape{2, 3});
}

TEST_CASE("an index out of range of a list of weights is an error with both numbers") {
  const Sequential model({Dense({.units = 2})});
  model.build({3});
  const Parameters weights = model.weights();
  CHECK_THROWS_AS(weights[2], ValueError);
  CHECK_THROWS_WITH(model.weights()[7], Contains("7") && Contains("2 weights"));
  CHECK_THROWS_WITH(model.weights()[static_cast<std::size_t>(-1)], Contains("-1"));
  CHECK(weights[1].name() == "dense/bias");
  Parameters changed = weights;
  changed[0] = weights[1];
  CHECK(changed[0].name() == "dense/bias");
  CHECK_THROWS_WITH(model.non_trainable_weights()[0], Contains("0 weights"));
  CHECK_THROWS_AS(Parameters().front(), ValueError);
  CHECK_THROWS_AS(Parameters().back(), ValueError);
  CHECK(weights.front().name() == "dense/kernel");
  CHECK(weights.back().name() == "dense/bias");
}
