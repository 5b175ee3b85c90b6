#include "../support/catch.hpp"
#include "support.hpp"

#include <frost/frost.hpp>

using namespace frost;
using Catch::Matchers::Contains;
using io_test::Folder;
using io_test::same_bits;

namespace {

Model mission() {
  const Symbol input = Input({8, 4});
  Symbol x = LSTM({.units = 5, .return_sequences = true})(input);
  x = LSTM({.units = 5, .return_sequences = true})(x);
  x = Dropout({.rate = 0.2})(BatchNormalization()(Flatten()(x)));
  x = Dense({.units = 3, .name = "dense1"})(x);
  return Model(input, Reshape({3})(Activation("softmax")(x)), {.name = "mission"});
}
void compile(const Model& model) {
  model.compile({.optimizer = Adam({.learning_rate = 0.01, .amsgrad = true, .weight_decay = 0.001}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
}
struct Data {
  Tensor x = randn({24, 8, 4});
  Tensor y = randint(0, 3, {24});
};

class Gain : public LayerBase {  // a layer of a user's own
 public:
  explicit Gain(double start = 1) : start_(start) {}
  void build(const Shape& input) override { gain_ = add_weight("gain", {input.back()}, constant(start_)); }
  Tensor call(const Tensor& x, const CallContext&) override { return x * gain_; }
  Config config() const override {
    Config config = Config::object();
    config.set("start", start_);
    return config;
  }

 private:
  double start_;
  Parameter gain_;
};

}  // namespace

TEST_CASE("Training goes on from a model's file as if it had not stopped", "[io][model]") {
  const Folder folder;
  const Data data;
  const Model model = mission();
  compile(model);
  freeze(model, named("lstm"));
  freeze_rows(model.get_layer("dense1").weights()[0], {0, 2, 3});
  freeze_statistics(model, named("batch_normalization"));
  model.fit(data.x, data.y, {.batch_size = 7, .epochs = 2, .verbose = 0});
  model.save(folder / "model.frost");
  const Model again = load_model(folder / "model.frost");
  CHECK(same_bits(again.get_weights(), model.get_weights()));

  const FitOptions options = {.batch_size = 7, .epochs = 3, .verbose = 0};
  CHECK(model.fit(data.x, data.y, options)["loss"] == again.fit(data.x, data.y, options)["loss"]);
  CHECK(same_bits(again.get_weights(), model.get_weights()));
  CHECK(again.optimizer().state_bytes() == model.optimizer().state_bytes());
  std::ostringstream a, b;
  model.summary(a);
  again.summary(b);
  CHECK(a.str() == b.str());
}

TEST_CASE("A model's file keeps flags that differ within a layer", "[io][model]") {
  const Folder folder;
  const Model model = mission();
  freeze(model, named("dense1"), Freeze::weights);
  freeze(model, named("dropout"), {.keep_stochastic = true});
  freeze(model, named("lstm_1"), {.keep_state = true});
  model.save(folder / "m.frost");
  const Model again = load_model(folder / "m.frost");
  const Parameters before = model.weights(), after = again.weights();
  for (std::size_t i = 0; i < before.size(); ++i) {
    INFO(before[i].name());
    CHECK(after[i].requires_grad() == before[i].requires_grad());
  }
  CHECK(again.get_layer("dropout").keeps_stochastic());
  CHECK(!again.get_layer("lstm_1").trainable());
  CHECK(again.get_layer("dense1").trainable());
}

TEST_CASE("Nested, shared, sequential and own layers come back", "[io][model]") {
  register_layer("Gain", [](const Config& c) { return layer<Gain>(c.at("start").number()); });
  const Folder folder;
  const Symbol inner_input = Input({4});
  const Model inner(inner_input, Dense({.units = 4, .name = "a"})(layer<Gain>(2.)(inner_input)), {.name = "inner"});
  const Layer shared = Dense({.units = 4, .name = "a"});
  const Symbol input = Input({4});
  const Model model(input, shared(inner(shared(input))), {.name = "outer"});
  inner.get_layer("a").set_trainable(false);
  model.save(folder / "m.frost");
  const Model again = load_model(folder / "m.frost");
  const Tensor x = randn({3, 4});
  CHECK(io_test::distance(again(x), model(x)) == 0);
  CHECK(!again.get_layer("inner/a").trainable());

  Sequential net({Dense({.units = 3, .activation = "relu"}), Dense({.units = 2})});
  net(x);
  net.save(folder / "s.frost");
  CHECK(io_test::distance(load_model(folder / "s.frost")(x), net(x)) == 0);
}

TEST_CASE("A layer that several models hold comes back as one, frozen or not", "[io][model]") {
  const Folder folder;
  const Symbol x = Input({4}), y = Input({4}), z = Input({4});
  const Layer shared = Dense({.units = 4, .activation = "tanh", .name = "shared"});
  const Sequential deep({Dense({.units = 4, .name = "deepest"}), shared}, {.name = "deep"});
  const Model first(x, Dense({.units = 4, .name = "own"})(deep(shared(x))), {.name = "first"});
  const Model second(y, deep(shared(y)), {.name = "second"});
  const Model model(z, Dense({.units = 2, .name = "head"})(shared(second(first(z)))), {.name = "outer"});
  shared.set_trainable(GENERATE(false, true));
  model.compile({.optimizer = Adam(), .loss = "mse"});
  const Tensor in = randn({6, 4}), target = randn({6, 2});
  model.fit(in, target, {.epochs = 2, .verbose = 0});

  const auto expect_same = [&](const Model& again) {
    CHECK(again.weights().size() == model.weights().size());
    CHECK(same_bits(again.get_weights(), model.get_weights()));
    CHECK(io_test::distance(again.predict(in), model.predict(in)) == 0);
    CHECK(again.get_layer("second/shared").is_same(again.get_layer("first/shared")));
    CHECK(again.get_layer("second/deep").is_same(again.get_layer("first/deep")));
    CHECK(again.get_layer("shared").is_same(again.get_layer("first/deep/shared")));
    CHECK(again.get_layer("shared").trainable() == shared.trainable());
  };
  model.save(folder / "m.frost");
  const Model again = load_model(folder / "m.frost");
  expect_same(again);
  CHECK(again.config() == model.config());
  CHECK(model.fit(in, target, {.epochs = 2, .verbose = 0})["loss"] ==
        again.fit(in, target, {.epochs = 2, .verbose = 0})["loss"]);
  expect_same(again);

  save_keras(model, folder / "m.json");
  expect_same(load_keras(folder / "m.json"));
}

TEST_CASE("A config whose one layer is of two names or types is refused", "[io][model]") {
  const Symbol x = Input({4}), y = Input({4}), z = Input({4});
  const Layer shared = Dense({.units = 4, .name = "shared"});
  const Model first(x, shared(x), {.name = "first"}), second(y, shared(y), {.name = "second"});
  const Model model(z, second(first(z)), {.name = "outer"});
  const Folder folder;
  save_keras(model, folder / "m.json");
  std::string text = io_test::read(folder / "m.json");
  const std::size_t last = text.rfind("\"Dense\"");
  REQUIRE(last != std::string::npos);
  text.replace(last, 7, "\"ReLU\"");
  io_test::write(folder / "m.json", text);
  CHECK_THROWS_WITH(load_keras(folder / "m.json"), Contains("shared_object_id") && Contains("'shared' of type Dense"));
}

TEST_CASE("A file's test vectors are replayed", "[io][model]") {
  const Folder folder;
  const Model model = mission();
  save_model(model, folder / "m.frost", {.test_inputs = randn({2, 8, 4})});
  const Model again = load_model(folder / "m.frost");
  CHECK(verify(again, folder / "m.frost").ok());
  CHECK(verify(again, folder / "m.frost").outputs == 1);
  const Parameter kernel = again.get_layer("dense1").weights()[0];
  Parameter(kernel).assign(kernel.detach() * 1.5);
  CHECK(!verify(again, folder / "m.frost").ok());
  model.save(folder / "none.frost");
  CHECK_THROWS_AS(verify(again, folder / "none.frost"), FileError);
}

TEST_CASE("Frozen weights may show the file's own pages", "[io][model]") {
  const Folder folder;
  const Model model = mission();
  freeze(model, until("lstm_1"));
  model.save(folder / "m.frost");
  const Model again = load_model(folder / "m.frost", {.map = true});
  CHECK(same_bits(again.get_weights(), model.get_weights()));
  thaw(again, everything());
  compile(again);
  const Data data;
  const std::string before = io_test::read(folder / "m.frost");
  again.fit(data.x, data.y, {.verbose = 0});
  CHECK(io_test::read(folder / "m.frost") == before);
  CHECK(!same_bits(again.get_weights(), model.get_weights()));
  again.load_weights(folder / "m.frost");  // the weights alone
  CHECK(same_bits(again.get_weights(), model.get_weights()));
}

TEST_CASE("A foreign, later or spoiled model file is an error with the versions or the place", "[io][model]") {
  const Folder folder;
  save_safetensors(folder / "other.safetensors", {{"a", ones({2})}});
  CHECK_THROWS_WITH(load_model(folder / "other.safetensors"), Catch::Contains("frost.model") && Catch::Contains("1"));
  mission().save(folder / "m.frost");
  const std::string good = io_test::read(folder / "m.frost");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    const std::size_t at = bytes.find(from);
    REQUIRE(at != std::string::npos);
    REQUIRE(from.size() == to.size());
    bytes.replace(at, from.size(), to);
    io_test::write(folder / "bad.frost", bytes);
    return folder / "bad.frost";
  };
  CHECK_THROWS_WITH(load_model(with("\"frost.model\":\"1\"", "\"frost.model\":\"7\"")),
                    Catch::Contains("'7'") && Catch::Contains("to 1"));
  CHECK_THROWS_WITH(load_model(with("LSTM", "LSTN")), Catch::Contains("LSTN"));
  CHECK_THROWS_WITH(load_model(with("\\\"units\\\":3", "\\\"unitz\\\":3")), Catch::Contains("unitz"));
  CHECK_THROWS_WITH(load_model(with("\"dense1/bias\":{", "\"dense1/bios\":{")),
                    Catch::Contains("dense1/bias") && Catch::Contains("dense1/bios"));
  CHECK_THROWS_WITH(load_model(with("\"freeze\":\"{", "\"freeze\":\"[")), Catch::Contains("freeze"));
  for (std::size_t length = 0; length < good.size(); length += 997) {
    io_test::write(folder / "cut.frost", good.substr(0, length));
    CHECK_THROWS_AS(load_model(folder / "cut.frost"), FileError);
  }
}

TEST_CASE("A delta holds what is trainable and fits one base", "[io][model]") {
  const Folder folder;
  const Model base = mission();
  freeze(base, until("flatten"));
  const Model tuned = base.clone();
  compile(tuned);
  const Data data;
  tuned.fit(data.x, data.y, {.verbose = 0});
  freeze(tuned, named("batch_normalization"));
  const Model same = tuned.clone();
  save_delta(tuned, folder / "head.delta");
  for (const Parameter& w : same.get_layer("dense1").weights()) Parameter(w).assign(zeros(w.shape()));
  load_delta(same, folder / "head.delta");
  CHECK(same_bits(same.get_weights(), tuned.get_weights()));
  CHECK(io_test::read(folder / "head.delta").size() < 4096);

  const Model other = tuned.clone();
  const Parameter kernel = other.get_layer("lstm").weights()[0];
  Parameter(kernel).assign(kernel.detach() + 1e-7);
  const Tensors before = other.get_weights();
  CHECK_THROWS_WITH(load_delta(other, folder / "head.delta"), Catch::Contains("SHA-256"));
  CHECK(same_bits(other.get_weights(), before));
  tuned.set_trainable(false);
  CHECK_THROWS_AS(save_delta(tuned, folder / "none.delta"), ValueError);
  save_weights(other, folder / "all.safetensors");
  CHECK_THROWS_AS(load_delta(other, folder / "all.safetensors"), FileError);
}

TEST_CASE("names that end as Keras' formats do are refused until those are written") {
  const Folder folder;
  const Symbol input = Input({2});
  const Model model(input, Dense({.units = 1})(input));
  for (const char* name : {"m.h5", "m.keras", "M.H5", "m.hdf5", "m.weights.h5", "m.Keras"}) {
    const std::string path = folder / name;
    CHECK_THROWS_AS(model.save(path), ValueError);
    CHECK_THROWS_WITH(model.save(path), Catch::Matchers::Contains(name) && Catch::Matchers::Contains(".frost"));
    CHECK_THROWS_WITH(save_model(model, path), Catch::Matchers::Contains("save_model"));
    CHECK_THROWS_AS(model.save_weights(path), ValueError);
    CHECK_THROWS_WITH(save_weights(model, path, {.only = Weights::trainable}),
                      Catch::Matchers::Contains(name) && Catch::Matchers::Contains(".safetensors"));
    CHECK_THROWS_WITH(save_keras(model, path),
                      Catch::Matchers::Contains("save_keras") && Catch::Matchers::Contains("model.json"));
    CHECK_THROWS_AS(save_delta(model, path), ValueError);
    CHECK_FALSE(io_test::fs::exists(path));
  }
  CHECK_NOTHROW(model.save(folder / "m.keras.frost"));
  CHECK_NOTHROW(model.save_weights(folder / "h5"));
}
