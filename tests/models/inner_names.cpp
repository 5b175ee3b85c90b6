#include "../support/catch.hpp"

#include <frost/frost.hpp>

#include "io/support.hpp"

using namespace frost;
using Catch::Matchers::Contains;
using io_test::Folder;
using io_test::same_bits;

namespace {

// Takes in what it is given, in its constructor or in build.
class Chain : public LayerBase {
 public:
  explicit Chain(const std::vector<Layer>& layers, bool in_build = false) : layers_(layers), in_build_(in_build) {
    if (!in_build) add_all();
  }
  void build(const Shape&) override {
    if (in_build_) add_all();
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    Tensor y = x;
    for (const Layer& l : layers_) y = l(y, context);
    return y;
  }
  Layer copy_unbuilt() const override {
    std::vector<Layer> copies;
    for (const Layer& l : layers_) copies.push_back(l.base().copy_unbuilt());
    return layer<Chain>(copies, in_build_);
  }
  void grow(const Layer& layer) { layers_.push_back(add_layer(layer)); }

 private:
  void add_all() {
    for (const Layer& l : layers_) add_layer(l);
  }
  std::vector<Layer> layers_;
  bool in_build_;
};
Layer chain(const std::vector<Layer>& layers, bool in_build = false) { return layer<Chain>(layers, in_build); }
Layer dense(const std::string& name = {}) { return Dense({.units = 3, .name = name}); }

std::vector<std::string> names_in(const Layer& layer) {
  std::vector<std::string> names;
  for (const Layer& l : layer.base().sublayers()) names.push_back(l.name());
  return names;
}
using Names = std::vector<std::string>;

Model around(const Layer& layer) {
  const Symbol input = Input({3});
  return Model(input, layer(input));
}

}  // namespace

TEST_CASE("inner layers without a name are counted as in a model") {
  for (const bool in_build : {false, true}) {
    const Layer l = chain({dense(), Activation("relu"), dense(), Activation("tanh"), dense()}, in_build);
    l(ones({1, 3}));
    CHECK(names_in(l) == Names{"dense", "activation", "dense_1", "activation_1", "dense_2"});
    CHECK(l.weights()[2].name() == "dense_1/kernel");
  }
  const Layer nested = chain({chain({dense(), dense()}), chain({dense()}), Sequential({dense()}), Sequential()});
  CHECK(names_in(nested) == Names{"chain", "chain_1", "sequential", "sequential_1"});
  CHECK(names_in(nested.base().sublayers()[0]) == Names{"dense", "dense_1"});
  CHECK(names_in(nested.base().sublayers()[1]) == Names{"dense"});
}

TEST_CASE("given names stay and are skipped, two equal ones are an error that adds nothing") {
  CHECK(names_in(chain({dense("dense_1"), dense(), dense()})) == Names{"dense_1", "dense", "dense_2"});
  CHECK(names_in(chain({dense(), dense("dense")})) == Names{"dense_1", "dense"});
  CHECK_THROWS_WITH(chain({dense("a"), dense("a")}), Contains("add_layer: there is a layer 'a' already"));
  const Layer l = chain({dense("a")});
  CHECK_THROWS_AS(static_cast<Chain&>(l.base()).grow(dense("a")), ValueError);
  CHECK(names_in(l) == Names{"a"});
  const Layer twice = dense("twice");
  CHECK(chain({twice, twice}).weights().empty());
}

TEST_CASE("each of several inner layers of one type is found, frozen and written by its path") {
  const Folder folder;
  const Model model = around(chain({dense(), dense(), chain({dense(), dense()})}, true));
  for (const char* path : {"chain/dense", "chain/dense_1", "chain/chain/dense", "chain/chain/dense_1"}) {
    CAPTURE(path);
    model.set_trainable(true);
    CHECK(freeze(model, named(path)).tensors == 2);
    CHECK_FALSE(model.get_layer(path).trainable());
    CHECK(model.trainable_weights().size() == 6);
  }
  CHECK(freeze(model, matching("chain/**/dense_1/kernel")).tensors == 2);
  model.save_weights(folder / "w.safetensors");
  CHECK(load_safetensors(folder / "w.safetensors").count("chain/chain/dense_1/kernel") == 1);
  const Tensors before = model.get_weights();
  for (const Parameter& w : model.weights()) w.assign(zeros_like(w));
  CHECK(model.load_weights(folder / "w.safetensors").loaded == 8);
  CHECK(same_bits(model.get_weights(), before));
}

TEST_CASE("a name that was the only one of its type in a layer is as it was") {
  CHECK(names_in(chain({dense(), Activation("relu")})) == Names{"dense", "activation"});
  CHECK(names_in(TimeDistributed(dense())) == Names{"dense"});
  CHECK(names_in(Bidirectional(LSTM({.units = 2}))) == Names{"forward_lstm", "backward_lstm"});
  const Symbol input = Input({3});
  const Model model(input, chain({dense()})(chain({dense()})(dense()(input))));
  CHECK(model.get_layer("chain_1/dense").weights().size() == 2);
  CHECK(model.get_layer("chain/dense").weights().size() == 2);
}

