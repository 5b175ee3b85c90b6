#include "../support/catch.hpp"
#include "support.hpp"

#include <frost/frost.hpp>

using namespace frost;
using io_test::Folder;
using io_test::same_bits;

namespace {

Model small_model() { return Sequential({Input({6}), Dense(5, {.activation = "tanh"}), Dense(4), Dense(3)}); }

struct Data {
  Tensor x = randn({24, 6});
  Tensor y = randn({24, 3});
};

}  // namespace

TEST_CASE("training goes on to the bit from a file with the state of every optimizer, frozen rows among it", "[io]") {
  const Folder folder;
  const Data data;
  const FitOptions two = {.batch_size = 7, .epochs = 2, .verbose = 0};
  for (const char* name :
       {"adadelta", "adafactor", "adagrad", "adam", "adamax", "adamw", "ftrl", "lion", "nadam", "rmsprop", "sgd"}) {
    CAPTURE(name);
    const Model model = small_model();
    model.compile({.optimizer = name, .loss = "mse"});
    model.fit(data.x, data.y, two);
    freeze(model, named("dense"));
    freeze_rows(model.get_layer("dense_1").weights()[0], {0, 2});
    model.fit(data.x, data.y, two);
    thaw_rows(model.get_layer("dense_1").weights()[0], {2});
    model.fit(data.x, data.y, two);
    model.save(folder / "model.frost");
    const Model again = load_model(folder / "model.frost");
    CHECK(again.optimizer().base().config() == model.optimizer().base().config());
    for (const Model& each : {model, again}) {
      thaw(each, named("dense"));
      thaw_rows(each.get_layer("dense_1").weights()[0], {0});
    }
    CHECK(model.fit(data.x, data.y, two)["loss"] == again.fit(data.x, data.y, two)["loss"]);
    CHECK(same_bits(again.get_weights(), model.get_weights()));
  }
}

TEST_CASE("a file keeps the options of an optimizer", "[io]") {
  const Folder folder;
  const Data data;
  for (const Optimizer& optimizer :
       {Optimizer(RMSprop({.learning_rate = 0.02, .momentum = 0.5, .centered = true})),
        Optimizer(AdamW({.weight_decay = 0.5, .amsgrad = true})), Optimizer(Adafactor({.relative_step = false})),
        Optimizer(Ftrl({.learning_rate_power = -0.25, .beta = 0.5, .global_clipnorm = 2}))}) {
    const Model model = small_model();
    model.compile({.optimizer = optimizer, .loss = "mse"});
    model.fit(data.x, data.y, {.verbose = 0});
    model.save(folder / "model.frost");
    const Optimizer again = load_model(folder / "model.frost").optimizer();
    CHECK(again.base().type() == optimizer.base().type());
    CHECK(again.base().config() == optimizer.base().config());
    CHECK(again.state_bytes() == optimizer.state_bytes());
  }
}

TEST_CASE("training on a schedule goes on to the bit from a file", "[io]") {
  const Tensor x = randn({12, 3}), y = randn({12, 2});
  const Model model = Sequential({Input({3}), Dense(2)});
  model.compile(
      {.optimizer =
           AdamW({.learning_rate = CosineDecay(
                      {.initial_learning_rate = 0.01, .decay_steps = 20, .warmup_target = 0.1, .warmup_steps = 5})}),
       .loss = "mse"});
  model.fit(x, y, {.batch_size = 5, .epochs = 3, .verbose = 0});
  const Folder folder;
  model.save(folder / "model.frost");
  const Model again = load_model(folder / "model.frost");
  CHECK(again.optimizer().base().iterations() == 9);
  CHECK(again.optimizer().learning_rate() == model.optimizer().learning_rate());
  for (const Model& each : {model, again}) each.fit(x, y, {.batch_size = 5, .epochs = 3, .verbose = 0});
  CHECK(same_bits(model.get_weights(), again.get_weights()));
}
