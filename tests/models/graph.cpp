#include "../support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/layers.hpp>
#include <frost/models.hpp>

#include <thread>

using namespace frost;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return max(abs(a - b)).item<double>();
}

struct Sum : LayerBase {
  Tensor call(const Tensors& xs, const CallContext&) override { return xs[0] + xs[1]; }
};
struct Halves : LayerBase {
  Tensors call_all(const Tensors& xs, const CallContext&) override {
    const std::int64_t n = xs[0].shape().back();
    return {xs[0].slice(-1, 0, n / 2), xs[0].slice(-1, n / 2, n)};
  }
};
struct OwnError : Error {
  using Error::Error;
};
struct Throws : LayerBase {
  Tensor call(const Tensor& x, const CallContext&) override {
    if (has_values(x)) throw OwnError("mine");
    return x;
  }
};
// Notes the bytes that are alive when it runs.
struct Notes : LayerBase {
  Tensor call(const Tensor& x, const CallContext&) override {
    bytes = memory_stats().live_bytes;
    return x;
  }
  inline static std::int64_t bytes;
};

}  // namespace

TEST_CASE("a model computes what its layers compute one after the other") {
  const Symbol input = Input({4});
  Layer a = Dense({.units = 8, .activation = "relu"}), b = Dense({.units = 2});
  const Model model(input, b(a(input)));
  const Tensor x = randn({3, 4});
  CHECK(distance(model(x), b(a(x))) == 0);
  CHECK(model(x).requires_grad());
  CHECK(model.layers().size() == 3);
  CHECK(model.input().is_same(input));
  CHECK(model.output().shape() == Shape{-1, 2});
}

TEST_CASE("a model of several inputs and outputs takes and gives lists") {
  const Symbol a = Input({3}), b = Input({3});
  const Symbol both = layer<Sum>()({a, b});
  const Symbol y = Dense({.units = 2})(both), z = Dense({.units = 5})(both);
  const Model model({a, b}, {y, z});
  const Tensors out = model.all({ones({2, 3}), ones({2, 3})});
  REQUIRE(out.size() == 2);
  CHECK(out[0].shape() == Shape{2, 2});
  CHECK(out[1].shape() == Shape{2, 5});
  CHECK_THROWS_WITH(model({ones({2, 3}), ones({2, 3})}), Contains("2 outputs; use all"));
  CHECK_THROWS_WITH(model.all(ones({2, 3})), Contains("takes 2 inputs; got 1"));
  CHECK_THROWS_WITH(model.input(), Contains("2 inputs"));
  const Model one({a, b}, y);
  CHECK(one(Tensors{ones({2, 3}), ones({2, 3})}).shape() == Shape{2, 2});
  CHECK_THROWS_WITH(one(ones({2, 3})), Contains("takes 2 inputs; got 1"));
}

TEST_CASE("outputs may be inputs, the same symbol twice, or one of a layer's several") {
  const Symbol x = Input({4});
  const Symbols parts = layer<Halves>().all(x);
  const Model model(x, Symbols{x, parts[1], parts[1]});
  const Tensors y = model.all(tensor({{1., 2., 3., 4.}}));
  CHECK(sum(y[0]).item<double>() == 10);
  CHECK(sum(y[1]).item<double>() == 7);
  CHECK(distance(y[1], y[2]) == 0);
  const Model first(x, parts[0]);
  CHECK(sum(first(tensor({{1., 2., 3., 4.}}))).item<double>() == 3);
}

TEST_CASE("a shared layer's weights are counted once") {
  const Symbol a = Input({3}), b = Input({3});
  Layer shared = Dense({.units = 2});
  const Model model({a, b}, layer<Sum>()({shared(a), shared(b)}));
  CHECK(model.weights().size() == 2);
  CHECK(model.count_params() == 8);
  CHECK(model.layers().size() == 4);
}

TEST_CASE("calling a model on a symbol nests it") {
  const Symbol x = Input({4});
  const Model inner(x, Dense({.units = 3})(x), {.name = "inner"});
  const Symbol input = Input({4});
  const Model outer(input, Dense({.units = 2})(inner(input)));
  CHECK(outer(ones({5, 4})).shape() == Shape{5, 2});
  CHECK(outer.count_params() == 15 + 8);
  CHECK(outer.get_layer("inner/dense").is_same(inner.get_layer("dense")));
  CHECK(Model(outer.get_layer("inner")).layers().size() == 2);
  CHECK_THROWS_AS(Model(outer.get_layer("dense")), ValueError);
}

