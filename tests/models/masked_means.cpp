#include "models/support.hpp"
#include "support/catch.hpp"

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

// Losses and metrics are means over what counts: rows, or the steps that a mask leaves. Batch sizes change nothing.

namespace {

constexpr DType f64 = DType::float64;

/// Sequences of numbers, 0 being no step, and a number for each step: scale·x + shift.
Model per_step(double scale, double shift, const std::vector<Metric>& metrics = {"mae"}) {
  const Symbol input = Input({-1, 1}, {.dtype = f64});
  const Model model(input, Dense({.units = 1, .dtype = f64})(Masking({.mask_value = 0})(input)));
  model.set_weights({full({1, 1}, scale, {.dtype = f64}), full({1}, shift, {.dtype = f64})});
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse", .metrics = metrics});
  return model;
}
Tensor sequences(const std::vector<std::vector<double>>& rows) {
  std::vector<double> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  return from_vector(all, {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size()), 1});
}
Tensor rows(std::uint64_t key, const Shape& shape) { return Generator(key).normal(shape, f64); }

const Tensor x = sequences({{1, 2, 3, 4}, {5, 0, 0, 0}, {1, 3, 0, 0}, {0, 0, 0, 0}, {2, 2, 2, 0}});
const Tensor y = sequences({{1, 2, 3, 4}, {4, 9, 9, 9}, {2, 5, 9, 9}, {9, 9, 9, 9}, {2, 2, 5, 9}});
// With the identity the errors of the ten steps that count: 0 0 0 0, 1, 1 2, 0 0 3.
constexpr double mae = 7. / 10, mse = 15. / 10;

}  // namespace

TEST_CASE("losses and metrics of masked sequences do not depend on the batch size") {
  const auto size = GENERATE(1, 2, 3, 4, 5);
  const Model model =
      per_step(1, 0, {"mae", "mse", Metric("mean", [](const Tensor& t, const Tensor& p) { return mean(abs(t - p)); })});
  const Evaluation e = model.evaluate(x, y, {.batch_size = size});
  CHECK(e["loss"] == Approx(mse).epsilon(1e-12));
  CHECK(e["mae"] == Approx(mae).epsilon(1e-12));
  CHECK(e["mse"] == Approx(mse).epsilon(1e-12));
  CHECK(e["mean"] == Approx(mae).epsilon(1e-12));
  const History h =
      model.fit(x, y, {.batch_size = size, .verbose = 0, .validation_data = {x, y}, .validation_batch_size = 2});
  for (const char* prefix : {"", "val_"}) {
    CHECK(h[prefix + std::string("loss")][0] == Approx(mse).epsilon(1e-12));
    CHECK(h[prefix + std::string("mae")][0] == Approx(mae).epsilon(1e-12));
  }
}

TEST_CASE("penalties are means over rows, however many steps of them count and however rows are batched") {
  const auto size = GENERATE(1, 2, 3, 4, 5);
  const Symbol input = Input({-1, 1}, {.dtype = f64});
  const Layer dense = Dense(
      {.units = 1, .use_bias = false, .kernel_regularizer = L2(0.25), .activity_regularizer = L2(0.5), .dtype = f64});
  const Model model(input, dense(Masking({.mask_value = 0})(input)));
  model.set_weights({ones({1, 1}, {.dtype = f64})});
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse", .metrics = {"mae"}});
  // 0.5 Σx² of a batch over its rows, the mean over five rows: 0.5·77/5, although ten steps count; and 0.25·1².
  const double expected = mse + 0.5 * 77 / 5 + 0.25;
  CHECK(model.evaluate(x, y, {.batch_size = size})["loss"] == Approx(expected).epsilon(1e-12));
  CHECK(model.evaluate(x, y, {.batch_size = size})["mae"] == Approx(mae).epsilon(1e-12));
  const History h =
      model.fit(x, y, {.batch_size = size, .verbose = 0, .validation_data = {x, y}, .validation_batch_size = 2});
  CHECK(h["loss"][0] == Approx(expected).epsilon(1e-12));
  CHECK(h["val_loss"][0] == Approx(expected).epsilon(1e-12));
}

TEST_CASE("a batch that is masked altogether has a loss and a gradient of 0, and counts for nothing") {
  const Model model = per_step(2, 1);
  model.compile({.optimizer = SGD({.learning_rate = 1}), .loss = "mse", .metrics = {"mae"}});
  const Tensors before = model.get_weights();
  const Evaluation e = model.train_on_batch(x.slice(0, 3, 4), y.slice(0, 3, 4));
  CHECK(e["loss"] == 0);
  CHECK(e["mae"] == 0);
  for (std::size_t i = 0; i < 2; ++i) CHECK(max(abs(model.get_weights()[i] - before[i])).item<double>() == 0);
}

TEST_CASE("the gradient of a masked loss is that of the mean over the steps that count") {
  const Model model = per_step(2, 1);
  model.compile({.optimizer = SGD({.learning_rate = 1}), .loss = "mse"});
  model.train_on_batch(x, y);
  const Tensor steps = tensor({1., 2., 3., 4., 5., 1., 3., 2., 2., 2.}).to(f64);
  const Tensor goals = tensor({1., 2., 3., 4., 4., 2., 5., 2., 2., 5.}).to(f64);
  const Tensor error = steps * 2. + 1. - goals;
  CHECK(model.get_weights()[0].item<double>() == Approx(2 - 2 * mean(error * steps).item<double>()).epsilon(1e-12));
  CHECK(model.get_weights()[1].item<double>() == Approx(1 - 2 * mean(error).item<double>()).epsilon(1e-12));
}

