#include "models/support.hpp"
#include "support/catch.hpp"

#include <frost/autograd/abstract.hpp>

#include <cstdlib>
#include <functional>

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

namespace {

/// Sequences of one class in three, and their labels.
struct Data {
  Tensor x, y;
};
Data sequences(std::int64_t rows, std::uint64_t key = 5, DType dtype = DType::float32) {
  Generator generator(key);
  const Tensor y = generator.integers(0, 3, {rows});
  const Tensor offset = reshape(y.to(dtype), {rows, 1, 1});
  return {generator.normal({rows, 6, 4}, dtype) + offset, y};
}

struct Trunk {
  DType dtype = DType::float32;
  double dropout = -1;  // negative: none
};
/// Two LSTMs and a head; the LSTMs are frozen.
Model make(const Trunk& o = {}) {
  seed(3);
  const Symbol input = Input({6, 4}, {.dtype = o.dtype});
  Symbol x = LSTM({.units = 8, .return_sequences = true, .dtype = o.dtype})(input);
  if (o.dropout >= 0) x = Dropout({.rate = o.dropout})(x);
  x = LSTM({.units = 8, .return_sequences = true, .dtype = o.dtype})(x);
  x = Dense({.units = 5, .activation = "tanh", .dtype = o.dtype, .name = "hidden"})(Flatten()(x));
  const Model model(input, Activation("softmax")(Dense({.units = 3, .dtype = o.dtype, .name = "head"})(x)));
  model.compile(
      {.optimizer = Adam({.learning_rate = 0.01}), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  freeze(model, of_type("LSTM"));
  return model;
}

/// Does something at the end of an epoch or batch.
struct At : CallbackBase {
  At(int when, std::function<void(Model&)> action, bool at_batch = false)
      : when_(when), action_(std::move(action)), at_batch_(at_batch) {}
  void on_epoch_end(Model& model, int epoch, const Logs&) override {
    if (!at_batch_ && epoch == when_) action_(model);
  }
  void on_batch_end(Model& model, int, const Logs&) override {
    if (at_batch_ && batch_++ == when_) action_(model);
  }

 private:
  int when_, batch_ = 0;
  std::function<void(Model&)> action_;
  bool at_batch_;
};

/// How often the forward kernel of LSTMs ran in each epoch, validation included.
struct CountLstms : CallbackBase {
  explicit CountLstms(std::vector<std::int64_t>& counts) : counts_(counts) {}
  void on_epoch_begin(Model&, int) override { reset_kernel_counts(); }
  void on_epoch_end(Model&, int, const Logs&) override { counts_.push_back(kernel_counts()["lstm"]); }

 private:
  std::vector<std::int64_t>& counts_;
};

FitOptions options(CacheFrozen mode, int epochs = 4) {
  return {.batch_size = 16, .epochs = epochs, .verbose = 0, .cache_frozen = mode};
}

/// The largest difference of any value of two trainings, each relative to 1 or to its size.
double difference(const History& a, const History& b) {
  double largest = 0;
  for (const auto& [name, values] : a.values())
    for (std::size_t i = 0; i < values.size(); ++i)
      largest = std::max(largest, std::abs(values[i] - b[name][i]) / std::max(1., std::abs(values[i])));
  return largest;
}

std::vector<std::int64_t> lstm_counts(const Model& model, const Data& d, FitOptions o) {
  std::vector<std::int64_t> counts;
  o.callbacks.push_back(callback<CountLstms>(counts));
  model.fit(d.x, d.y, o);
  return counts;
}

}  // namespace

TEST_CASE("without shuffling the cache changes no bit of losses and weights") {
  const Data d = sequences(70), v = sequences(30, 6);
  Tensors weights;
  History expected;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::automatic, CacheFrozen::always}) {
    const Model model = make();
    FitOptions o = options(mode);
    o.shuffle = false;
    o.validation_data = {v.x, v.y};
    const History h = model.fit(d.x, d.y, o);
    if (mode == CacheFrozen::never) {
      expected = h;
      weights = model.get_weights();
    } else {
      CHECK(h.values() == expected.values());
      CHECK(same_bits(model.get_weights(), weights));
    }
  }
}

