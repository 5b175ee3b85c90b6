#include "models/support.hpp"
#include "support/catch.hpp"

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

// Losses and metrics that are functions get targets as the built-in ones do.

namespace {

const LossFunction squares = [](const Tensor& t, const Tensor& p) { return square(t - p); };
const LossFunction mean_of_squares = [](const Tensor& t, const Tensor& p) { return mean(square(t - p)); };

Model line(const Losses& loss, const std::vector<Metric>& metrics = {}, bool column = true) {
  const Symbol input = Input({2});
  Symbol y = Dense({.units = 1, .kernel_initializer = constant(0.5), .name = "dense"})(input);
  if (!column) y = Reshape({})(y);
  const Model model(input, y);
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = loss, .metrics = metrics});
  return model;
}

Tensor points(std::int64_t rows) { return Generator(3).normal({rows, 2}); }

}  // namespace

TEST_CASE("a loss that is a function trains on flat targets and columns as mse does") {
  const Tensor x = points(7), flat = sum(x, 1) + 1., column = expand_dims(flat, -1);
  for (const bool is_column : {true, false})
    for (const Tensor& y : {flat, column})
      for (const LossFunction& function : {squares, mean_of_squares}) {
        const Model ours = line(function, {{"own", function}}, is_column), theirs = line("mse", {}, is_column);
        const History h = ours.fit(x, y, {.batch_size = 3, .epochs = 2, .verbose = 0, .shuffle = false});
        const History wanted = theirs.fit(x, y, {.batch_size = 3, .epochs = 2, .verbose = 0, .shuffle = false});
        CHECK(h["loss"][1] == Approx(wanted["loss"][1]).epsilon(1e-5));
        CHECK(h["own"][1] == Approx(wanted["loss"][1]).epsilon(1e-5));
        CHECK(max(abs(ours.get_weights()[0] - theirs.get_weights()[0])).item<double>() < 1e-5);
        CHECK(ours.evaluate(x, y)["own"] == Approx(theirs.evaluate(x, y)["loss"]).epsilon(1e-5));
      }
}

TEST_CASE("a metric that is a function gets flat targets as columns beside a built-in loss") {
  const Tensor x = points(5), flat = sum(x, 1);
  const Model model = line("mae", {{"own", [](const Tensor& t, const Tensor& p) { return abs(t - p); }}});
  const Evaluation found = model.evaluate(x, flat);
  CHECK(found["own"] == Approx(found["loss"]).epsilon(1e-6));
}

TEST_CASE("targets of a sequence lose or gain their last axis too") {
  const Symbol input = Input({4, 2});
  const Model model(input, Dense({.units = 1})(input));
  model.compile({.optimizer = SGD(), .loss = squares});
  const Tensor x = Generator(1).normal({3, 4, 2}), y = sum(x, 2);
  const double loss = model.evaluate(x, y)["loss"];
  CHECK(loss == Approx(model.evaluate(x, expand_dims(y, -1))["loss"]));
  model.compile({.optimizer = SGD(), .loss = "mse"});
  CHECK(loss == Approx(model.evaluate(x, y)["loss"]).epsilon(1e-5));
}

TEST_CASE("with sample weights and masks functions get targets of the output's rank") {
  const Tensor x = points(6), flat = sum(x, 1), weights = tensor({1., 2., 0., 1., 3., 1.});
  const Model ours = line(squares), theirs = line("mse");
  const FitOptions options = {.batch_size = 6, .verbose = 0, .sample_weight = weights};
  CHECK(ours.fit(x, flat, options)["loss"][0] == Approx(theirs.fit(x, flat, options)["loss"][0]).epsilon(1e-5));

  const auto masked = [](const Losses& loss) {
    const Symbol input = Input({4, 2});
    const Model model(input, Dense({.units = 1, .kernel_initializer = constant(0.5)})(Masking()(input)));
    model.compile({.optimizer = SGD(), .loss = loss, .metrics = {{"own", squares}}});
    return model;
  };
  Tensor steps = Generator(1).normal({3, 4, 2});
  steps = steps * tensor({{1., 1., 0., 0.}, {1., 1., 1., 0.}, {1., 1., 1., 1.}}).reshape({3, 4, 1});
  const Tensor y = sum(steps, 2) + 1.;
  const Evaluation own = masked(squares).evaluate(steps, y), built_in = masked("mse").evaluate(steps, y);
  CHECK(own["loss"] == Approx(built_in["loss"]).epsilon(1e-5));
  CHECK(own["own"] == Approx(built_in["loss"]).epsilon(1e-5));
}

TEST_CASE("a function's loss of every row for every row is refused") {
  const Tensor x = points(5), y = sum(x, 1);
  const LossFunction crossed = [](const Tensor& t, const Tensor& p) { return square(t.reshape({-1}) - p); };
  const Model model = line(crossed);
  const Tensors before = model.get_weights();
  for (const auto& run :
       std::vector<std::function<void()>>{[&] { model.fit(x, y, {.verbose = 0}); },
                                          [&] { model.fit(x, y, {.verbose = 0, .sample_weight = ones({5})}); },
                                          [&] { model.train_on_batch(x, y); }, [&] { model.evaluate(x, y); }}) {
    CHECK_THROWS_AS(run(), ShapeError);
    CHECK_THROWS_WITH(run(), Contains("loss") && Contains("(5, 5)") && Contains("broadcast") && Contains("(5, 1)"));
  }
  CHECK(same_bits(model.get_weights(), before));

  const Model measured = line("mse", {{"crossed", crossed}});
  CHECK_THROWS_WITH(measured.evaluate(x, y), Contains("crossed") && Contains("(5, 5)") && Contains("broadcast"));
}

TEST_CASE("a square result is right where the outputs are square") {
  const Symbol input = Input({4});
  const Model model(input, Dense({.units = 4})(input));
  model.compile({.optimizer = SGD(), .loss = squares, .metrics = {{"own", squares}}});
  const Tensor x = Generator(1).normal({4, 4});
  CHECK_NOTHROW(model.fit(x, x, {.verbose = 0}));
  CHECK(model.evaluate(x, x)["own"] == Approx(model.evaluate(x, x)["loss"]));
}

TEST_CASE("labels reach a function as they are given") {
  const auto [x, labels, one_hot] = clusters(9);
  const Symbol input = Input({2});
  const Model model(input, Dense({.units = 3, .activation = "softmax"})(input));
  Shape seen;
  DType dtype = DType::boolean;
  model.compile({.optimizer = SGD(), .loss = [&](const Tensor& t, const Tensor& p) {
                   seen = t.shape();
                   dtype = t.dtype();
                   return sparse_categorical_crossentropy(t, p);
                 }});
  model.train_on_batch(x, labels);
  CHECK(seen == Shape{9});
  CHECK(dtype == DType::int64);
}

TEST_CASE("float targets reach a function in the dtype of the output") {
  const Tensor x = points(5), y = sum(x, 1);
  const Model model = line(squares, {{"own", squares}});
  const Evaluation found = model.train_on_batch(x, y.to(DType::float64));
  CHECK(found["own"] == Approx(found["loss"]));
}
