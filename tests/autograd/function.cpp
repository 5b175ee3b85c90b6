#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <cmath>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Tensor leaf(Literal values) { return tensor(values, {.dtype = DType::float64, .requires_grad = true}); }
Tensor data(Literal values) { return tensor(values, DType::float64); }
double value(const Tensor& t) { return t.item<double>(); }

// a·b, which keeps of each what the other's gradient reads, and notes what was wanted.
struct Product : Function<Product> {
  static inline std::vector<bool> wanted;
  static Tensor forward(FunctionContext& ctx, const Tensor& a, const Tensor& b, double scale) {
    wanted = {ctx.needs_grad(0), ctx.needs_grad(1)};
    if (ctx.needs_grad(0)) ctx.save(b);
    if (ctx.needs_grad(1)) ctx.save(a);
    ctx.data<double>() = scale;
    return a * b * scale;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const double scale = ctx.data<double>();
    if (ctx.needs_grad(0) && ctx.needs_grad(1)) {
      const auto [b, a] = ctx.saved<2>();
      return {dy * b * scale, dy * a * scale};
    }
    const auto [other] = ctx.saved<1>();
    return ctx.needs_grad(0) ? Tensors{dy * other * scale, Tensor{}} : Tensors{Tensor{}, dy * other * scale};
  }
};

struct WrongShape : Function<WrongShape> {
  static Tensor forward(FunctionContext&, const Tensor& x) { return sum(x); }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy}; }
};
struct WrongDtype : Function<WrongDtype> {
  static Tensor forward(FunctionContext&, const Tensor& x) { return x * 2.; }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy.to(DType::float32)}; }
};
struct TooFew : Function<TooFew> {
  static Tensor forward(FunctionContext&, const Tensor& a, const Tensor& b) { return a * b; }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy}; }
};
struct AsksForMore : Function<AsksForMore> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return x * 2.;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [x, y] = ctx.saved<2>();
    return {dy * x * y};
  }
};
struct GivesNothing : Function<GivesNothing> {
  static Tensors forward(FunctionContext&, const Tensor&) { return {}; }
  static Tensors backward(FunctionContext&, const Tensors&) { return {Tensor{}}; }
};

// The value and its square; a gradient that is not asked for comes as zeros.
struct Both : Function<Both> {
  static Tensors forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return {x * 1., x * x};
  }
  static Tensors backward(FunctionContext& ctx, const Tensors& dys) {
    const auto [x] = ctx.saved<1>();
    return {dys[0] + 2. * x * dys[1]};
  }
};

// Differentiates inside its own rule.
struct ByGrad : Function<ByGrad> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return sin(x);
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [x] = ctx.saved<1>();
    return {vjp([](const Tensors& t) { return sin(t[0]); }, {x}).pullback(dy)};
  }
};

}  // namespace

TEST_CASE("a function is told which gradients are wanted, and what it does not save is not kept") {
  const Tensor a = leaf({1., 2.}), b = leaf({3., 4.}), frozen = data({5., 6.});
  sum(Product::apply(a, b, 2.)).backward();
  CHECK(Product::wanted == std::vector<bool>{true, true});
  CHECK(a.grad().to_vector<double>()[1] == 8);
  CHECK(b.grad().to_vector<double>()[1] == 4);
  a.zero_grad();
  const Tensor h = a * 1.;
  const Tensor y = Product::apply(h, frozen, 2.);
  CHECK(Product::wanted == std::vector<bool>{true, false});
  CHECK(tape_stats(y).saved_bytes == 0);  // h is not kept: nothing reads it
  sum(y).backward();
  CHECK(a.grad().to_vector<double>()[1] == 12);
  CHECK_FALSE(Product::apply(frozen, frozen, 2.).requires_grad());
  CHECK(Product::wanted == std::vector<bool>{false, false});
  const NoGrad guard;
  Product::apply(a, b, 2.);
  CHECK(Product::wanted == std::vector<bool>{false, false});
}

TEST_CASE("a function's saved inputs stay connected while gradients are recorded") {
  const auto f = [](const Tensors& x) { return Product::apply(sin(x[0]), exp(x[1]), 3.); };
  const GradcheckReport r =
      gradcheck(f, {data({0.3, -0.7}), data({0.2, 1.1})}, {.second_order = true, .every_freeze_pattern = true});
  INFO(r);
  CHECK(r.ok());
  CHECK(gradcheck([](const Tensor& x) { return Both::apply(x)[1]; }, data({0.5, 2.}), {.second_order = true}));
}

TEST_CASE("an output that nobody used has a gradient of zeros") {
  const Tensor x = leaf(3.);
  Both::apply(x)[0].backward();
  CHECK(value(x.grad()) == 1);
  x.zero_grad();
  const Tensors y = Both::apply(x);
  (y[0] + y[1]).backward();
  CHECK(value(x.grad()) == 7);
}

TEST_CASE("a wrong number, shape or dtype of gradients is an error that names the function") {
  const Tensor x = leaf({1., 2.}), y = leaf({1., 2.});
  CHECK_THROWS_WITH(WrongShape::apply(x).backward(), Contains("WrongShape") && Contains("got (); expected (2,)"));
  CHECK_THROWS_WITH(sum(WrongDtype::apply(x)).backward(),
                    Contains("WrongDtype") && Contains("got float32; expected float64"));
  CHECK_THROWS_WITH(sum(TooFew::apply(x, y)).backward(), Contains("TooFew") && Contains("got 1; expected 2"));
  CHECK_THROWS_WITH(sum(AsksForMore::apply(x)).backward(),
                    Contains("AsksForMore: saved<2>() was asked for, but forward saved 1"));
  CHECK_THROWS_WITH(GivesNothing::apply(x), Contains("GivesNothing: forward returned 0 outputs; expected 1 to 4"));
  CHECK_FALSE(x.has_grad());
}

TEST_CASE("a function's rule may differentiate by itself") {
  const Tensor x = leaf(0.4);
  ByGrad::apply(x).backward();
  CHECK(value(x.grad()) == Approx(std::cos(0.4)));
}

TEST_CASE("100,000 calls of a function, recorded and walked, leave no memory behind") {
  const Tensor x = leaf(2.), w = leaf(3.);
  const auto step = [&] {
    Product::apply(x, w, 0.5).backward();
    x.zero_grad();
    w.zero_grad();
  };
  step();
  const MemoryStats before = memory_stats();
  for (int i = 0; i < 100'000; ++i) step();
  CHECK(memory_stats().live_bytes == before.live_bytes);
  CHECK(memory_stats().reserved_bytes == before.reserved_bytes);
}
