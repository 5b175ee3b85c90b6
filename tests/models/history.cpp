#include "models/support.hpp"
#include "support/catch.hpp"

#include <type_traits>

using namespace frost;

// What fit and evaluate found, read from the result itself: a range-based for keeps no more than what `values()` gives.

TEST_CASE("the values of a temporary history or evaluation outlive it") {
  const Symbol input = Input({1});
  Model model(input, Dense({.units = 1, .use_bias = false})(input));
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse", .metrics = {"mae"}});
  model.set_weights({full({1, 1}, 2.)});
  const Tensor x = tensor({{1.}}), y = tensor({{0.}});

  std::string names;
  double sum = 0;
  for (const auto& [name, value] : model.evaluate(x, y).values()) names += name + " ", sum += value;
  for (const auto& [name, values] : model.fit(x, y, {.epochs = 2, .verbose = 0}).values())
    for (const double value : values) names += name + " ", sum += value;
  for (const double value : model.fit(x, y, {.epochs = 3, .verbose = 0})["loss"]) sum += value;
  CHECK(names == "loss mae loss loss mae mae ");
  CHECK(sum == 6 + 12 + 12);

  STATIC_REQUIRE(!std::is_reference_v<decltype(Evaluation().values())>);
  STATIC_REQUIRE(!std::is_reference_v<decltype(History().values())>);
  STATIC_REQUIRE(!std::is_reference_v<decltype(History()["loss"])>);
  STATIC_REQUIRE(!std::is_reference_v<decltype(freeze_report(model)["dense"])>);
}

TEST_CASE("the values of a history with a name are read where they are") {
  const History history;
  CHECK(&history.values() == &history.values());
}
