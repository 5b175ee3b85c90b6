#include "models/support.hpp"
#include "support/catch.hpp"

#include <functional>

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

// What a callback writes into the data counts from the next batch on, whatever fit made of the data before.

namespace {

constexpr DType f64 = DType::float64;

struct AfterEpoch : CallbackBase {
  explicit AfterEpoch(std::function<void(int epoch)> what) : action(std::move(what)) {}
  void on_epoch_end(Model&, int epoch, const Logs&) override { action(epoch); }
  std::function<void(int)> action;
};

/// A frozen layer and a head of one output; a frozen output stands for one without a cache.
Model regression(bool frozen = true) {
  seed(3);
  const Symbol input = Input({3}, {.dtype = f64});
  const Symbol hidden = Dense({.units = 4, .activation = "tanh", .dtype = f64, .name = "trunk"})(input);
  const Model model(input, Dense({.units = 1, .dtype = f64, .name = "head"})(hidden));
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse", .metrics = {"mae"}});
  if (frozen) freeze(model, named("trunk"));
  return model;
}
Tensor rows(std::uint64_t key, const Shape& shape) { return Generator(key).normal(shape, f64); }

// The ways to write a leaf.
void assign(const Tensor& t, const Tensor& values) { t.assign(values); }
void assign_shown(const Tensor& t, const Tensor& values) {
  const Tensor other = t.detach();  // whoever writes t takes a fresh buffer
  t.assign(values);
}
void assign_twice(const Tensor& t, const Tensor& values) {
  assign_shown(t, zeros(t.shape(), {.dtype = t.dtype()}));
  assign_shown(t, values);
}
void write_elements(Tensor t, const Tensor& values) {
  const auto from = values.data<double>();
  std::copy(from.begin(), from.end(), t.mutable_data<double>().begin());
}
void assign_in_parts(const Tensor& t, const Tensor& values) {
  t.assign_at(0, values[0]);
  t.assign_slice(0, 1, t.shape()[0], values.slice(0, 1, t.shape()[0]));
}
const std::vector<std::function<void(const Tensor&, const Tensor&)>> ways = {assign, assign_shown, assign_twice,
                                                                             write_elements, assign_in_parts};

}  // namespace

TEST_CASE("features of an x that a callback wrote are those of the new values") {
  const auto way = GENERATE(range(0, 5));
  const auto mode = GENERATE(CacheFrozen::never, CacheFrozen::always);
  const Tensor before = rows(1, {12, 3}), after = rows(2, {12, 3}), y = rows(3, {12, 1});
  const FitOptions each = {.batch_size = 5, .epochs = 1, .verbose = 0, .shuffle = false};
  const Model expected = regression();
  std::vector<double> losses = expected.fit(before, y, each)["loss"];
  for (int epoch = 0; epoch < 2; ++epoch) losses.push_back(expected.fit(after, y, each)["loss"][0]);

  const Model model = regression();
  const Tensor x = before.clone();
  FitOptions o = each;
  o.epochs = 3;
  o.cache_frozen = mode;
  o.callbacks = {callback<AfterEpoch>([&](int epoch) {
    if (epoch == 0) ways[static_cast<std::size_t>(way)](x, after);
  })};
  CHECK(model.fit(x, y, o)["loss"] == losses);
}

TEST_CASE("an x that a callback writes in the middle of an epoch counts from the next batch on") {
  struct AfterBatch : CallbackBase {
    explicit AfterBatch(std::function<void()> what) : action(std::move(what)) {}
    void on_batch_end(Model&, int batch, const Logs&) override {
      if (batch == 1) action();
    }
    std::function<void()> action;
  };
  const Tensor before = rows(1, {12, 3}), y = rows(3, {12, 1});
  std::vector<std::vector<double>> losses;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::always}) {
    const Tensor x = before.clone();
    int written = 4;
    FitOptions o = {.batch_size = 4, .epochs = 5, .verbose = 0, .shuffle = false, .cache_frozen = mode};
    o.callbacks = {callback<AfterBatch>([&] { x.assign(rows(static_cast<std::uint64_t>(++written), {12, 3})); })};
    losses.push_back(regression().fit(x, y, o)["loss"]);
  }
  CHECK(losses[0] == losses[1]);
  CHECK(losses[0][0] != losses[0][1]);
}