TEST_CASE("a clone's inner layers are called as the original's") {
  const bool in_build = GENERATE(false, true);
  const Model model = around(chain({dense(), dense("x"), dense(), chain({dense(), dense()})}, in_build));
  model.get_layer("chain/dense_1").set_name("y");
  const Model copy = model.clone();
  CHECK(names_in(copy.get_layer("chain")) == Names{"dense", "x", "y", "chain"});
  CHECK(names_in(copy.get_layer("chain/chain")) == Names{"dense", "dense_1"});
  for (std::size_t i = 0; i < copy.weights().size(); ++i) CHECK(copy.weights()[i].name() == model.weights()[i].name());
  CHECK(same_bits(copy.get_weights(), model.get_weights()));
}

TEST_CASE("a model does not give an inner layer the name of one beside it") {
  const Layer inner = dense(), other = dense(), l = chain({inner, other});
  REQUIRE(names_in(l) == Names{"dense", "dense_1"});
  const Symbol input = Input({3});
  const Model model(input, inner(dense("dense")(l(input))));
  CHECK(names_in(l) == Names{"dense_2", "dense_1"});
  CHECK(model.get_layer("chain/dense_1").is_same(other));
}

TEST_CASE("renaming a layer onto a name beside it is an error that changes nothing") {
  const Layer inside = dense("inside"), a = dense("a");
  const Model nested = around(Sequential({inside, dense("near")}, {.name = "nested"}));
  const Layer l = chain({dense("first"), dense("second")});
  const Symbol input = Input({3}, {.name = "in"});
  const Model model(input, l(nested(a(input))), {.name = "outer"});
  const auto refuses = [&](const Layer& layer, const std::string& name) {
    const std::string before = layer.name();
    CHECK_THROWS_WITH(layer.set_name(name), Contains("set_name: there is a layer '" + name + "' already beside"));
    CHECK(layer.name() == before);
    for (const Parameter& w : layer.weights())
      if (layer.base().sublayers().empty()) CHECK(w.name().rfind(before + "/", 0) == 0);
  };
  refuses(a, nested.name());
  refuses(a, "in");
  refuses(nested, "a");
  refuses(inside, "near");
  refuses(l.base().sublayers()[1], "first");
  refuses(l, "a");
  inside.set_name("a");  // another model's
  a.set_name("a");       // its own
  a.set_name("b");
  l.set_name("a");
  CHECK(model.get_layer("a/first").weights().size() == 2);
}

TEST_CASE("of several models that a layer is in, those that are alive count") {
  const Symbol input = Input({3});
  const Layer shared = dense("shared");
  const Model one(input, shared(dense("a")(input)));
  {
    const Model two(input, dense("b")(shared(input)));
    CHECK_THROWS_AS(shared.set_name("a"), ValueError);
    CHECK_THROWS_AS(shared.set_name("b"), ValueError);
    const Sequential three({dense("c"), shared});
    CHECK_THROWS_AS(shared.set_name("c"), ValueError);
  }
  CHECK_THROWS_AS(shared.set_name("a"), ValueError);
  shared.set_name("c");
  shared.set_name("b");
  CHECK(one.get_layer("b").is_same(shared));
}

TEST_CASE("an input that is renamed is called so in errors, files and copies") {
  const Folder folder;
  const Symbol input = Input({3});
  const Model model(input, dense()(input));
  model.get_layer(0).set_name("pixels");
  CHECK_THROWS_WITH(model(ones({1, 2})), Contains("input 'pixels'"));
  model.save(folder / "m.frost");
  CHECK(load_model(folder / "m.frost").get_layer("pixels").type() == "InputLayer");
  CHECK(model.clone().get_layer(0).name() == "pixels");
}

TEST_CASE("no layer is inside itself: a circle of any length is an error that changes nothing") {
  const auto grow = [](const Layer& l, const Layer& inner) { static_cast<Chain&>(l.base()).grow(inner); };
  const Sequential m({dense()});
  CHECK_THROWS_WITH(m.add(m), Contains("add: the layer 'sequential' would be inside itself"));
  CHECK(names_in(m) == Names{"dense"});

  const Sequential a({}, {.name = "a"}), b({}, {.name = "b"}), c({}, {.name = "c"});
  a.add(b);
  b.add(c);
  for (const Sequential& outer : {a, b}) CHECK_THROWS_WITH(c.add(outer), Contains("would be inside itself"));
  CHECK(c.layers().empty());
  c.add(dense());
  CHECK(names_in(c) == Names{"dense"});

  const Layer custom = chain({}), other = chain({}), wrapped = TimeDistributed(other);
  CHECK_THROWS_WITH(grow(custom, custom), Contains("add_layer: the layer 'chain' would be inside itself"));
  grow(custom, wrapped);
  CHECK_THROWS_WITH(grow(other, custom), Contains("it holds 'chain'"));
  CHECK_THROWS_WITH(grow(other, wrapped), Contains("would be inside itself"));
  const Sequential net({custom});
  CHECK_THROWS_WITH(grow(other, net), Contains("would be inside itself"));
  CHECK(other.base().sublayers().empty());
  CHECK(names_in(custom) == Names{"time_distributed"});

  const Sequential built({dense()});
  built.build({3});
  const Symbol input = Input({3});
  const Model functional(input, built(input), {.name = "functional"});
  CHECK_THROWS_WITH(built.add(functional), Contains("would be inside itself"));
  CHECK(built(ones({2, 3})).shape() == Shape{2, 3});
  CHECK(built.layers().size() == 1);
}
