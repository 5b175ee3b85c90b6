#include "models/support.hpp"
#include "support/catch.hpp"

#include <sstream>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;

const Tensor words = tensor({{1, 2, 0, 0}, {3, 1, 2, 0}, {2, 2, 1, 3}, {0, 0, 0, 0}}, DType::int64);
const Tensor labels = tensor({{0, 1, 2, 1}, {2, 2, 1, 0}, {1, 0, 0, 2}, {2, 1, 0, 1}}, DType::int64);

double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return max(abs(a - b)).item<double>();
}

/// Words in, a class of each word out; everything below the head is frozen where asked.
Model tagger(bool frozen = false) {
  seed(4);
  const Symbol input = Input({4}, {.dtype = DType::int64});
  Symbol x = Embedding({.input_dim = 4, .output_dim = 5, .mask_zero = true, .dtype = f64, .name = "words"})(input);
  x = LSTM({.units = 4, .return_sequences = true, .dtype = f64})(x);
  x = Dropout({.rate = 0.2})(x);
  const Model model(input, Dense({.units = 3, .activation = "softmax", .dtype = f64, .name = "tags"})(x));
  model.compile({.optimizer = Adam({.learning_rate = 0.01}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy",
                             Metric("first", [](const Tensor&, const Tensor& p) { return mean(p.slice(-1, 0, 1)); })}});
  if (frozen) freeze(model, names({"words", "lstm"}));
  return model;
}
// Of each word: −ln p of its label, whether that is the likeliest, and whether it counts.
struct Word {
  double loss, right, first;
  bool counts;
};
std::vector<Word> words_of(const Model& model) {
  const Tensor p = model.predict(words);
  std::vector<Word> all;
  for (std::int64_t n = 0; n < 4; ++n)
    for (std::int64_t t = 0; t < 4; ++t) {
      const std::int64_t label = labels[n][t].item<std::int64_t>();
      all.push_back({-std::log(p[n][t][label].item<double>()), argmax(p[n][t]).item<std::int64_t>() == label ? 1. : 0.,
                     p[n][t][0].item<double>(), words[n][t].item<std::int64_t>() != 0});
    }
  return all;
}

}  // namespace

TEST_CASE("the loss and metrics leave masked steps out") {
  const Model model = tagger();
  double loss = 0, weighted = 0, right = 0, first = 0, counted = 0;
  const std::vector<Word> all = words_of(model);
  const std::vector<double> row_weights = {2, 1, 0.5, 3};
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].counts) {
      loss += all[i].loss;
      weighted += row_weights[i / 4] * all[i].loss;
      right += all[i].right;
      first += all[i].first;
      counted += 1;
    }
  const Evaluation e = model.evaluate(words, labels);
  CHECK(e["loss"] == Approx(loss / counted).epsilon(1e-9));
  CHECK(e["accuracy"] == Approx(right / counted).epsilon(1e-9));
  CHECK(e["first"] == Approx(first / counted).epsilon(1e-9));
  model.set_trainable(false);
  model.get_layer("tags").set_trainable(true);
  const History h = model.fit(words, labels,
                              {.batch_size = 4,
                               .epochs = 1,
                               .verbose = 0,
                               .sample_weight = from_vector(row_weights, {4}),
                               .cache_frozen = CacheFrozen::never});
  CHECK(h["loss"][0] == Approx(weighted / counted).epsilon(1e-9));
}

TEST_CASE("the loss' gradient does not see masked steps") {
  const Model model = tagger();
  const Parameter table = model.weights()[0];
  const Tensor before = table.clone();
  model.compile({.optimizer = SGD({.learning_rate = 1}), .loss = "mse"});
  model.train_on_batch(words, zeros({4, 4, 3}, {.dtype = f64}));
  CHECK(distance(table[0], before[0]) == 0);
  CHECK(distance(table[1], before[1]) > 0);
}

