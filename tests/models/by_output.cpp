#include "models/support.hpp"
#include "support/catch.hpp"

#include <frost/io.hpp>

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

// Losses, weights and metrics that are for outputs by name.

namespace {

const LossFunction squares = [](const Tensor& t, const Tensor& p) { return square(t - p); };

Model person() {
  seed(8);
  const Symbol input = Input({3});
  const Symbol features = Dense({.units = 4, .activation = "tanh", .name = "features"})(input);
  return Model(input, {Dense({.units = 1, .name = "age"})(features),
                       Dense({.units = 1, .activation = "sigmoid", .name = "sex"})(features)});
}
struct People {
  Tensor x = Generator(2).normal({12, 3});
  Tensor age = sum(x, 1) + 2.;
  Tensor sex = (sum(x, 1) > 0.).to(DType::int64);
};
std::vector<std::string> keys(const Logs& logs) {
  std::vector<std::string> all;
  for (const auto& entry : logs) all.push_back(entry.first);
  return all;
}
using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("losses, weights and metrics by name are those of the outputs in any order") {
  const People p;
  const Model named = person(), listed = person();
  named.compile({.optimizer = Adam({.learning_rate = 0.01}),
                 .loss = {{"sex", "binary_crossentropy"}, {"age", "mse"}},
                 .loss_weights = {{"age", 0.5}},
                 .metrics = {{"sex", "accuracy"}, {"age", "mae"}}});
  listed.compile(
      {.optimizer = Adam({.learning_rate = 0.01}), .loss = {"mse", "binary_crossentropy"}, .loss_weights = {0.5, 1}});
  const FitOptions options = {.batch_size = 5, .epochs = 3, .verbose = 0, .shuffle = false};
  const History a = named.fit(p.x, {p.age, p.sex}, options), b = listed.fit(p.x, {p.age, p.sex}, options);
  CHECK(a["loss"] == b["loss"]);
  CHECK(a["age_loss"] == b["age_loss"]);
  CHECK(a["sex_loss"] == b["sex_loss"]);
  CHECK(same_bits(named.get_weights(), listed.get_weights()));
  const Evaluation e = named.evaluate(p.x, {p.age, p.sex});
  CHECK(keys(e.values()) == Keys{"age_loss", "age_mae", "loss", "sex_accuracy", "sex_loss"});
  CHECK(e["loss"] == Approx(0.5 * e["age_loss"] + e["sex_loss"]));
  const Tensor ages = named.predict_all(p.x)[0];
  CHECK(e["age_mae"] == Approx(mean(abs(ages - expand_dims(p.age, 1))).item<double>()).epsilon(1e-5));
}

TEST_CASE("a map of one entry names an output, and is no list of two losses") {
  const People p;
  const Model model = person();
  model.compile(
      {.optimizer = SGD(), .loss = {{"age", "mse"}}, .loss_weights = {{"age", 2}}, .metrics = {{"age", "mae"}}});
  CHECK(keys(model.evaluate(p.x, {p.age, p.sex}).values()) == Keys{"age_loss", "age_mae", "loss"});
  const std::string output = "sex", loss = "binary_crossentropy";
  model.compile({.optimizer = SGD(), .loss = {{output, loss}}, .metrics = {{output, "accuracy"}}});
  CHECK(keys(model.evaluate(p.x, {p.age, p.sex}).values()) == Keys{"loss", "sex_accuracy", "sex_loss"});
  const Losses losses = {{"age", "mse"}};
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].output() == "age");
  CHECK(losses[0].name() == "mse");
  CHECK(Losses({"mse", "mae"}).size() == 2);
  CHECK(Losses({"mse", "mae"})[0].output().empty());
}

TEST_CASE("an output without a loss is not trained on and needs no targets") {
  const People p;
  const Model model = person();
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = {{"sex", "binary_crossentropy"}}});
  const Tensors before = model.get_weights();
  for (const TensorList& y : {TensorList({p.age, p.sex}), TensorList(p.sex), TensorList({Tensor(), p.sex})}) {
    const History h = model.fit(p.x, y, {.epochs = 2, .verbose = 0, .validation_split = 0.25});
    CHECK(keys(model.evaluate(p.x, y).values()) == Keys{"loss", "sex_loss"});
    CHECK(h["loss"] == h["sex_loss"]);
  }
  CHECK(same_bits(model.get_layer("age").get_weights()[0], before[2]));
  CHECK_FALSE(same_bits(model.get_weights()[0], before[0]));
  CHECK_THROWS_WITH(model.fit(p.x, {p.age, p.sex, p.sex}), Contains("2 outputs") && Contains("got 3"));
}

TEST_CASE("an output without a loss may have metrics") {
  const People p;
  const Model model = person();
  model.compile({.optimizer = SGD(), .loss = {{"sex", "binary_crossentropy"}}, .metrics = {{"age", {"mae", "mse"}}}});
  const Evaluation e = model.evaluate(p.x, {p.age, p.sex});
  CHECK(keys(e.values()) == Keys{"age_mae", "age_mse", "loss", "sex_loss"});
  CHECK_THROWS_AS(model.evaluate(p.x, p.sex), ValueError);
}

TEST_CASE("an empty loss in a list leaves its output out") {
  const People p;
  const Model model = person();
  model.compile({.optimizer = SGD(), .loss = {Loss(), "binary_crossentropy"}});
  CHECK(keys(model.evaluate(p.x, p.sex).values()) == Keys{"loss", "sex_loss"});
  CHECK_THROWS_WITH(model.compile({.optimizer = SGD(), .loss = {Loss(), Loss()}}), Contains("none of the outputs"));
}

