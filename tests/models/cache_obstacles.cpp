#include "models/support.hpp"
#include "support/catch.hpp"

#include <frost/autograd/abstract.hpp>

#include <thread>

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;

Tensor rows(std::uint64_t key, const Shape& shape) { return Generator(key).normal(shape, f64); }

using Action = std::function<Tensor(const LayerBase&, const Tensor&)>;

/// A layer of one's own in front of a head that trains. It has a frozen weight, so that there is something to cache.
class Own : public LayerBase {
 public:
  explicit Own(Action what) : action_(std::move(what)) {}
  void build(const Shape& input) override { scale_ = add_weight("scale", {input.back()}, "ones", {.dtype = f64}); }
  Tensor call(const Tensor& x, const CallContext&) override { return (has_values(x) ? action_(*this, x) : x) * scale_; }

 private:
  Action action_;
  Parameter scale_;
};
Model with_own(const Action& action) {
  seed(2);
  const Symbol input = Input({3}, {.dtype = f64});
  const Model model(input, Dense({.units = 1, .dtype = f64, .name = "head"})(layer<Own>(action)(input)));
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
  freeze(model, matching("own/scale"));
  return model;
}

}  // namespace

TEST_CASE(
    "numbers that another thread draws while features are computed are neither drawn again nor held against "
    "the layers") {
  std::vector<std::uint64_t> drawn;
  std::int64_t calls = 0;
  const Model model = with_own([&](const LayerBase&, const Tensor& x) {
    ++calls;
    std::thread([&] {
      for (int i = 0; i < 3; ++i) drawn.push_back(default_generator().next());
    }).join();
    return x;
  });
  const std::uint64_t before = default_generator().position();
  const Tensor x = rows(1, {8, 3}), y = rows(2, {8, 1});
  const std::string text = printed([&] { model.fit(x, y, {.batch_size = 4, .epochs = 3}); });
  CHECK(text.find("cached") == std::string::npos);
  CHECK(calls == 2);
  CHECK(drawn.size() == 6);
  CHECK(default_generator().position() == before + drawn.size());
  std::sort(drawn.begin(), drawn.end());
  CHECK(std::unique(drawn.begin(), drawn.end()) == drawn.end());
}

TEST_CASE("a layer that draws from the default generator without saying so trains as without a cache") {
  const Tensor x = rows(1, {8, 3}), y = rows(2, {8, 1});
  std::vector<std::vector<double>> losses;
  std::vector<std::uint64_t> positions;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::automatic}) {
    // Draws until a number is large: it would never end if it got the same one again.
    const Model model = with_own([](const LayerBase&, const Tensor& t) {
      double last = 0;
      while (last < 0.7) last = static_cast<double>(default_generator().next() >> 11) * 0x1p-53;
      return t * last;
    });
    losses.push_back(model.fit(x, y, {.batch_size = 4, .epochs = 3, .verbose = 0, .cache_frozen = mode})["loss"]);
    positions.push_back(default_generator().position());
  }
  CHECK(losses[0] == losses[1]);
  CHECK(positions[0] == positions[1]);
}

TEST_CASE("activity penalties of a layer whose weights alone are frozen count with the cache as without") {
  const auto of_rows = GENERATE(false, true);
  const Tensor x = rows(1, {10, 4, 3}), y = rows(2, {10, 1});
  std::vector<std::map<std::string, std::vector<double>>> values;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::automatic}) {
    seed(5);
    const Symbol input = Input({4, 3}, {.dtype = f64});
    const Layer lower = Dense({.units = 3, .dtype = f64, .name = "lower"});
    const Layer penalised = Dense({.units = 2, .activity_regularizer = L1L2(0.3, 0.2), .dtype = f64, .name = "sparse"});
    const Symbol features = of_rows ? TimeDistributed(penalised)(lower(input)) : penalised(lower(input));
    const Model model(input, Dense({.units = 1, .dtype = f64, .name = "head"})(Flatten()(features)));
    model.compile({.optimizer = SGD({.learning_rate = 0.01}), .loss = "mse"});
    freeze(model, matching("lower/*") | matching("**sparse/*"));
    FitOptions o = {.batch_size = 4, .epochs = 3, .cache_frozen = mode};
    o.shuffle = false;
    o.validation_data = {rows(3, {5, 4, 3}), rows(4, {5, 1})};
    History h;
    printed([&] { h = model.fit(x, y, o); });
    values.push_back(h.values());
    if (mode == CacheFrozen::never) continue;
    reset_kernel_counts();
    // What is below the layer is cached all the same.
    o.cache_frozen = CacheFrozen::always;
    o.verbose = 0;
    CHECK_NOTHROW(model.fit(x, y, o));
    model.get_layer("lower").set_trainable(true);
    CHECK_THROWS_WITH(model.fit(x, y, o), Contains("lower is trainable"));
  }
  CHECK(values[0] == values[1]);
}

