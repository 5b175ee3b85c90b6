// Models are built from shapes alone: unknown sizes meet known ones, no message shows a size that nobody wrote, and
// what layers make of shapes takes no memory.
#include "support/catch.hpp"

#include <frost/frost.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

// A layer that is a function of its inputs.
template <class F>
Layer of(F f) {
  class Applied : public LayerBase {
   public:
    explicit Applied(F f) : f_(std::move(f)) {}
    Tensor call(const Tensors& xs, const CallContext&) override { return f_(xs); }
    Tensor call(const Tensor& x, const CallContext&) override { return f_({x}); }

   private:
    F f_;
  };
  return layer<Applied>(std::move(f));
}
// A symbol of this very shape, batch size and all.
Symbol fixed(const Shape& shape) {
  return of([shape](const Tensors&) { return ones(shape); })(Input({1}));
}
std::string message(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}
bool shows_witnesses(const std::string& text) {
  for (const char* number : {"3360", "6720", "3361", "3359", "6719", "1680", "13440", "10080"})
    if (text.find(number) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("merging layers take an unknown size beside a known one, which is the result's") {
  const std::vector<Layer> layers = {Add(), Multiply(), Average(), Maximum(), Minimum(), Subtract()};
  for (const Layer& merge : layers) {
    INFO(merge.type());
    CHECK(merge({Input({4}), fixed({5, 4})}).shape() == Shape{5, 4});
    CHECK(merge({fixed({5, 4}), Input({4})}).shape() == Shape{5, 4});
    CHECK(merge({Input({-1, 3}), Input({7, 3})}).shape() == Shape{-1, 7, 3});
    CHECK(merge({Input({20000, 3}), Input({-1, 3})}).shape() == Shape{-1, 20000, 3});
    CHECK(merge({Input({-1, 3}), Input({1, 3})}).shape() == Shape{-1, -1, 3});
    CHECK_THROWS_WITH(merge({Input({6, 3}), Input({7, 3})}), Contains("(None, 6, 3) and (None, 7, 3)"));
  }
  CHECK(Concatenate()({Input({4}), fixed({5, 2})}).shape() == Shape{5, 6});
  CHECK(Concatenate({.axis = 1})({Input({-1, 3}), Input({2, 3})}).shape() == Shape{-1, -1, 3});
  CHECK(Concatenate({.axis = -1})({Input({-1, 3}), Input({2, 3})}).shape() == Shape{-1, 2, 6});
  CHECK(Dot({.axes = {2}})({Input({-1, 3}), Input({4, 3})}).shape() == Shape{-1, -1, 4});
  CHECK(Dot({.axes = {1}})({Input({-1, 3}), Input({4, 2})}).shape() == Shape{-1, 3, 2});
}

TEST_CASE("sizes that follow from unknown ones meet known ones too") {
  const Symbol steps = Input({-1, 3});
  const Symbol shorter = Conv1D({.filters = 3, .kernel_size = 3})(steps),
               longer = of([](const Tensors&xs) { return repeat(xs[0], 2, 1); })(steps);
  for (const Symbol& s : {shorter, longer}) {
    CHECK(Add()({s, Input({10000, 3})}).shape() == Shape{-1, 10000, 3});
    CHECK(Add()({Input({9, 3}), s}).shape() == Shape{-1, 9, 3});
    CHECK(Concatenate({.axis = 2})({s, Input({9, 2})}).shape() == Shape{-1, 9, 5});
  }
  const Symbol chain = Add()({Add()({shorter, Input({9, 3})}), longer});
  CHECK(chain.shape() == Shape{-1, 9, 3});
  CHECK(Dense({.units = 2})(chain).shape() == Shape{-1, 9, 2});
}

TEST_CASE("operations inside a layer take unknown sizes beside known ones") {
  const auto shape_of = [](auto f, const Symbols& inputs) { return of(f)(inputs).shape(); };
  const Symbols both = {Input({-1, 3}), Input({5, 3})};
  CHECK(shape_of([](const Tensors& xs) { return xs[0] * xs[1]; }, both) == Shape{-1, 5, 3});
  CHECK(shape_of([](const Tensors& xs) { return xs[0] < xs[1]; }, both) == Shape{-1, 5, 3});
  CHECK(shape_of([](const Tensors& xs) { return where(xs[0] < 0., xs[1], 0.); }, both) == Shape{-1, 5, 3});
  CHECK(shape_of([](const Tensors& xs) { return stack({xs[0], xs[1]}, 1); }, both) == Shape{-1, 2, 5, 3});
  CHECK(shape_of([](const Tensors& xs) { return concatenate({xs[0], xs[1]}, 2); }, both) == Shape{-1, 5, 6});
  CHECK(shape_of([](const Tensors& xs) { return einsum({xs[0], xs[1]}, "bij,bij->bi"); }, both) == Shape{-1, 5});
  CHECK(shape_of([](const Tensors& xs) { return matmul(xs[0], xs[1], {.transpose_a = true}); }, both) ==
        Shape{-1, 3, 3});
  CHECK(shape_of([](const Tensors& xs) { return xs[0] + ones({5, 1}); }, {both[0]}) == Shape{-1, 5, 3});
  CHECK(shape_of(
            [](const Tensors& xs) {
              return reshape(xs[0], {xs[0].shape()[0], -1, 7});
            },
            {both[0]}) == Shape{-1, -1, 7});
  CHECK(shape_of([](const Tensors& xs) { return reshape(xs[0], {11, 3}); }, {Input({3})}) == Shape{11, 3});
}

TEST_CASE("a size of 3360 that a user wrote is one like any other") {
  CHECK(Add()({Input({3360, 2}), Input({-1, 2})}).shape() == Shape{-1, 3360, 2});
  CHECK(Add()({Input({-1, 2}), Input({6720, 2})}).shape() == Shape{-1, 6720, 2});
  CHECK_THROWS_WITH(Add()({Input({3360, 2}), Input({5, 2})}), Contains("(None, 3360, 2) and (None, 5, 2)"));
  CHECK_THROWS_WITH(Add()({Input({6720, 2}), Input({5, 2})}), Contains("(None, 6720, 2)"));
}

TEST_CASE("errors while a model is built say None for unknown sizes") {
  const Symbol x = Input({4}), steps = Input({-1, 3});
  const std::vector<std::function<void()>> wrongs = {
      [&] {
        Add()({x, Input({5})});
      },
      [&] {
        Add()({fixed({5, 4}), fixed({6, 4})});
      },
      [&] {
        Concatenate()({steps, Input({4})});
      },
      [&] {
        Concatenate({.axis = 1})({steps, Input({2, 4})});
      },
      [&] { Reshape({5})(x); },
      [&] { of([](const Tensors& xs) {
              return matmul(xs[0], ones({3, 2}));
            })(x); },
      [&] { of([](const Tensors& xs) { return xs[0] + ones({7}); })(x); },
      [&] { of([](const Tensors& xs) {
              return reshape(xs[0], {xs[0].shape()[0], 3});
            })(x); },
      [&] { of([](const Tensors& xs) {
              return concatenate({xs[0], ones({xs[0].shape()[0] + 1, 3})}, 1);
            })(x); },
      [&] { of([](const Tensors& xs) { return xs[0].slice(0, 0, 2)[5]; })(x); },
      [&] { of([](const Tensors& xs) { return take(xs[0], zeros({2}), 0); })(x); },
      [&] { of([](const Tensors& xs) { return squeeze(xs[0], 0); })(x); },
  };
  for (std::size_t i = 0; i < wrongs.size(); ++i) {
    const std::string text = message(wrongs[i]);
    INFO(i << ": " << text);
    CHECK_FALSE(text.empty());
    CHECK_FALSE(shows_witnesses(text));
  }
  CHECK_THROWS_WITH(wrongs[0](), Contains("(None, 4) and (None, 5)"));
  CHECK_THROWS_WITH(wrongs[7](), Contains("(None, 4)"));
}

TEST_CASE("errors inside nested models keep their paths and say None") {
  const Symbol x = Input({4});
  Sequential inner({Dense({.units = 3, .name = "narrow"}), of([](const Tensors& xs) { return xs[0] + ones({7}); })},
                   {.name = "inner"});
  const std::string text = message([&] { inner(x); });
  INFO(text);
  CHECK_THAT(text, Contains("inner/") && Contains("(None, 3) and (7,)"));
  CHECK_FALSE(shows_witnesses(text));
}

TEST_CASE("makers of an input's shape take no memory while a model is built") {
  const std::vector<std::pair<const char*, Tensor (*)(const Tensor&)>> makers = {
      {"zeros", [](const Tensor& x) { return x + zeros(x.shape()); }},
      {"ones", [](const Tensor& x) { return x * ones(x.shape()); }},
      {"full", [](const Tensor& x) { return x - full(x.shape(), 2.); }},
      {"randn", [](const Tensor& x) { return x + randn(x.shape()); }},
      {"uniform", [](const Tensor& x) { return x + uniform(x.shape()); }},
      {"randint", [](const Tensor& x) { return x + randint(0, 5, x.shape()).to(x.dtype()); }},
      {"ones_like", [](const Tensor& x) { return x + ones_like(x); }},
      {"broadcast_to", [](const Tensor& x) { return x + broadcast_to(ones({1}), x.shape()); }},
      {"tile",
       [](const Tensor& x) {
         return x + tile(ones({1, 1, 1, 1}), {x.shape()[0], 224, 224, 3});
       }},
      {"eye", [](const Tensor& x) { return x + sum(eye(x.shape()[0] * 8)); }},
      {"arange", [](const Tensor& x) { return x + sum(arange(x.size())).to(x.dtype()); }},
      {"linspace", [](const Tensor& x) { return x + sum(linspace(0, 1, x.size())); }},
      {"outer", [](const Tensor& x) { return x + sum(outer(ones({x.shape()[0]}), ones({x.shape()[0] * 4}))); }},
  };
  for (const auto& [name, make] : makers) {
    INFO(name);
    reset_peak_memory();
    const std::int64_t before = memory_stats().live_bytes;
    const Symbol input = Input({224, 224, 3});
    const Layer made = of([make = make](const Tensors& xs) { return make(xs[0]); });
    CHECK(made(input).shape() == Shape{-1, 224, 224, 3});
    CHECK(memory_stats().peak_bytes - before < 32 << 20);
  }
}

TEST_CASE("what a layer makes of shapes has its values when they are read, and in a call on data") {
  const Layer masked = of([](const Tensors& xs) {
    const std::int64_t n = xs[0].shape()[1];
    Tensor mask = zeros({n, n});
    const std::span<float> values = mask.mutable_data<float>();
    for (std::int64_t i = 0; i < n; ++i) values[static_cast<std::size_t>(i * n + i)] = 1;
    const bool is_right = mask[0][0].item<float>() == 1 && sum(arange(n)).item<std::int64_t>() == n * (n - 1) / 2;
    return matmul(mask, xs[0]) * (is_right ? 1. : 0.);
  });
  const Symbol y = masked(Input({-1, 3}));
  CHECK(y.shape() == Shape{-1, -1, 3});
  const Tensor x = randn({2, 5, 3});
  CHECK(max(abs(masked(x) - x)).item<float>() == 0);
}

TEST_CASE("a table of fewer rows than an unknown size stands for is looked up by arange") {
  struct Positions : LayerBase {
    void build(const Shape& input) override { table = add_weight("table", {16, input.back()}, "ones"); }
    Tensor call(const Tensor& x, const CallContext&) override { return x + take(table, arange(x.shape()[1])); }
    Parameter table;
  };
  const Layer positions = layer<Positions>();
  CHECK(positions(Input({-1, 3})).shape() == Shape{-1, -1, 3});
  CHECK(positions(zeros({2, 5, 3})).shape() == Shape{2, 5, 3});
  CHECK_THROWS_AS(positions(zeros({2, 17, 3})), Error);
}

TEST_CASE("what is computed from makers alone has its values when they are read") {
  const Layer sums = of([](const Tensors& xs) {
    const Tensor steps = arange(xs[0].shape()[1]);
    const auto last = max(steps * 2 + 1).item<std::int64_t>();
    return xs[0] * (last == 2 * xs[0].shape()[1] - 1 ? 1. : 0.) +
           split(broadcast_to(steps.to(DType::float32), {4, steps.size()}), 2)[1][0][1].item<double>();
  });
  CHECK(sums(Input({-1, 3})).shape() == Shape{-1, -1, 3});
  CHECK(sums(ones({1, 2, 3}))[0][0][0].item<float>() == 2);
}

TEST_CASE("weights that are made while a model is built have values, in layers inside layers too") {
  struct Outer : LayerBase {
    Tensor call(const Tensor& x, const CallContext&) override { return inner(x); }
    Layer inner = Dense({.units = 2000});
  };
  const Layer outer = layer<Outer>();
  const Symbol y = outer(Input({1000}));
  const Model model(y.layer().input(), y);
  CHECK(model(ones({2, 1000})).shape() == Shape{2, 2000});
}

TEST_CASE("a layer that is built inside another layer's call gets -1 for unknown sizes") {
  static Shape built;
  struct Inner : LayerBase {
    void build(const Shape& input) override { built = input; }
    Tensor call(const Tensor& x, const CallContext&) override { return x; }
  };
  struct Outer : LayerBase {
    Tensor call(const Tensor& x, const CallContext&) override { return inner(x); }
    Layer inner = layer<Inner>();
  };
  layer<Outer>()(Input({-1, 7}));
  CHECK(built == Shape{-1, -1, 7});
}
