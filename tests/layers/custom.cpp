#include "../support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/layers.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

class Scale : public LayerBase {
 public:
  explicit Scale(double start = 1) : start_(start) {}
  void build(const Shape& input) override {
    built_with = input;
    gain_ = add_weight("gain", {input.back()}, constant(start_));
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    trained = context.training;
    return x * gain_;
  }
  inline static Shape built_with;
  inline static bool trained;

 private:
  double start_;
  Parameter gain_;
};

struct Both : LayerBase {
  void build(const std::vector<Shape>& inputs) override { count = inputs.size(); }
  Tensor call(const Tensors& xs, const CallContext&) override {
    Tensor total = xs[0];
    for (std::size_t i = 1; i < xs.size(); ++i) total = total + xs[i];
    return total;
  }
  inline static std::size_t count;
};

struct Halves : LayerBase {
  Tensors call_all(const Tensors& xs, const CallContext&) override {
    const std::int64_t n = xs[0].shape().back();
    return {xs[0].slice(-1, 0, n / 2), xs[0].slice(-1, n / 2, n)};
  }
};

struct Nothing : LayerBase {};

// Reads sizes in `call`, which a layer must never find to be −1.
struct Rows : LayerBase {
  Tensor call(const Tensor& x, const CallContext&) override {
    return x.reshape({x.shape()[0], -1}) + zeros({x.shape()[0], 1}, {.dtype = x.dtype()});
  }
};

struct Pair : LayerBase {
  Pair() {
    set = add_weight("offset", {1}, "zeros");
    inner = add_layer(Dense({.units = 3}));
  }
  Tensor call(const Tensor& x, const CallContext& context) override { return inner(x, context) + set; }
  Layer inner;
  Parameter set;
};

struct Fails : LayerBase {
  void build(const Shape&) override {
    add_weight("first", {2});
    throw ValueError("no");
  }
};

}  // namespace

TEST_CASE("a class of one's own is a layer, eager on a tensor and symbolic on a symbol") {
  const Layer scale = layer<Scale>(2.0);
  const Tensor y = scale(ones({4, 3}));
  CHECK(y.shape() == Shape{4, 3});
  CHECK(sum(y).item<double>() == 24);
  CHECK(Scale::built_with == Shape{-1, 3});
  const Symbol s = scale(Input({3}));
  CHECK(s.shape() == Shape{-1, 3});
  CHECK(scale.type() == "Scale");
  CHECK(scale.name() == "scale");
  CHECK(scale.weights()[0].name() == "scale/gain");
  CHECK(scale.count_params() == 3);
}

TEST_CASE("copies of a layer share weights, name and flags") {
  const Layer a = layer<Scale>(2.0), b = a;
  a(ones({1, 2}));
  b.set_name("other");
  b.set_trainable(false);
  CHECK(a.is_same(b));
  CHECK(a.weights()[0].name() == "other/gain");
  CHECK_FALSE(a.weights()[0].requires_grad());
  CHECK_FALSE(a.trainable());
}

TEST_CASE("what is frozen before it is built stays frozen") {
  const Layer scale = layer<Scale>();
  scale.set_trainable(false);
  CHECK_FALSE(scale(ones({1, 2})).requires_grad());
  CHECK(scale.trainable_weights().empty());
  scale.set_trainable(true);
  CHECK(scale(ones({1, 2})).requires_grad());
}

TEST_CASE("training is false inside a frozen layer and for a symbol") {
  const Layer scale = layer<Scale>();
  scale(ones({1, 2}), {.training = true});
  CHECK(Scale::trained);
  scale(Input({2}));
  CHECK_FALSE(Scale::trained);
  scale.set_trainable(false);
  scale(ones({1, 2}), {.training = true});
  CHECK_FALSE(Scale::trained);
}

TEST_CASE("a layer of several inputs takes lists of tensors and of symbols") {
  const Layer both = layer<Both>();
  CHECK(sum(both({ones({2, 2}), ones({2, 2})})).item<double>() == 8);
  CHECK(Both::count == 2);
  CHECK(both({Input({3}), Input({3})}).shape() == Shape{-1, 3});
  CHECK(sum(both(ones({2}))).item<double>() == 2);
}