TEST_CASE("data that a callback writes are split, weighted and converted anew") {
  const auto mode = GENERATE(CacheFrozen::never, CacheFrozen::always);
  enum Part { split_x, split_y, weights, narrow_y, flat_y, validation_x, validation_y };
  const auto part = GENERATE(split_x, split_y, weights, narrow_y, flat_y, validation_x, validation_y);
  CAPTURE(static_cast<int>(part));
  struct Data {
    Tensor x, y, w, vx, vy;
  };
  const Data first = {rows(1, {12, 3}), rows(2, {12, 1}), abs(rows(3, {12})), rows(4, {5, 3}), rows(5, {5, 1})};
  Data then = first;
  switch (part) {
    case split_x:
      then.x = rows(6, {12, 3});
      break;
    case split_y:
    case narrow_y:
    case flat_y:
      then.y = rows(6, {12, 1});
      break;
    case weights:
      then.w = abs(rows(6, {12}));
      break;
    case validation_x:
      then.vx = rows(6, {5, 3});
      break;
    case validation_y:
      then.vy = rows(6, {5, 1});
      break;
  }
  const auto targets = [&](const Tensor& y) {
    return part == narrow_y ? y.to(DType::float32) : part == flat_y ? y.reshape({12}).clone() : y.clone();
  };
  const auto options = [&](const Data& d, int epochs) {
    FitOptions o = {.batch_size = 4, .epochs = epochs, .verbose = 0, .shuffle = false, .sample_weight = d.w};
    if (part == split_x || part == split_y) o.validation_split = 0.25;
    if (part == validation_x || part == validation_y) o.validation_data = {d.vx, d.vy};
    o.cache_frozen = mode;
    return o;
  };
  const auto run = [](const Model& model, const Data& d, const Tensor& y, FitOptions o) {
    const auto values = model.fit(d.x, y, o).values();
    return values;
  };
  const Model expected = regression();
  FitOptions alone = options(first, 1);
  alone.cache_frozen = CacheFrozen::never;
  auto values = run(expected, first, targets(first.y), alone);
  alone = options(then, 2);
  alone.cache_frozen = CacheFrozen::never;
  for (const auto& [name, more] : run(expected, then, targets(then.y), alone))
    values[name].insert(values[name].end(), more.begin(), more.end());

  const Data d = {first.x.clone(), Tensor(), first.w.clone(), first.vx.clone(), first.vy.clone()};
  const Tensor y = targets(first.y);
  FitOptions o = options(d, 3);
  o.callbacks = {callback<AfterEpoch>([&](int epoch) {
    if (epoch != 0) return;
    d.x.assign(then.x);
    y.assign(targets(then.y));
    d.w.assign(then.w);
    d.vx.assign(then.vx);
    d.vy.assign(then.vy);
  })};
  CHECK(run(regression(), d, y, o) == values);
}

TEST_CASE("labels that a callback writes are checked before their batch") {
  const Tensor x = rows(1, {6, 3}), labels = tensor({0, 1, 2, 0, 1, 2}, DType::int64);
  const Symbol input = Input({3}, {.dtype = f64});
  const Model model(input, Dense({.units = 3, .activation = "softmax", .dtype = f64})(input));
  model.compile({.optimizer = SGD(), .loss = "sparse_categorical_crossentropy"});
  const auto write = callback<AfterEpoch>([&](int) { labels.assign(tensor({0, 1, 2, 0, 1, 3}, DType::int64)); });
  CHECK_THROWS_WITH(model.fit(x, labels, {.epochs = 2, .verbose = 0, .callbacks = {write}}),
                    Contains("label") && Contains("got 3"));
}

TEST_CASE("what was cached of data that are written is dropped, which is said, and cached anew") {
  const Tensor x = rows(1, {12, 3}), y = rows(3, {12, 1});
  std::vector<std::int64_t> products;
  struct Count : CallbackBase {
    explicit Count(std::vector<std::int64_t>& c) : counts(c) {}
    void on_epoch_begin(Model&, int) override { reset_kernel_counts(); }
    void on_epoch_end(Model&, int, const Logs&) override { counts.push_back(kernel_counts()["tanh"]); }
    std::vector<std::int64_t>& counts;
  };
  FitOptions o = {.batch_size = 6, .epochs = 4, .verbose = 1, .shuffle = false};
  o.callbacks = {callback<Count>(products), callback<AfterEpoch>([&](int epoch) {
                   if (epoch == 1) x.assign(rows(7, {12, 3}));
                 })};
  const std::string text = printed([&] { regression().fit(x, y, o); });
  CHECK_THAT(text, Contains("fit: the cached outputs of frozen layers are dropped: x was written"));
  CHECK(products == std::vector<std::int64_t>{2, 0, 2, 0});
}

TEST_CASE("fit takes data as data: no gradient reaches them") {
  const Tensor x = rows(1, {8, 3}).set_requires_grad(true), y = rows(2, {8, 1}).set_requires_grad(true);
  const Tensor w = abs(rows(3, {8})).set_requires_grad(true);
  const Model model = regression();
  const History h = model.fit(
      x, y, {.batch_size = 3, .epochs = 2, .verbose = 0, .sample_weight = w, .cache_frozen = CacheFrozen::always});
  CHECK(h.epochs() == 2);
  model.train_on_batch(x, y);
  for (const Tensor& t : {x, y, w}) CHECK_FALSE(t.has_grad());
  // A computed x has a tape that a second batch could not go through again.
  CHECK_NOTHROW(model.fit(x * 2., y, {.batch_size = 3, .epochs = 2, .verbose = 0}));
}