TEST_CASE("with shuffling the first epoch is equal to the bit and the others nearly so") {
  const auto dtype = GENERATE(DType::float32, DType::float64);
  const Data d = sequences(70, 5, dtype);
  const History a = make({.dtype = dtype}).fit(d.x, d.y, options(CacheFrozen::never, 6));
  const History b = make({.dtype = dtype}).fit(d.x, d.y, options(CacheFrozen::always, 6));
  CHECK(a["loss"][0] == b["loss"][0]);
  CHECK(a["loss"].back() < a["loss"].front());
  CHECK(difference(a, b) < (dtype == DType::float32 ? 1e-5 : 1e-10));
}

TEST_CASE("from the second epoch on no kernel of the frozen layers runs, for validation data neither") {
  const Data d = sequences(64);
  FitOptions o = options(CacheFrozen::always, 3);
  CHECK(lstm_counts(make(), d, o) == std::vector<std::int64_t>{8, 0, 0});
  o.validation_split = 0.25;
  CHECK(lstm_counts(make(), d, o) == std::vector<std::int64_t>{8, 0, 0});
  o.cache_frozen = CacheFrozen::never;
  CHECK(lstm_counts(make(), d, o) == std::vector<std::int64_t>{8, 8, 8});
}

TEST_CASE("with steps_per_epoch rows are computed as they come up") {
  const Data d = sequences(64);
  FitOptions o = options(CacheFrozen::always, 4);
  o.shuffle = false;
  o.steps_per_epoch = 6;
  CHECK(lstm_counts(make(), d, o) == std::vector<std::int64_t>{8, 0, 0, 0});
  o.steps_per_epoch = 2;
  o.cache_frozen = CacheFrozen::never;
  const History a = make().fit(d.x, d.y, o);
  o.cache_frozen = CacheFrozen::always;
  CHECK(make().fit(d.x, d.y, o).values() == a.values());
}

TEST_CASE("sample weights, class weights and several metrics are the same with the cache") {
  const Data d = sequences(60);
  FitOptions o = options(CacheFrozen::never);
  o.shuffle = false;
  o.sample_weight = Generator(1).uniform({60}, 0.5, 1.5);
  o.class_weight = {{0, 2.}};
  const History a = make().fit(d.x, d.y, o);
  o.cache_frozen = CacheFrozen::always;
  CHECK(make().fit(d.x, d.y, o).values() == a.values());
}

TEST_CASE("a trunk that two inputs share is cached, and an input that the rest reads is passed on") {
  const Data d = sequences(48), e = sequences(48, 9);
  struct Join : LayerBase {
    Tensor call(const Tensors& xs, const CallContext&) override { return concatenate(xs, -1); }
  };
  std::vector<History> histories;
  std::vector<std::int64_t> counts;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::always}) {
    seed(4);
    const Layer trunk = LSTM({.units = 8, .name = "trunk"});
    const Symbol a = Input({6, 4}), b = Input({6, 4});
    const Symbol raw = Dense({.units = 2})(Flatten()(b));
    const Symbol joined = layer<Join>()(Symbols{trunk(a), trunk(b), raw});
    const Model model(Symbols{a, b}, Dense({.units = 3, .activation = "softmax"})(joined));
    model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "sparse_categorical_crossentropy"});
    trunk.set_trainable(false);
    FitOptions o = options(mode, 3);
    o.shuffle = false;
    counts.clear();
    o.callbacks = {callback<CountLstms>(counts)};
    histories.push_back(model.fit({d.x, e.x}, d.y, o));
  }
  CHECK(counts == std::vector<std::int64_t>{6, 0, 0});
  CHECK(histories[0].values() == histories[1].values());
}