TEST_CASE("a layer of several outputs gives them through all, and says so otherwise") {
  const Layer halves = layer<Halves>();
  const Tensors parts = halves.all(tensor({{1., 2., 3., 4.}}));
  REQUIRE(parts.size() == 2);
  CHECK(sum(parts[1]).item<double>() == 7);
  CHECK(halves.all(Input({6})).at(1).shape() == Shape{-1, 3});
  CHECK_THROWS_WITH(halves(ones({2, 4})), Contains("2 outputs; use all"));
  CHECK_THROWS_AS(halves(Input({4})), GraphError);
}

TEST_CASE("a layer that overrides no call, or gets too many inputs, says so") {
  CHECK_THROWS_WITH(layer<Nothing>()(ones({2})), Contains("overrides none of the calls"));
  CHECK_THROWS_WITH(layer<Scale>()({ones({2, 2}), ones({2, 2})}), Contains("takes one input; got 2"));
}

TEST_CASE("a custom layer may read sizes in its call whatever is unknown") {
  const Layer rows = layer<Rows>();
  CHECK(rows(Input({4, 5})).shape() == Shape{-1, 20});
  CHECK(rows(Input({-1, 5})).shape() == Shape{-1, -1});
  CHECK(rows(ones({2, 3, 5})).shape() == Shape{2, 15});
}

TEST_CASE("a weight whose size is unknown is an error that names it") {
  CHECK_THROWS_WITH(layer<Scale>()(Input({3, -1})), Contains("weight 'gain'") && Contains("unknown"));
}

TEST_CASE("a build that fails leaves no weight behind") {
  const Layer fails = layer<Fails>();
  CHECK_THROWS_AS(fails(ones({2})), ValueError);
  CHECK(fails.weights().empty());
  CHECK_FALSE(fails.is_built());
}

TEST_CASE("a layer inside a layer shares its weights and freezes with it") {
  const Layer pair = layer<Pair>();
  CHECK(pair(ones({2, 4})).shape() == Shape{2, 3});
  const Parameters weights = pair.weights();
  REQUIRE(weights.size() == 3);
  CHECK(weights[0].name() == "pair/offset");
  CHECK(weights[1].name() == "dense/kernel");
  pair.set_trainable(false);
  CHECK(pair.trainable_weights().empty());
}

TEST_CASE("a layer's errors carry its name and keep their class") {
  Layer dense = Dense({.units = 2, .name = "head"});
  dense(ones({1, 3}));
  CHECK_THROWS_AS(dense(ones({1, 4})), ShapeError);
  CHECK_THROWS_WITH(dense(ones({1, 4})), Catch::Matchers::StartsWith("head: "));
}

TEST_CASE("set_weights changes everything or nothing") {
  Layer dense = Dense({.units = 2});
  dense(ones({1, 3}));
  const Tensors before = dense.get_weights();
  CHECK_THROWS_AS(dense.set_weights({ones({3, 2}), ones({3})}), ShapeError);
  CHECK_THROWS_AS(dense.set_weights({ones({3, 2})}), ValueError);
  CHECK_THROWS_AS(dense.set_weights({ones({3, 2}), ones({2}, {.dtype = DType::float64})}), ValueError);
  CHECK(sum(abs(dense.get_weights()[0] - before[0])).item<double>() == 0);
  dense.set_trainable(false);
  dense.set_weights({ones({3, 2}), ones({2})});
  CHECK(sum(dense(ones({1, 3}))).item<double>() == 8);
}

TEST_CASE("an absent layer and an absent symbol are errors") {
  CHECK_THROWS_AS(Layer()(ones({1})), ValueError);
  CHECK_THROWS_AS(Dense({.units = 1})(Symbol()), ValueError);
  CHECK_THROWS_AS(Symbol().shape(), ValueError);
}