TEST_CASE("several metrics and functions stand for an output by name") {
  const People p;
  const Model model = person();
  model.compile({.optimizer = SGD(),
                 .loss = {{"age", squares}, {"sex", "mse"}},
                 .metrics = {{"age", {"mae", "mse"}}, {"sex", squares}}});
  const Evaluation e = model.evaluate(p.x, {p.age, p.sex});
  CHECK(keys(e.values()) == Keys{"age_loss", "age_mae", "age_mse", "loss", "sex_loss", "sex_metric"});
  CHECK(e["age_loss"] == Approx(e["age_mse"]));
  CHECK(e["sex_metric"] == Approx(e["sex_loss"]));
  model.compile({.optimizer = SGD(), .loss = "mse", .metrics = {{"age", {Metric("squares", squares), "mae"}}}});
  CHECK(model.evaluate(p.x, {p.age, p.sex}).contains("age_squares"));
}

TEST_CASE("a function with a name that is no output's is a metric of every output") {
  const People p;
  const Model model = person();
  model.compile({.optimizer = SGD(), .loss = "mse", .metrics = {{"own", squares}}});
  CHECK(keys(model.evaluate(p.x, {p.age, p.sex}).values()) ==
        Keys{"age_loss", "age_own", "loss", "sex_loss", "sex_own"});
}

TEST_CASE("two metrics of one name are told apart") {
  const People p;
  const Model model = person();
  model.compile({.optimizer = SGD(), .loss = "mse", .metrics = {squares, squares}});
  CHECK(model.evaluate(p.x, {p.age, p.sex}).contains("age_metric_1"));
}

TEST_CASE("what compile is told of outputs that are not there is an error that lists them") {
  const Model model = person();
  const auto outputs = [](const CompileOptions& options) {
    try {
      person().compile(options);
    } catch (const ValueError& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  for (const std::string& text :
       {outputs({.loss = {{"ages", "mse"}}}), outputs({.loss = "mse", .loss_weights = {{"ages", 1.}}}),
        outputs({.loss = "mse", .metrics = {{"ages", "mae"}}}),
        outputs({.loss = "mse", .metrics = {{"age", "mae"}, {"ages", squares}}})})
    CHECK_THAT(text, Contains("'ages'") && Contains("'age', 'sex'"));
  CHECK_THAT(outputs({.loss = {{"age", "mse"}, {"age", "mae"}}}), Contains("two") && Contains("'age'"));
  CHECK_THAT(outputs({.loss = {{"age", "mse"}, "mae"}}), Contains("1 of 2 entries"));
  CHECK_THAT(outputs({.loss = {{"age", "msee"}}}), Contains("unknown loss 'msee'"));
  CHECK_THAT(outputs({.loss = "mse", .metrics = {{"age", "accurate"}}}), Contains("unknown metric 'accurate'"));
  CHECK_THROWS_WITH(model.fit(ones({1, 3}), {ones({1}), ones({1})}), Contains("not compiled"));
}

TEST_CASE("a model with one output takes its name, a Sequential before it is built too") {
  const Sequential model({Dense({.units = 2}), Dense({.units = 1, .name = "y"})});
  model.compile({.optimizer = SGD(), .loss = {{"y", "mse"}}, .metrics = {{"y", "mae"}}});
  CHECK(keys(model.evaluate(ones({3, 2}), ones({3})).values()) == Keys{"loss", "mae"});
  CHECK_THROWS_WITH(model.compile({.loss = {{"z", "mse"}}}), Contains("'z'") && Contains("'y'"));
}

TEST_CASE("what was compiled by name is in the model's file") {
  const std::string path = "/tmp/frost-by-output-" + std::to_string(::getpid()) + ".frost";
  const People p;
  const Model model = person();
  model.compile({.optimizer = Adam(),
                 .loss = {{"sex", "binary_crossentropy"}},
                 .loss_weights = {{"sex", 3.}},
                 .metrics = {{"age", {"mae", "mse"}}, {"sex", "accuracy"}}});
  model.fit(p.x, {p.age, p.sex}, {.verbose = 0});
  model.save(path);
  const Model again = load_model(path);
  std::remove(path.c_str());
  CHECK(again.evaluate(p.x, {p.age, p.sex}).values() == model.evaluate(p.x, {p.age, p.sex}).values());
  const FitOptions options = {.batch_size = 4, .verbose = 0};
  CHECK(again.fit(p.x, {p.age, p.sex}, options).values() == model.fit(p.x, {p.age, p.sex}, options).values());
}

TEST_CASE("a frozen front is cached where an output has no loss") {
  const People p;
  const auto train = [&](CacheFrozen cache) {
    const Model model = person();
    freeze(model, named("features"));
    model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = {{"sex", "binary_crossentropy"}}});
    return model.fit(p.x, p.sex, {.batch_size = 4, .epochs = 3, .verbose = 0, .cache_frozen = cache})["loss"];
  };
  CHECK(train(CacheFrozen::always) == train(CacheFrozen::never));
}

TEST_CASE("callbacks watch what is reported by name") {
  const People p;
  const Model model = person();
  model.compile({.optimizer = SGD(), .loss = {{"age", "mse"}, {"sex", "mse"}}, .metrics = {{"age", "mae"}}});
  CHECK_NOTHROW(
      model.fit(p.x, {p.age, p.sex},
                {.verbose = 0, .callbacks = {EarlyStopping({.monitor = "val_age_mae"})}, .validation_split = 0.5}));
}