TEST_CASE("an output that is frozen altogether keeps its loss to the bit") {
  const Data d = sequences(48);
  std::vector<History> histories;
  std::vector<std::int64_t> counts;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::always}) {
    seed(4);
    const Symbol input = Input({6, 4});
    const Symbol features = LSTM({.units = 8})(input);
    const Symbol one = Reshape({3})(Activation("softmax")(Dense({.units = 3, .name = "one"})(features)));
    const Symbol two = Dense({.units = 3, .activation = "softmax", .name = "two"})(features);
    const Model model(input, Symbols{one, two});
    model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "sparse_categorical_crossentropy"});
    freeze(model, names({"lstm", "one"}));
    FitOptions o = options(mode, 3);
    o.shuffle = false;
    counts.clear();
    o.callbacks = {callback<CountLstms>(counts)};
    histories.push_back(model.fit(d.x, {d.y, d.y}, o));
  }
  CHECK(counts == std::vector<std::int64_t>{3, 0, 0});
  CHECK(histories[0].values() == histories[1].values());
}

TEST_CASE("thawing in a callback drops the cache and trains what was thawed") {
  const Data d = sequences(64);
  const bool at_batch = GENERATE(false, true);
  const auto thaw_all = [](Model& model) { model.set_trainable(true); };
  std::vector<Tensors> weights;
  std::vector<History> histories;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::automatic}) {
    const Model model = make();
    FitOptions o = options(mode, 4);
    o.shuffle = false;
    o.verbose = 1;
    o.callbacks = {callback<At>(at_batch ? 5 : 1, thaw_all, at_batch)};
    const std::string text = printed([&] { histories.push_back(model.fit(d.x, d.y, o)); });
    CHECK((text.find("dropped: lstm is trainable") != std::string::npos) == (mode == CacheFrozen::automatic));
    weights.push_back(model.get_weights());
  }
  CHECK(same_bits(weights[0], weights[1]));
  CHECK(histories[0].values() == histories[1].values());
}

TEST_CASE("thawing the upper frozen layer leaves the lower one cached from the next epoch on") {
  const Data d = sequences(64);
  FitOptions o = options(CacheFrozen::automatic, 4);
  o.callbacks = {callback<At>(0, [](Model& model) { model.get_layer("lstm_1").set_trainable(true); })};
  CHECK(lstm_counts(make(), d, o) == std::vector<std::int64_t>{8, 8, 4, 4});
}

TEST_CASE("freezing more in a callback enlarges what is cached") {
  const Data d = sequences(64);
  const Model model = make();
  thaw(model, named("lstm_1"));
  FitOptions o = options(CacheFrozen::automatic, 4);
  o.callbacks = {callback<At>(0, [](Model& m) { freeze(m, until("lstm_1")); })};
  CHECK(lstm_counts(model, d, o) == std::vector<std::int64_t>{8, 8, 0, 0});
}

TEST_CASE("writing a frozen weight in a callback drops the cache, writing the same values does not") {
  const Data d = sequences(64);
  const auto write = [](double by) {
    return [by](Model& model) {
      const Parameter kernel = model.get_layer("lstm").weights()[0];
      kernel.assign(kernel.detach() * by);
    };
  };
  std::vector<History> histories;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::automatic}) {
    FitOptions o = options(mode, 4);
    o.shuffle = false;
    o.verbose = 1;
    o.callbacks = {callback<At>(5, write(0.5), true)};
    const std::string text = printed([&] { histories.push_back(make().fit(d.x, d.y, o)); });
    CHECK((text.find("dropped: lstm/kernel was written") != std::string::npos) == (mode == CacheFrozen::automatic));
  }
  CHECK(histories[0].values() == histories[1].values());

  FitOptions o = options(CacheFrozen::automatic, 3);
  o.callbacks = {callback<At>(0, write(1.))};
  CHECK(lstm_counts(make(), d, o) == std::vector<std::int64_t>{8, 0, 0});
  o.callbacks = {callback<At>(0, write(0.5))};
  CHECK(lstm_counts(make(), d, o) == std::vector<std::int64_t>{8, 8, 0});
}

