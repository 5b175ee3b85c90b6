#include "models/support.hpp"
#include "support/catch.hpp"

#include <limits>

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

// What is wrong is said before the first batch, and nothing is changed by it.

TEST_CASE("fit checks data and options before the first batch") {
  const auto [x, labels, one_hot] = clusters(10);
  const Model model = classifier();
  const Tensors before = model.get_weights();
  const Tensor out_of_range = tensor({0, 1, 2, 3, 0, 1, 2, 0, 1, 2}, DType::int64);
  const Tensor negative = tensor({0, 1, 2, -1, 0, 1, 2, 0, 1, 2}, DType::int64);

  CHECK_THROWS_WITH(model.fit(x, labels.slice(0, 0, 9)), Contains("10") && Contains("9") && Contains("rows"));
  CHECK_THROWS_AS(model.fit(x, labels.slice(0, 0, 9)), ShapeError);
  CHECK_THROWS_WITH(model.fit(x, out_of_range), Contains("label") && Contains("got 3") && Contains("0 to 2"));
  CHECK_THROWS_WITH(model.fit(x, negative), Contains("got -1"));
  CHECK_THROWS_WITH(model.fit(x, one_hot), Contains("(10, 3)") && Contains("categorical_crossentropy"));
  CHECK_THROWS_WITH(model.fit(x, labels.to(DType::float32) + 0.5), Contains("whole numbers"));
  CHECK_THROWS_AS(model.fit(zeros({10, 3}), labels), Error);
  CHECK_THROWS_AS(model.fit(zeros({10}), labels), Error);
  CHECK_THROWS_WITH(model.fit(x.slice(0, 0, 0), labels.slice(0, 0, 0)), Contains("no rows"));
  CHECK_THROWS_AS(model.fit(Tensor(), labels), Error);
  CHECK_THROWS_AS(model.fit({x, x}, labels), Error);
  CHECK_THROWS_WITH(model.fit(x, labels, {.batch_size = 0}), Contains("batch_size") && Contains("got 0"));
  CHECK_THROWS_WITH(model.fit(x, labels, {.epochs = -1}), Contains("epochs"));
  CHECK_THROWS_WITH(model.fit(x, labels, {.validation_split = 1}), Contains("validation_split"));
  CHECK_THROWS_WITH(model.fit(x, labels, {.validation_split = 0.95}), Contains("0 to train on"));
  CHECK_THROWS_WITH(model.fit(x, labels, {.validation_split = 0.5, .validation_data = {x, labels}}),
                    Contains("one of them"));
  CHECK_THROWS_WITH(model.fit(x, labels, {.validation_data = {x, out_of_range}}), Contains("label"));
  CHECK_THROWS_WITH(model.fit(x, labels, {.steps_per_epoch = -1}), Contains("steps_per_epoch"));
  CHECK_THROWS_WITH(model.fit(x, labels, {.callbacks = {EarlyStopping()}}), Contains("val_loss") && Contains("'loss'"));
  CHECK_THROWS_AS(model.fit(x, labels, {.callbacks = {Callback()}}), ValueError);
  CHECK_THROWS_WITH(model.fit(x, labels, {.cache_frozen = CacheFrozen::always}), Contains("cache_frozen"));
  CHECK(same_bits(model.get_weights(), before));
}