TEST_CASE("sample weights multiply a masked loss, which is still divided by the steps that count") {
  const auto size = GENERATE(1, 2, 5);
  const Model model = per_step(1, 0);
  const Tensor weights = tensor({1., 2., 3., 100., 0.5}).to(f64);
  const History h = model.fit(x, y, {.batch_size = size, .verbose = 0, .sample_weight = weights});
  CHECK(h["loss"][0] == Approx((2 * 1 + 3 * 5 + 0.5 * 9) / 10).epsilon(1e-12));
  CHECK(h["mae"][0] == Approx(mae).epsilon(1e-12));  // metrics are not weighted
}

TEST_CASE("each output is divided by the steps of its own mask") {
  const auto size = GENERATE(1, 2, 5);
  const Symbol a = Input({4, 1}, {.dtype = f64}), b = Input({4, 1}, {.dtype = f64});
  const auto scaled = [](const char* name) { return Dense({.units = 1, .dtype = f64, .name = name}); };
  const Model model({a, b}, {scaled("one")(Masking()(a)), scaled("two")(Masking()(b)),
                             scaled("last")(GRU({.units = 2, .dtype = f64})(Masking()(a)))});
  for (const char* name : {"one", "two"})
    model.get_layer(name).set_weights({ones({1, 1}, {.dtype = f64}), zeros({1}, {.dtype = f64})});
  model.compile(
      {.optimizer = SGD({.learning_rate = 0}), .loss = "mse", .loss_weights = {1, 0.5, 2}, .metrics = {"mae"}});
  const Tensor other = sequences({{0, 0, 0, 0}, {1, 1, 1, 1}, {0, 0, 0, 0}, {2, 0, 0, 0}, {0, 0, 0, 0}});
  const Tensor goal = sequences({{1, 1, 1, 1}, {1, 2, 3, 1}, {9, 9, 9, 9}, {6, 9, 9, 9}, {9, 9, 9, 9}});
  const Tensor last = rows(4, {5, 1});
  const Evaluation e = model.evaluate({x, other}, {y, goal, last}, {.batch_size = size});
  CHECK(e["one_loss"] == Approx(mse).epsilon(1e-12));
  CHECK(e["two_loss"] == Approx((1 + 4 + 16) / 5.).epsilon(1e-12));
  CHECK(e["two_mae"] == Approx((1 + 2 + 4) / 5.).epsilon(1e-12));
  const Tensor p = model.predict_all({x, other})[2];
  CHECK(e["last_loss"] == Approx(mean(square(p - last)).item<double>()).epsilon(1e-12));
  CHECK(e["loss"] == Approx(e["one_loss"] + 0.5 * e["two_loss"] + 2 * e["last_loss"]).epsilon(1e-12));
}

TEST_CASE("penalties stand beside a masked loss and are means over the rows") {
  const Symbol input = Input({4, 1}, {.dtype = f64});
  const Model model(input,
                    Dense({.units = 1, .kernel_regularizer = L2(0.25), .activity_regularizer = L1(0.5), .dtype = f64})(
                        Masking()(input)));
  model.set_weights({ones({1, 1}, {.dtype = f64}), zeros({1}, {.dtype = f64})});
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse"});
  const double activity = 0.5 * sum(abs(x)).item<double>() / 5;
  for (const std::int64_t size : {1, 2, 5})
    CHECK(model.evaluate(x, y, {.batch_size = size})["loss"] == Approx(mse + 0.25 + activity).epsilon(1e-12));
}

TEST_CASE("masks, weights, several outputs and penalties are reported with the cache as without") {
  const auto shuffle = GENERATE(false, true);
  std::vector<History> histories;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::always}) {
    seed(8);
    const Symbol input = Input({4}, {.dtype = DType::int64});
    Symbol s = Embedding({.input_dim = 5, .output_dim = 3, .mask_zero = true, .dtype = f64, .name = "words"})(input);
    s = LSTM({.units = 3, .return_sequences = true, .dtype = f64, .name = "lstm"})(s);
    const Symbol free = BatchNormalization({.dtype = f64})(s);
    const Model model(input, {Dense({.units = 3, .activation = "softmax", .dtype = f64, .name = "tags"})(free),
                              Dense({.units = 1, .activity_regularizer = L2(0.1), .dtype = f64, .name = "sum"})(
                                  GRU({.units = 2, .kernel_regularizer = L2(0.1), .dtype = f64})(s))});
    model.compile({.optimizer = Adam({.learning_rate = 0.01}),
                   .loss = {"sparse_categorical_crossentropy", "mse"},
                   .loss_weights = {1, 0.3},
                   .metrics = {"mae"}});
    freeze(model, names({"words", "lstm"}));
    Generator random(3);
    const Tensor words = random.integers(0, 5, {14, 4}), tags = random.integers(0, 3, {14, 4});
    const Tensor sums = random.normal({14, 1}, f64), weights = random.uniform({14}, 0, 2, f64);
    model.compile({.optimizer = Adam({.learning_rate = 0.01}),
                   .loss = {"sparse_categorical_crossentropy", "mse"},
                   .loss_weights = {1, 0.3}});
    histories.push_back(model.fit(words, {tags, sums},
                                  {.batch_size = 3,
                                   .epochs = 5,
                                   .verbose = 0,
                                   .validation_split = 0.3,
                                   .shuffle = shuffle,
                                   .sample_weight = weights,
                                   .steps_per_epoch = 2,
                                   .cache_frozen = mode}));
  }
  for (const auto& [name, values] : histories[0].values())
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(histories[1][name][i] == Approx(values[i]).epsilon(1e-10));
}