TEST_CASE("why nothing is cached is printed once, in one line, and an error with CacheFrozen::always") {
  const Data d = sequences(32);
  const auto refusal = [&](const Model& model, const std::string& reason) {
    FitOptions o = options(CacheFrozen::automatic, 3);
    o.verbose = 1;
    const std::string text = printed([&] { model.fit(d.x, d.y, o); });
    CHECK_THAT(text, Contains("fit: the outputs of frozen layers are not cached: " + reason + "\n"));
    CHECK(text.find("not cached") == text.rfind("not cached"));
    o.verbose = 0;
    CHECK(printed([&] { model.fit(d.x, d.y, o); }).empty());
    o.cache_frozen = CacheFrozen::always;
    const Tensors before = model.get_weights();
    CHECK_THROWS_AS(model.fit(d.x, d.y, o), GraphError);
    CHECK_THROWS_WITH(model.fit(d.x, d.y, o), Contains("CacheFrozen::always") && Contains(reason));
    CHECK(same_bits(model.get_weights(), before));
  };
  Model model = make();
  thaw(model, named("lstm"));
  refusal(model, "lstm is trainable");
  model = make();
  thaw(model, named("lstm"), Freeze::biases);
  refusal(model, "lstm is partly trainable");
  seed(1);
  const Symbol input = Input({6, 4});
  const Symbol x = LSTM({.units = 8})(Dropout({.rate = 0.5})(input));
  model = Model(input, Dense({.units = 3, .activation = "softmax"})(x));
  model.compile({.optimizer = Adam(), .loss = "sparse_categorical_crossentropy"});
  model.get_layer("lstm").set_trainable(false);
  refusal(model, "dropout is random");
  model.get_layer("dropout").set_trainable(false);
  CHECK(lstm_counts(model, d, options(CacheFrozen::always, 2)) == std::vector<std::int64_t>{2, 0});
}

TEST_CASE("nothing is printed where nothing is frozen or there is one epoch") {
  const Data d = sequences(32);
  FitOptions o = options(CacheFrozen::automatic, 2);
  o.verbose = 1;
  const Model model = make();
  model.set_trainable(true);
  CHECK(printed([&] { model.fit(d.x, d.y, o); }).find("cached") == std::string::npos);
  o.epochs = 1;
  CHECK(printed([&] { make({.dropout = 0.5}).fit(d.x, d.y, o); }).find("cached") == std::string::npos);
  o.epochs = 2;
  o.cache_frozen = CacheFrozen::always;
  CHECK_THROWS_WITH(model.fit(d.x, d.y, o), Contains("no layer is frozen"));
  o.cache_frozen = CacheFrozen::automatic;
  o.cache_budget_bytes = -1;
  CHECK_THROWS_WITH(model.fit(d.x, d.y, o), Contains("cache_budget_bytes is out of range; got -1"));
}

TEST_CASE("an active dropout ends what is cached, and its masks are drawn as without a cache") {
  const Data d = sequences(64);
  FitOptions o = options(CacheFrozen::always, 3);
  o.shuffle = false;
  CHECK(lstm_counts(make({.dropout = 0.5}), d, o) == std::vector<std::int64_t>{8, 4, 4});
  CHECK(lstm_counts(make({.dropout = 0}), d, o) == std::vector<std::int64_t>{8, 0, 0});
  const History a = make({.dropout = 0.5}).fit(d.x, d.y, o);
  o.cache_frozen = CacheFrozen::never;
  CHECK(make({.dropout = 0.5}).fit(d.x, d.y, o).values() == a.values());
}

TEST_CASE("a guard and moving statistics keep layers out of the cache") {
  const Data d = sequences(32);
  const Model model = make();
  model.get_layer("lstm").set_trainable(true);
  {
    const FreezeGuard guard(model, named("lstm"));
    CHECK_THROWS_WITH(model.fit(d.x, d.y, options(CacheFrozen::always)), Contains("lstm is paused by a FreezeGuard"));
  }
  seed(1);
  const Sequential normed({BatchNormalization({.center = false, .scale = false}), LSTM({.units = 4}),
                           Dense({.units = 3, .activation = "softmax"})});
  normed.build({6, 4});
  normed.compile({.optimizer = Adam(), .loss = "sparse_categorical_crossentropy"});
  freeze(normed, named("lstm"));
  CHECK_THROWS_WITH(normed.fit(d.x, d.y, options(CacheFrozen::always)),
                    Contains("the statistics of batch_normalization move"));
  freeze_statistics(normed, named("batch_normalization"));
  CHECK(lstm_counts(normed, d, options(CacheFrozen::always, 2)) == std::vector<std::int64_t>{2, 0});
}