TEST_CASE("a frozen layer that asks for a penalty is said to be no part of what is cached") {
  const Symbol input = Input({3}, {.dtype = f64});
  const Model model(input, Dense({.units = 1, .dtype = f64, .name = "head"})(Dense(
                               {.units = 2, .activity_regularizer = L2(0.5), .dtype = f64, .name = "sparse"})(input)));
  model.compile({.optimizer = SGD(), .loss = "mse"});
  freeze(model, matching("sparse/*"));
  const Tensor x = rows(1, {8, 3}), y = rows(2, {8, 1});
  FitOptions o = {.epochs = 2, .verbose = 0, .cache_frozen = CacheFrozen::always};
  CHECK_THROWS_WITH(model.fit(x, y, o), Contains("sparse asks for an activity penalty"));
  freeze(model, named("sparse"));  // the flag too: it asks for nothing
  CHECK_NOTHROW(model.fit(x, y, o));
  // Flag and weights apart again, in the middle of the training.
  struct Ask : CallbackBase {
    void on_epoch_end(Model& m, int epoch, const Logs&) override {
      if (epoch != 0) return;
      m.get_layer("sparse").set_trainable(true);
      freeze(m, matching("sparse/*"));
    }
  };
  std::vector<std::vector<double>> losses;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::always}) {
    const Model copy = model.clone();
    copy.compile({.optimizer = SGD(), .loss = "mse"});
    o = {.epochs = 3, .verbose = 0, .callbacks = {callback<Ask>()}, .shuffle = false, .cache_frozen = mode};
    losses.push_back(copy.fit(x, y, o)["loss"]);
  }
  CHECK(losses[0] == losses[1]);
  CHECK(losses[0][1] > losses[0][0]);
}

TEST_CASE("a layer of one's own that asks for a penalty without saying so is found out") {
  const Tensor x = rows(1, {8, 3}), y = rows(2, {8, 1});
  const auto ask = [](const LayerBase& own, const Tensor& t) {
    ActivityPenalties::note(own, L2(0.5), t);
    return t;
  };
  std::vector<std::vector<double>> losses;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::automatic}) {
    const Model model = with_own(ask);
    FitOptions o = {.batch_size = 4, .epochs = 3, .shuffle = false, .cache_frozen = mode};
    const std::string text = printed([&] { losses.push_back(model.fit(x, y, o)["loss"]); });
    CHECK((text.find("activity penalty") != std::string::npos) == (mode == CacheFrozen::automatic));
  }
  CHECK(losses[0] == losses[1]);
}

TEST_CASE("a tensor that a layer's function holds is trained with the cache as without") {
  const Tensor x = rows(1, {8, 3}), y = rows(2, {8, 1});
  std::vector<double> trained;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::automatic}) {
    const Tensor held = ones({3}, {.dtype = f64}).set_requires_grad(true);
    const Model model = with_own([&](const LayerBase&, const Tensor& t) { return t * held; });
    model.optimizer().add({held});
    FitOptions o = {.batch_size = 4, .epochs = 3, .shuffle = false, .cache_frozen = mode};
    const std::string text = printed([&] { model.fit(x, y, o); });
    CHECK((text.find("none of its weights") != std::string::npos) == (mode == CacheFrozen::automatic));
    trained.push_back(sum(held.detach()).item<double>());
    CHECK_FALSE(held.has_grad());
  }
  CHECK(trained[0] == trained[1]);
  CHECK(trained[0] != 3);
}