TEST_CASE("a new head on old features shares the trunk") {
  const Symbol input = Input({4});
  const Model model(input, Dense({.units = 2})(Activation("relu")(Dense({.units = 8, .name = "trunk"})(input))));
  const Symbol features = model.get_layer("activation").output();
  const Model tuned(model.input(), Dense({.units = 5, .activation = "softmax", .name = "head"})(features));
  CHECK(tuned.get_layer("trunk").is_same(model.get_layer("trunk")));
  CHECK(tuned(ones({1, 4})).shape() == Shape{1, 5});
  const Model cut = model.until("activation");
  CHECK(cut(ones({1, 4})).shape() == Shape{1, 8});
  CHECK(cut.layers().size() == 3);
}

TEST_CASE("several threads may call one model at once") {
  const Symbol input = Input({8});
  const Model model(input, Dense({.units = 4})(Activation("relu")(Dense({.units = 16})(input))));
  const Tensor x = randn({5, 8});
  const Tensor expected = model(x).detach();
  std::vector<double> off(4, 1);
  std::vector<std::thread> threads;
  for (double& d : off)
    threads.emplace_back([&] {
      const NoGrad guard;
      for (int i = 0; i < 200; ++i) d = max(abs(model(x) - expected)).item<double>();
    });
  for (std::thread& t : threads) t.join();
  for (const double d : off) CHECK(d == 0);
}

TEST_CASE("a model may begin inside another") {
  const Symbol input = Input({4});
  const Symbol features = Dense({.units = 8})(input);
  const Symbol output = Dense({.units = 2})(features);
  const Model whole(input, output), head(features, output);
  const Tensor x = ones({1, 4});
  CHECK(distance(head(whole.until("dense")(x)), whole(x)) == 0);
  CHECK(head.layers().size() == 2);
  CHECK(head.get_layer(0).type() == "InputLayer");
}

TEST_CASE("an output that depends on a foreign input is an error that names it") {
  const Symbol a = Input({3}), b = Input({3}, {.name = "stranger"});
  const Symbol y = layer<Sum>()({a, b});
  CHECK_THROWS_AS(Model(a, y), GraphError);
  CHECK_THROWS_WITH(Model(a, y), Contains("stranger"));
  CHECK_THROWS_AS(Model(Symbols{a, a}, a), ValueError);
  CHECK_THROWS_AS(Model(Symbols{}, a), ValueError);
}

TEST_CASE("a model checks its input's shape, the unknown axes being free") {
  const Symbol input = Input({-1, 4});
  const Model model(input, Dense({.units = 2})(input));
  CHECK(model(ones({2, 7, 4})).shape() == Shape{2, 7, 2});
  CHECK_THROWS_AS(model(ones({2, 7, 5})), ShapeError);
  CHECK_THROWS_WITH(model(ones({2, 5})), Contains("input_1") && Contains("(2, 5)") && Contains("(None, None, 4)"));
  CHECK_THROWS_AS(model(Tensor()), ValueError);
}

TEST_CASE("an error inside a model carries the path and keeps its class") {
  const Symbol x = Input({-1, -1});
  const Model inner(x, Reshape({4}, {.name = "shaper"})(x), {.name = "inner"});
  const Symbol input = Input({-1, 4});
  const Model around(input, inner(input), {.name = "outer"});
  CHECK(around(ones({2, 1, 4})).shape() == Shape{2, 4});
  CHECK_THROWS_AS(around(ones({2, 2, 4})), ShapeError);
  CHECK_THROWS_WITH(around(ones({2, 2, 4})), StartsWith("outer/inner/shaper: Reshape: "));
  const Model net = Sequential({Flatten(), Dense({.units = 2, .name = "last"})}, {.name = "net"});
  net(ones({2, 3, 2}));
  CHECK_THROWS_AS(net(ones({2, 3, 3})), ShapeError);
  CHECK_THROWS_WITH(net(ones({2, 3, 3})), StartsWith("net/last: linear"));
  const Model outer = Sequential({net}, {.name = "outer"});
  CHECK_THROWS_WITH(outer(ones({2, 3, 3})), StartsWith("outer/net/last: linear"));
  const Model own(input, layer<Throws>()(input));
  CHECK_THROWS_AS(own(ones({1, 4, 4})), OwnError);
}