TEST_CASE("what is not compiled, or compiled wrongly, says so") {
  const auto [x, labels, one_hot] = clusters(10);
  const Symbol input = Input({2});
  const Model model(input, Dense({.units = 3})(input));
  CHECK_THROWS_WITH(model.fit(x, labels), Contains("compile") && Contains("fit"));
  CHECK_THROWS_WITH(model.evaluate(x, labels), Contains("compile"));
  CHECK_THROWS_AS(model.train_on_batch(x, labels), GraphError);
  CHECK_NOTHROW(model.predict(x));
  CHECK_FALSE(model.optimizer());
  CHECK_THROWS_WITH(model.compile({.optimizer = Adam(), .loss = "msee"}),
                    Contains("msee") && Contains("mean_squared_error"));
  CHECK_THROWS_WITH(model.compile({.optimizer = Adam(), .loss = "mse", .metrics = {"acuracy"}}),
                    Contains("acuracy") && Contains("accuracy"));
  CHECK_THROWS_WITH(model.compile({.optimizer = Adam()}), Contains("no loss"));
  CHECK_THROWS_WITH(model.compile({.optimizer = Adam(), .loss = {"mse", "mae"}}), Contains("2 losses for 1 output;"));
  CHECK_THROWS_WITH(model.compile({.optimizer = Adam(), .loss = "mse", .loss_weights = {1, 2}}),
                    Contains("loss weights"));
  model.compile({.loss = "mse"});
  CHECK_NOTHROW(model.evaluate(x, one_hot));
  CHECK_THROWS_WITH(model.fit(x, one_hot), Contains("optimizer"));
  model.compile({.optimizer = "sgd", .loss = "mse"});
  CHECK(model.optimizer().learning_rate() == 0.01);
  CHECK_THROWS_WITH(model.fit(x, zeros({10, 4})), Contains("(10, 4)") && Contains("3"));
}

TEST_CASE("with everything frozen fit asks whether evaluate was meant") {
  const auto [x, labels, one_hot] = clusters(10);
  const Model model = classifier();
  model.set_trainable(false);
  CHECK_THROWS_WITH(model.fit(x, labels), Contains("0 of 4 weights") && Contains("evaluate()"));
  CHECK_THROWS_WITH(model.train_on_batch(x, labels), Contains("evaluate()"));
  CHECK_NOTHROW(model.evaluate(x, labels));
}

TEST_CASE("a loss that is not finite is an error before its batch moves a weight") {
  const auto [x, labels, one_hot] = clusters(12);
  std::vector<float> values(x.data<float>().begin(), x.data<float>().end());
  values[2 * 9] = std::numeric_limits<float>::quiet_NaN();  // row 9, in the third batch of four rows
  const Tensor damaged = from_vector(values, {12, 2});
  const Model model = classifier(), healthy = classifier();
  CHECK_THROWS_WITH(model.fit(damaged, labels, {.batch_size = 4, .epochs = 3, .verbose = 0, .shuffle = false}),
                    Contains("nan") && Contains("epoch 1") && Contains("batch 3"));
  healthy.fit(x.slice(0, 0, 8), labels.slice(0, 0, 8), {.batch_size = 4, .verbose = 0, .shuffle = false});
  CHECK(same_bits(model.get_weights(), healthy.get_weights()));
}

TEST_CASE("verbose 0 prints nothing, wherever") {
  const auto [x, labels, one_hot] = clusters(10);
  const Model model = classifier();
  CHECK(printed([&, &x = x, &labels = labels] {
          model.fit(x, labels, {.batch_size = 2, .epochs = 2, .verbose = 0, .validation_split = 0.2});
          model.evaluate(x, labels, {.verbose = 0});
          model.predict(x, {.batch_size = 2, .verbose = 0});
        }).empty());
}

TEST_CASE("away from a terminal an epoch is one plain line") {
  const auto [x, labels, one_hot] = clusters(10);
  const Model model = classifier();
  const std::string text = printed(
      [&, &x = x, &labels = labels] { model.fit(x, labels, {.batch_size = 2, .epochs = 3, .validation_split = 0.2}); });
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  for (const char c : text) CHECK((c == '\n' || (c >= ' ' && c <= '~')));
  CHECK_THAT(text, Contains("Epoch 1/3") && Contains("loss: ") && Contains("accuracy: ") && Contains("val_loss: ") &&
                       Contains("/step"));
  const std::string evaluated =
      printed([&, &x = x, &labels = labels] { model.evaluate(x, labels, {.batch_size = 2, .verbose = 1}); });
  CHECK(std::count(evaluated.begin(), evaluated.end(), '\n') == 1);
}