TEST_CASE("masks go through nested models, and into a model that is called with one") {
  const Symbol row = Input({4, 5}, {.dtype = f64});
  const Model inner(row,
                    Dense({.units = 2, .dtype = f64})(GRU({.units = 3, .return_sequences = true, .dtype = f64})(row)));
  const Symbol input = Input({4}, {.dtype = DType::int64});
  const Layer embedding = Embedding({.input_dim = 4, .output_dim = 5, .mask_zero = true, .dtype = f64});
  const Layer last = LSTM({.units = 2, .dtype = f64});
  const Model outer(input, last(inner(embedding(input))));
  Tensors masks, inside;
  const Tensor e = embedding(words, {.result_masks = &masks});
  const Tensor y = inner(e, {.masks = masks, .result_masks = &inside});
  REQUIRE(inside.size() == 1);
  CHECK(distance(inside[0].to(f64), masks[0].to(f64)) == 0);
  CHECK(distance(y, inner(e)) > 1e-4);
  const Tensor expected = last(y, {.masks = inside});
  CHECK(distance(outer(words), expected) < 1e-12);
  CHECK(distance(outer(words), last(y)) > 1e-4);
  CHECK(distance(outer.clone()(words), expected) < 1e-12);
  CHECK(distance(outer.predict(words), expected) < 1e-12);
  std::ostringstream report;
  report << freeze_report(outer);
  CHECK_THAT(report.str(), Contains("lstm"));
}

TEST_CASE("a custom layer sees the mask of its input") {
  struct MaskedMean : LayerBase {
    Tensor call(const Tensor& x, const CallContext& context) override {
      if (!context.mask().present()) return mean(x, 1);
      const Tensor counts = expand_dims(context.mask().to(x.dtype()), -1);
      return sum(x * counts, 1) / (sum(counts, 1) + 1e-9);
    }
  };
  const Symbol input = Input({3, 2});
  const Model model(input, layer<MaskedMean>()(Masking()(input)));
  const Tensor y = model(tensor({{{1., 3.}, {0., 0.}, {3., 5.}}}));
  CHECK(distance(y, tensor({{2., 4.}})) < 1e-6);
}

TEST_CASE("cached features carry their masks") {
  const auto fit = [](CacheFrozen mode) {
    const Model model = tagger(true);
    const History h =
        model.fit(words, labels, {.batch_size = 2, .epochs = 4, .verbose = 0, .shuffle = true, .cache_frozen = mode});
    Tensors weights = model.get_weights();
    return std::make_pair(h["loss"], weights);
  };
  reset_kernel_counts();
  const auto cached = fit(CacheFrozen::always);
  const std::int64_t with_cache = kernel_counts()["lstm"];
  reset_kernel_counts();
  const auto plain = fit(CacheFrozen::never);
  CHECK(with_cache < kernel_counts()["lstm"]);
  for (std::size_t i = 0; i < plain.first.size(); ++i) CHECK(cached.first[i] == Approx(plain.first[i]).epsilon(1e-9));
  for (std::size_t i = 0; i < plain.second.size(); ++i) CHECK(distance(cached.second[i], plain.second[i]) < 1e-9);
}

TEST_CASE("a stateful layer is not cached, and says so") {
  seed(2);
  const Sequential model({LSTM({.units = 3, .stateful = true}), Dense({.units = 1})});
  model.compile({.optimizer = SGD(), .loss = "mse"});
  const Tensor x = randn({4, 3, 2}), y = randn({4, 1});
  // Building the model by its first row leaves no states.
  model.fit(x, y, {.batch_size = 2, .epochs = 1, .verbose = 0, .shuffle = false});
  model.reset_states();
  model.get_layer("lstm").set_trainable(false);
  CHECK_THROWS_WITH(model.fit(x, y, {.batch_size = 2, .epochs = 3, .verbose = 0, .cache_frozen = CacheFrozen::always}),
                    Contains("lstm is stateful"));
  CHECK_THROWS_WITH(model.fit(x, y, {.batch_size = 3, .epochs = 1, .verbose = 0}),
                    Contains("3 rows") && Contains("1 row"));
}