TEST_CASE("an intermediate result is given up as soon as nobody needs it") {
  const Symbol input = Input({1000});
  Symbol x = input;
  for (int i = 0; i < 20; ++i) x = Activation("relu")(x);
  const Model model(input, layer<Notes>()(x));
  const Tensor data = ones({100, 1000});
  const std::int64_t before = memory_stats().live_bytes;
  model(data);
  CHECK(Notes::bytes - before <= 100 * 1000 * 4);
}

TEST_CASE("a Sequential is built by build, by an InputLayer, or by its first input") {
  const Sequential a({Dense({.units = 8}), Dense({.units = 2})});
  CHECK_THROWS_WITH(a.output(), Contains("not built"));
  CHECK_FALSE(a.is_built());
  a.build({4});
  CHECK(a.count_params() == 40 + 18);
  CHECK(a.output().shape() == Shape{-1, 2});
  CHECK_THROWS_AS(a(ones({1, 5})), ShapeError);
  CHECK_THROWS_AS(a.build({4}), GraphError);

  const Sequential b({InputLayer({4}), Dense({.units = 2})});
  CHECK(b.count_params() == 10);
  CHECK(b.layers().size() == 1);

  const Sequential c({Dense({.units = 2})});
  CHECK(c(ones({3, 4})).shape() == Shape{3, 2});
  CHECK(c(ones({3, 7, 4})).shape() == Shape{3, 7, 2});
}

TEST_CASE("layers may be added to a Sequential before and after it is built") {
  Sequential net;
  net.add(Dense({.units = 8}));
  net.add(Dense({.units = 3}));
  net.build({4});
  net.add(Dense({.units = 2}));
  CHECK(net(ones({1, 4})).shape() == Shape{1, 2});
  CHECK(net.get_layer(-1).name() == "dense_2");
  CHECK_THROWS_AS(net.add(Reshape({5})), ShapeError);
  CHECK(net(ones({1, 4})).shape() == Shape{1, 2});
  CHECK_THROWS_AS(net.add(net.get_layer(0)), ValueError);
  CHECK_THROWS_AS(net.add(Dense({.units = 1, .name = "dense"})), ValueError);
  CHECK_THROWS_AS(net.add(InputLayer({3})), ValueError);
}

TEST_CASE("a model in front of a Sequential brings its input's shape along") {
  const Symbol input = Input({4});
  const Model trunk(input, Dense({.units = 3})(input));
  const Sequential net({trunk, Dense({.units = 2})});
  CHECK(net.output().shape() == Shape{-1, 2});
  CHECK(net.get_layer(0).is_same(trunk));
}

TEST_CASE("dropout draws from the model's stream, and a frozen one is off") {
  seed(4);
  const Symbol input = Input({100});
  const Model model(input, Dropout({.rate = 0.5})(input));
  const Tensor x = ones({1, 100});
  CHECK(distance(model(x), x) == 0);
  CHECK(distance(model(x, {.training = true}), x) > 0);
  model.get_layer("dropout").set_trainable(false);
  CHECK(distance(model(x, {.training = true}), x) == 0);
}

TEST_CASE("a thawed layer inside a frozen model is called as in training") {
  const Symbol x = Input({100});
  const Model inner(x, Dropout({.rate = 0.5})(x), {.name = "inner"});
  const Symbol input = Input({100});
  const Model outer(input, inner(input));
  const Tensor data = ones({1, 100});
  outer.set_trainable(false);
  CHECK(distance(outer(data, {.training = true}), data) == 0);
  outer.get_layer("inner/dropout").set_trainable(true);
  CHECK(distance(outer(data, {.training = true}), data) > 0);
}

TEST_CASE("a model that is gone leaves nothing behind") {
  const std::int64_t before = memory_stats().live_bytes;
  {
    const Symbol input = Input({4});
    const Model model(input, Dense({.units = 2})(Dense({.units = 100})(input)));
    const Symbol outer = Input({4});
    const Model nest(outer, model(outer));
    sum(nest(ones({2, 4}))).backward();
  }
  CHECK(memory_stats().live_bytes == before);
}