namespace {
struct Noise : LayerBase {
  explicit Noise(bool always) : always_(always) {}
  Tensor call(const Tensor& x, const CallContext& context) override {
    return always_ || has_values(x) ? x + context.stream().normal(x.shape()) : x;
  }

 private:
  bool always_;  // while the model is built, too
};
}  // namespace

TEST_CASE("a custom layer that draws without saying so is found out, and no number is lost") {
  const bool always = GENERATE(false, true);
  const Data d = sequences(32);
  std::vector<History> histories;
  for (const CacheFrozen mode : {CacheFrozen::never, CacheFrozen::automatic}) {
    seed(1);
    const Symbol input = Input({6, 4});
    const Symbol x = LSTM({.units = 4})(layer<Noise>(always)(input));
    const Model model(input, Dense({.units = 3, .activation = "softmax"})(x));
    model.compile({.optimizer = Adam(), .loss = "sparse_categorical_crossentropy"});
    freeze(model, named("lstm"));
    FitOptions o = options(mode, 3);
    o.verbose = 1;
    const std::string text = printed([&] { histories.push_back(model.fit(d.x, d.y, o)); });
    CHECK((text.find("draws random numbers") != std::string::npos) == (mode == CacheFrozen::automatic));
  }
  CHECK(histories[0].values() == histories[1].values());
}

TEST_CASE("a nested model that is frozen is one layer of the prefix, and a part is named by its path") {
  const Data d = sequences(32);
  seed(1);
  const Symbol input = Input({6, 4});
  const Model trunk(input, LSTM({.units = 4})(LSTM({.units = 4, .return_sequences = true})(input)), {.name = "trunk"});
  const Sequential model({trunk, Dense({.units = 3, .activation = "softmax"})});
  model.compile({.optimizer = Adam(), .loss = "sparse_categorical_crossentropy"});
  trunk.set_trainable(false);
  CHECK(lstm_counts(model, d, options(CacheFrozen::always, 2)) == std::vector<std::int64_t>{4, 0});
  model.get_layer("trunk/lstm_1").set_trainable(true);
  CHECK_THROWS_WITH(model.fit(d.x, d.y, options(CacheFrozen::always)), Contains("trunk/lstm_1 is trainable"));
}

TEST_CASE("beyond the budget features lie in a file, and give the same training") {
  const Data d = sequences(64);
  FitOptions o = options(CacheFrozen::always, 3);
  o.validation_split = 0.25;
  const History a = make().fit(d.x, d.y, o);
  o.cache_budget_bytes = 1;
  CHECK(make().fit(d.x, d.y, o).values() == a.values());
  CHECK(lstm_counts(make(), d, o) == std::vector<std::int64_t>{8, 0, 0});
  o.cache_budget_bytes = 48 * 6 * 8 * 4;  // room for the training rows alone
  CHECK(make().fit(d.x, d.y, o).values() == a.values());
}

TEST_CASE("where no file can be made fit goes on without a cache, or says so with CacheFrozen::always") {
  const Data d = sequences(64);
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before ? before : "";
  ::setenv("TMPDIR", "/no/such/folder", 1);
  FitOptions o = options(CacheFrozen::always, 2);
  o.cache_budget_bytes = 1;
  CHECK_THROWS_AS(make().fit(d.x, d.y, o), FileError);
  o.cache_frozen = CacheFrozen::automatic;
  o.verbose = 1;
  const std::string text = printed([&] { make().fit(d.x, d.y, o); });
  CHECK_THAT(text, Contains("the cached features (12288 bytes) do not fit: /no/such/folder"));
  before ? ::setenv("TMPDIR", kept.c_str(), 1) : ::unsetenv("TMPDIR");
}
