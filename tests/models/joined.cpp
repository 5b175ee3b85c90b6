#include "../support/catch.hpp"

#include <frost/frost.hpp>

#include "io/support.hpp"

using namespace frost;
using Catch::Matchers::Contains;
using io_test::Folder;
using io_test::same_bits;
using Names = std::vector<std::string>;

namespace {

Names names_of(const Model& model) {
  Names names;
  for (const Layer& l : model.layers()) names.push_back(l.name());
  return names;
}
Names weight_names(const Layer& layer) {
  Names names;
  for (const Parameter& w : layer.weights()) names.push_back(w.name());
  return names;
}

// input_1, dense, dense_1
Model branch(std::int64_t units = 3) {
  const Symbol x = Input(4);
  return Model(x, Dense(units)(Dense(5, {.activation = "relu"})(x)));
}
Model joined(const Model& a, const Model& b) {
  return Model({a.input(), b.input()}, Concatenate()({a.output(), b.output()}));
}

}  // namespace

TEST_CASE("two branches built apart are joined, and the names of the later one count up") {
  const Model a = branch(), b = branch(2);
  REQUIRE(names_of(a) == names_of(b));
  const Model both = joined(a, b);
  CHECK(names_of(both) == Names{"input_1", "input_2", "dense", "dense_2", "dense_1", "dense_3", "concatenate"});
  CHECK(names_of(a) == Names{"input_1", "dense", "dense_1"});
  CHECK(names_of(b) == Names{"input_2", "dense_2", "dense_3"});
  CHECK(weight_names(b) == Names{"dense_2/kernel", "dense_2/bias", "dense_3/kernel", "dense_3/bias"});
  const Tensor x = randn({2, 4}), y = randn({2, 4});
  CHECK(same_bits(Tensors{both(Tensors{x, y})}, Tensors{concatenate({a(x), b(y)}, -1)}));
  // In the order in which they were made, whatever the order in which they are named.
  const Model c = branch(), d = branch();
  joined(d, c);
  CHECK(names_of(c) == Names{"input_1", "dense", "dense_1"});
  CHECK(names_of(d) == Names{"input_2", "dense_2", "dense_3"});
}

TEST_CASE("one model follows another, nested or layer by layer") {
  const Model a = branch(4), b = branch(2);
  const Model nested(a.input(), b(a.output()));
  CHECK(names_of(nested) == Names{"input_1", "dense", "dense_1", "model"});
  CHECK(names_of(b) == Names{"input_1", "dense", "dense_1"});
  Symbol x = a.output();
  for (const Layer& l : b.layers(1, 99)) x = l(x);
  const Model flat(a.input(), x);
  CHECK(names_of(flat) == Names{"input_1", "dense", "dense_1", "dense_2", "dense_3"});
  const Tensor v = randn({3, 4});
  CHECK(same_bits(Tensors{flat(v)}, Tensors{nested(v)}));
}

TEST_CASE("two models whose first layers have one name stand one behind the other in a Sequential") {
  const Sequential a({Input(4), Dense(4), Dense(4)}), b({Input(4), Dense(2)});
  const Sequential both({a, b});
  CHECK(names_of(both) == Names{"sequential", "sequential_1"});
  Sequential flat({Input(4)});
  for (const Model& part : {Model(a), Model(b)})
    for (const Layer& l : part.layers()) flat.add(l);
  CHECK(names_of(flat) == Names{"dense", "dense_1", "dense_2"});
  CHECK(names_of(b) == Names{"dense_2"});
}

TEST_CASE("given names stay: a counted one gives way, two given ones are an error that renames nothing") {
  const Model a = branch();
  const Symbol x = Input(4, {.name = "input_1"});
  const Model b(x, Dense(3, {.name = "dense"})(x));
  const Model both = joined(a, b);
  CHECK(names_of(b) == Names{"input_1", "dense"});
  CHECK(names_of(a) == Names{"input_2", "dense_2", "dense_1"});

  const Symbol y = Input(4);
  const Model c(y, Dense(3, {.name = "head"})(y)), d = branch();
  const Symbol z = Input(4);
  const Model e(z, Dense(3, {.name = "head"})(Dense(2)(z)));
  const Names before = names_of(e);
  CHECK_THROWS_WITH(joined(c, e), Contains("two layers are called 'head'"));
  CHECK(names_of(e) == before);

  d.get_layer("dense").set_name("dense");  // said by the user, it is given
  const Model f = branch();
  f.get_layer("dense").set_name("dense");
  CHECK_THROWS_AS(joined(d, f), ValueError);

  const Sequential s({Dense(3), Dense(3)});
  CHECK_THROWS_AS(s.add(Dense(3, {.name = "dense"})), ValueError);  // after the fact nothing gives way
  s.add(a.get_layer("dense_2"));
  CHECK(names_of(s) == Names{"dense", "dense_1", "dense_2"});
}

TEST_CASE("a counted name is free in every model that its layer is in") {
  const Model a = branch(), b = branch();
  const Symbol again = b.get_layer("dense_1").output();
  const Model other(b.input(), Dense(2, {.name = "dense_2"})(again));
  joined(a, b);
  CHECK(names_of(other) == Names{"input_2", "dense_3", "dense_4", "dense_2"});
}

TEST_CASE("a model is joined with its clone, and with what its file gives") {
  const Folder folder;
  const Model a = branch();
  a.save(folder / "m.frost");
  const Model copy = a.clone(), loaded = load_model(folder / "m.frost"), again = load_model(folder / "m.frost");
  CHECK(names_of(joined(a, copy)) ==
        Names{"input_1", "input_2", "dense", "dense_2", "dense_1", "dense_3", "concatenate"});
  CHECK(names_of(joined(loaded, again)) ==
        Names{"input_1", "input_2", "dense", "dense_2", "dense_1", "dense_3", "concatenate"});
  save_keras(a, folder / "k.json");
  const Model keras = load_keras(folder / "k.json");
  joined(a, keras);
  CHECK(names_of(keras) == Names{"input_2", "dense_2", "dense_3"});

  const Symbol x = Input(4);
  const Model named(x, Dense(3, {.name = "head"})(x));
  named.save(folder / "n.frost");
  CHECK_THROWS_AS(joined(load_model(folder / "n.frost"), load_model(folder / "n.frost")), ValueError);
}

TEST_CASE("what is frozen stays frozen under its new name, and is found by it") {
  const Model a = branch(), b = branch();
  freeze(b, named("dense"));
  const FreezeGuard guard(b, named("dense_1"));
  const Model both = joined(a, b);
  CHECK(both.trainable_weights().size() == 4);
  CHECK_FALSE(both.get_layer("dense_2").trainable());
  CHECK(freeze(both, named("dense_2")).tensors == 2);
  CHECK_THROWS_AS(freeze(b, named("dense")), ValueError);
  freeze_rows(Parameter(both.get_layer("dense").weights()[0]), {0, 2});
  CHECK_THAT(why_frozen(both, "dense_2/kernel"), Contains("dense_2"));
}

TEST_CASE("a joined model trains on: optimizer state, files, a cached prefix") {
  const Folder folder;
  const Tensor x = randn({16, 4}), y = randn({16, 3});
  const Model a = branch(), b = branch();
  b.compile({.optimizer = Adam(1e-2), .loss = "mse"});
  b.fit(x, y, {.epochs = 2, .verbose = 0});
  b.save_weights(folder / "before.safetensors");
  const Parameter kernel = b.get_layer("dense").weights()[0];
  const std::int64_t steps = b.optimizer().base().state(kernel).steps, bytes = b.optimizer().state_bytes();

  const Model both = joined(a, b);
  CHECK(kernel.name() == "dense_2/kernel");
  CHECK(b.optimizer().base().state(kernel).steps == steps);
  b.fit(x, y, {.epochs = 1, .verbose = 0});
  CHECK(b.optimizer().base().state(kernel).steps == steps + 1);
  CHECK(b.optimizer().state_bytes() == bytes);

  // The file has the old names, which an error says; its own file brings all back.
  CHECK_THROWS_WITH(b.load_weights(folder / "before.safetensors"),
                    Contains("dense_2/kernel") && Contains("dense/kernel"));
  b.save(folder / "b.frost");
  const Model loaded = load_model(folder / "b.frost");
  CHECK(names_of(loaded) == names_of(b));
  CHECK(same_bits(loaded.get_weights(), b.get_weights()));
  CHECK(loaded.optimizer().base().state(loaded.get_layer("dense_2").weights()[0]).steps == steps + 1);

  freeze(both, named("dense") | named("dense_2"));
  both.compile({.optimizer = SGD(0.1), .loss = "mse"});
  const History h =
      both.fit({x, x}, concatenate({y, y}, 1), {.epochs = 3, .verbose = 0, .cache_frozen = CacheFrozen::always});
  CHECK(h["loss"].back() < h["loss"].front());
}

TEST_CASE("models are joined while one of them trains") {
  const Tensor x = randn({8, 4}), y = randn({8, 3});
  const Model a = branch(), b = branch(), plain = b.clone();
  freeze(b, named("dense"));
  freeze(plain, named("dense"));
  struct Join : CallbackBase {
    Model a, b;
    Join(const Model& first, const Model& second) : a(first), b(second) {}
    void on_epoch_end(Model&, int epoch, const Logs&) override {
      if (epoch == 0) joined(a, b);
    }
  };
  for (const Model& m : {b, plain}) m.compile({.optimizer = SGD(0.1), .loss = "mse"});
  b.fit(x, y, {.epochs = 3, .verbose = 0, .callbacks = {callback<Join>(a, b)}, .shuffle = false});
  plain.fit(x, y, {.epochs = 3, .verbose = 0, .shuffle = false});
  CHECK(names_of(b) == Names{"input_2", "dense_2", "dense_3"});
  CHECK(same_bits(b.get_weights(), plain.get_weights()));
}

TEST_CASE("a layer that takes in layers of two models counts their names") {
  class Pair : public LayerBase {
   public:
    Pair(const Layer& a, const Layer& b) : a_(add_layer(a)), b_(add_layer(b)) {}
    Tensor call(const Tensor& x, const CallContext& context) override { return a_(x, context) + b_(x, context); }

   private:
    Layer a_, b_;
  };
  const Model a = branch(), b = branch();
  const Layer pair = layer<Pair>(a.get_layer("dense"), b.get_layer("dense"));
  CHECK(pair.base().sublayers()[0].name() == "dense");
  CHECK(pair.base().sublayers()[1].name() == "dense_2");
  CHECK(pair(ones({1, 4})).shape() == Shape{1, 5});
}

TEST_CASE("a Sequential's own input is counted like any other, in copies and files too") {
  const Folder folder;
  const Sequential a({Input(4), Dense(3)});
  a.save(folder / "s.frost");
  const auto names = [](const Model& x, const Model& y) { return names_of(joined(x, y)); };
  const Names expected = {"input_1", "input_2", "dense", "dense_1", "concatenate"};
  CHECK(names(a, a.clone()) == expected);
  CHECK(names(load_model(folder / "s.frost"), load_model(folder / "s.frost")) == expected);
  CHECK_THROWS_AS(
      joined(Sequential({Input(4, {.name = "in"}), Dense(3)}), Sequential({Input(4, {.name = "in"}), Dense(3)})),
      ValueError);
}
