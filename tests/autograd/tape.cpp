#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <cmath>
#include <thread>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Tensor leaf(Literal values) { return tensor(values, {.dtype = DType::float64, .requires_grad = true}); }
Tensor data(Literal values) { return tensor(values, DType::float64); }
double value(const Tensor& t) { return t.item<double>(); }
std::int64_t count(const char* kernel) {
  const auto counts = kernel_counts();
  const auto found = counts.find(kernel);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

TEST_CASE("a chain of a million operations runs forward, backward and is destroyed without recursion") {
  const Tensor x = leaf({1., 2.});
  const std::int64_t before = memory_stats().live_bytes;
  {
    Tensor y = x;
    for (int i = 0; i < 1'000'000; ++i) y = y + 1e-6;
    CHECK(tape_stats(y).nodes == 1'000'000);
    sum(y).backward();
    CHECK(value(sum(x.grad())) == 2);
    x.zero_grad();
  }
  CHECK(memory_stats().live_bytes == before);
}

TEST_CASE("a diamond chain of depth 100 visits every node once") {
  const Tensor x = leaf(1.);
  Tensor y = x;
  for (int i = 0; i < 100; ++i) y = y + y;
  reset_kernel_counts();
  y.backward();
  CHECK(value(x.grad()) == std::ldexp(1., 100));
  CHECK(count("add.da") == 100);
  CHECK(count("add.db") == 100);
}

TEST_CASE("the same tensor as two inputs gets both gradients") {
  const Tensor x = leaf(3.);
  multiply(x, x).backward();
  CHECK(value(x.grad()) == 6);
}

TEST_CASE("gradients accumulate into leaves, and a handle of the old gradient keeps its values") {
  const Tensor x = leaf({1., 2.});
  sum(x * 2.).backward();
  const Tensor first = x.grad();
  sum(x * 3.).backward();
  CHECK(value(sum(x.grad())) == 10);
  CHECK(value(sum(first)) == 4);
  x.zero_grad();
  CHECK_FALSE(x.has_grad());
}

TEST_CASE("a third derivative is right") {
  const Tensor x = leaf(0.4);
  const Tensor d1 = grad(tanh(x), {x}, {.create_graph = true})[0];
  const Tensor d2 = grad(d1, {x}, {.create_graph = true})[0];
  const Tensor d3 = grad(d2, {x})[0];
  const double t = std::tanh(0.4), s = 1 - t * t;
  CHECK(value(d3) == Approx(4 * t * t * s - 2 * s * s).epsilon(1e-12));
}

TEST_CASE("grad takes computed tensors, runs what leads to them, and leaves every .grad() alone") {
  const Tensor x = leaf(2.), w = leaf(5.);
  const Tensor h = x * x;
  const Tensor y = exp(h * 0.1) * w;
  reset_kernel_counts();
  const Tensors g = grad(y, {h});
  CHECK(value(g[0]) == Approx(5 * 0.1 * std::exp(0.4)));
  CHECK(count("multiply.da") == 2);
  CHECK(count("multiply.db") == 0);
  CHECK_FALSE(x.has_grad());
  CHECK_FALSE(w.has_grad());
}

TEST_CASE("an unused input is an error, or absent with allow_unused") {
  const Tensor x = leaf(2.), other = leaf(1.);
  const Tensor y = x * 3.;
  CHECK_THROWS_WITH(grad(y, {other}, {.retain_graph = true}),
                    Contains("does not depend on input 0") && Contains("allow_unused"));
  CHECK_FALSE(grad(y, {other}, {.allow_unused = true})[0].present());
}

TEST_CASE("a second backward pass throws unless the first retained the graph, whatever is frozen") {
  const Tensor x = leaf(2.);
  Tensor y = x + 1.;
  y.backward({.retain_graph = true});
  y.backward();
  CHECK(value(x.grad()) == 2);
  CHECK_THROWS_WITH(y.backward(), Contains("retain_graph") && Contains("detach"));
  x.set_requires_grad(false);
  CHECK_THROWS_AS(y.backward(), GraphError);
}

TEST_CASE("backward of several elements asks for grad_output") {
  const Tensor x = leaf({1., 2.});
  const Tensor y = x * 2.;
  CHECK_THROWS_WITH(y.backward(), Contains("(2,)") && Contains("grad_output"));
  y.backward({.grad_output = data({1., 10.})});
  CHECK(value(x.grad()[1]) == 20);
  CHECK_THROWS_WITH((x * 2.).backward({.grad_output = data({1.})}), Contains("(1,)") && Contains("(2,)"));
}

TEST_CASE("nothing is recorded under NoGrad or of frozen tensors") {
  const Tensor x = leaf(2.), frozen = data(3.);
  {
    NoGrad guard;
    CHECK((x * 2.).is_leaf());
  }
  CHECK_FALSE((frozen * 2.).requires_grad());
  CHECK((x * 2.).requires_grad());
  CHECK_THROWS_WITH((frozen * 2.).backward(), Contains("nothing was recorded"));
}

TEST_CASE("a frozen leaf has no gradient, and freezing drops the one it had") {
  const Tensor x = leaf(2.);
  (x * x).backward();
  CHECK(x.has_grad());
  x.set_requires_grad(false);
  CHECK_FALSE(x.has_grad());
  CHECK_THROWS_WITH(x.grad(), Contains("frozen"));
}

TEST_CASE("a leaf frozen between forward and backward costs no kernel and gets no gradient") {
  const Tensor x = leaf({1., 2.}), w = leaf({3., 4.});
  const Tensor y = sum(tanh(exp(x)) * w);
  x.set_requires_grad(false);
  reset_kernel_counts();
  y.backward();
  CHECK(count("exp.dx") == 0);
  CHECK(count("tanh.dx") == 0);
  CHECK(count("multiply.da") == 0);
  CHECK(count("multiply.db") == 1);
  CHECK_FALSE(x.has_grad());
  CHECK(w.has_grad());
}

TEST_CASE("grad treats a leaf frozen since the forward pass as unused") {
  const Tensor x = leaf(1.), w = leaf(2.);
  const Tensor y = x * w;
  x.set_requires_grad(false);
  const Tensors g = grad(y, {x, w}, {.allow_unused = true});
  CHECK_FALSE(g[0].present());
  CHECK(value(g[1]) == 1);
}

TEST_CASE("thawing acts from the next forward pass") {
  const Tensor x = data(2.), w = leaf(3.);
  const Tensor y = x * w;
  x.set_requires_grad(true);
  y.backward();
  CHECK_FALSE(x.has_grad());
  (x * w).backward();
  CHECK(value(x.grad()) == 3);
}

TEST_CASE("a value that was overwritten since it was saved is an error that names tensor, operation and versions") {
  const Parameter w("layer/kernel", data({2.}));
  const Tensor x = leaf({3.});
  const Tensor y = sum(x * w);
  w.assign(data({5.}));
  CHECK_THROWS_WITH(y.backward(), Contains("multiply") && Contains("'layer/kernel'") && Contains("version 0") &&
                                      Contains("version 1"));
  CHECK_FALSE(x.has_grad());
}

TEST_CASE("assigning is no error where only the shape is read") {
  const Tensor x = leaf({3.}), b = leaf({1.});
  const Tensor y = sum(x + b);
  b.assign(data({9.}));
  y.backward();
  CHECK(value(b.grad()) == 1);
}

TEST_CASE("assign leaves what other handles show and what nodes saved as it was") {
  const Tensor w = leaf({2., 4.}), x = leaf({3., 5.});
  const Tensor shown = w.detach();
  const Tensor y = sum(x * w);
  w.assign(data({7., 7.}));
  CHECK(value(shown[0]) == 2);
  y.backward();
  CHECK(value(x.grad()[1]) == 4);
}

TEST_CASE("the second derivative reads the value that was saved, not the one assigned since") {
  const Tensor w = leaf(2.);
  const Tensor shown = w.detach();
  const Tensor y = w * w * w;
  w.assign(data(10.));
  const Tensor d1 = grad(y, {w}, {.create_graph = true})[0];
  CHECK(value(d1) == 12);
  CHECK(value(grad(d1, {w})[0]) == 12);
}

TEST_CASE("only leaves are written, and the error offers detach") {
  const Tensor x = leaf(1.);
  Tensor y = x * 2.;
  CHECK_THROWS_WITH(y.assign(data(1.)), Contains("multiply") && Contains("detach"));
  CHECK_THROWS_WITH(y.set_requires_grad(false), Contains("detach"));
  CHECK_THROWS_WITH(x.assign(data({1., 2.})), Contains("(2,)") && Contains("()"));
  CHECK_THROWS_WITH(x.assign(tensor(1., DType::float32)), Contains("float32") && Contains("float64"));
}

TEST_CASE("an error in the backward pass leaves every gradient as it was") {
  struct Wrong : Function<Wrong> {
    static Tensor forward(FunctionContext&, const Tensor& x) { return x * 2.; }
    static Tensors backward(FunctionContext&, const Tensor&) { return {zeros({7}, {.dtype = DType::float64})}; }
  };
  const Tensor x = leaf({1., 2.}), w = leaf({1., 1.});
  sum(w * 1.).backward();
  const Tensor y = sum(Wrong::apply(x) * w);
  CHECK_THROWS_WITH(y.backward(), Contains("Wrong") && Contains("(7,)") && Contains("(2,)"));
  CHECK(value(sum(w.grad())) == 2);
  CHECK_FALSE(x.has_grad());
}

TEST_CASE("what clipping writes into one gradient reaches no other") {
  const Tensor a = leaf({1.}), b = leaf({2.});
  sum(a + b).backward();
  Tensor g = a.grad();
  g.mutable_data<double>()[0] = 100;
  CHECK(value(b.grad()) == 1);
}

TEST_CASE("broadcast inputs get gradients of their own shape") {
  const Tensor x = leaf({{1., 2.}, {3., 4.}}), row = leaf({1., 2.}), column = leaf({{1.}, {2.}}), scalar = leaf(2.);
  sum(x * row * column * scalar).backward();
  CHECK(row.grad().shape() == Shape{2});
  CHECK(column.grad().shape() == Shape{2, 1});
  CHECK(scalar.grad().shape() == Shape{});
  CHECK(value(scalar.grad()) == 1 * 1 + 2 * 2 + 2 * (3 * 1 + 4 * 2));
}

TEST_CASE("dtypes do not mix in silence") {
  const Tensor a = tensor({1.}, DType::float32), b = tensor({1.}, DType::float64), i = tensor({1}, DType::int64);
  CHECK_THROWS_WITH(a + b, Contains("float32") && Contains("float64") && Contains("to("));
  CHECK_THROWS_WITH(i * 0.5, Contains("0.5") && Contains("to("));
  CHECK_THROWS_WITH(exp(i), Contains("int64") && Contains("to("));
  CHECK_THROWS_WITH(i / i, Contains("int64"));
  CHECK((i * 2.).dtype() == DType::int64);
  CHECK((a * 2).dtype() == DType::float32);
}

// ---------------------------------------------------------------------------------------------------- custom functions

namespace {

struct Cube : Function<Cube> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    if (ctx.needs_grad(0)) ctx.save(x);
    return x * x * x;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [x] = ctx.saved<1>();
    return {3. * x * x * dy};
  }
};

// exp, from its output; counts how often it is applied in data that lives with the node.
struct SavesOutput : Function<SavesOutput> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x, double scale) {
    const Tensor y = exp(x * scale);
    ctx.save(y);
    ctx.data<double>() = scale;
    return y;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [y] = ctx.saved<1>();
    return {dy * y * ctx.data<double>()};
  }
};

struct SinCos : Function<SinCos> {
  static Tensors forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return {sin(x), cos(x)};
  }
  static Tensors backward(FunctionContext& ctx, const Tensors& dys) {
    const auto [x] = ctx.saved<1>();
    return {dys[0] * cos(x) - dys[1] * sin(x)};
  }
};

}  // namespace

TEST_CASE("a custom function has its own rule, and its second derivative") {
  const Tensor x = leaf(2.);
  const Tensor y = Cube::apply(x);
  CHECK(tape_stats(y).ops.at("Cube") == 1);
  const Tensor d = grad(y, {x}, {.create_graph = true})[0];
  CHECK(value(d) == 12);
  CHECK(value(grad(d, {x})[0]) == 12);
  CHECK_FALSE(Cube::apply(data(2.)).requires_grad());
}

TEST_CASE("a custom function may save its output and other arguments, and holds no cycle") {
  const Tensor x = leaf(0.5);
  const Tensor d = grad(SavesOutput::apply(x, 2.), {x}, {.create_graph = true})[0];
  CHECK(value(d) == Approx(2 * std::exp(1.)));
  CHECK(value(grad(d, {x})[0]) == Approx(4 * std::exp(1.)));
  const std::int64_t before = memory_stats().live_bytes;
  for (int i = 0; i < 100'000; ++i) SavesOutput::apply(x, 2.);
  CHECK(memory_stats().live_bytes <= before);
}

TEST_CASE("a custom function may have several outputs") {
  const Tensor x = leaf(0.3);
  const Tensors y = SinCos::apply(x);
  CHECK(value(grad(y[0], {x}, {.retain_graph = true})[0]) == Approx(std::cos(0.3)));
  CHECK(value(grad(y[1], {x}, {.retain_graph = true})[0]) == Approx(-std::sin(0.3)));
  (y[0] * y[1]).backward();
  CHECK(value(x.grad()) == Approx(std::cos(0.6)));
}

TEST_CASE("a custom function's mistakes are named") {
  struct TooMany : Function<TooMany> {
    static Tensor forward(FunctionContext&, const Tensor& x) { return x + 0.; }
    static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy, dy}; }
  };
  CHECK_THROWS_WITH(TooMany::apply(leaf(1.)).backward(),
                    Contains("TooMany") && Contains("got 2") && Contains("expected 1"));
  struct SavesAnother : Function<SavesAnother> {
    static Tensor forward(FunctionContext& ctx, const Tensor& x) {
      ctx.save(x * 2.);
      return x * x;
    }
    static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
      const auto [twice] = ctx.saved<1>();
      return {dy * twice};
    }
  };
  const Tensor x = leaf(3.);
  SavesAnother::apply(x).backward();
  CHECK(value(x.grad()) == 6);
  CHECK_THROWS_WITH(grad(SavesAnother::apply(x), {x}, {.create_graph = true}),
                    Contains("SavesAnother") && Contains("second derivative"));
}

TEST_CASE("a rule may itself call grad, also over the graph that is being walked") {
  // y = x³ with the rule computed by an inner tape.
  struct Inner : Function<Inner> {
    static Tensor forward(FunctionContext& ctx, const Tensor& x) {
      ctx.save(x);
      return x * x * x;
    }
    static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
      const auto [x] = ctx.saved<1>();
      EnableGrad guard;
      const Tensor again = x.requires_grad() ? x : x.detach().set_requires_grad(true);
      return {dy * grad(again * again * again, {again}, {.create_graph = x.requires_grad()})[0]};
    }
  };
  const Tensor w = leaf(2.);
  const Tensor h = w * 1.5;
  Tensor y = Inner::apply(h) + h;
  y.backward();
  CHECK(value(w.grad()) == Approx((3 * 9 + 1) * 1.5));
  const Tensor h2 = w * 1.5;
  const Tensor d = grad(Inner::apply(h2) * h2, {w}, {.create_graph = true})[0];
  CHECK(value(d) == Approx(4 * 27 * 1.5));
  CHECK(value(grad(d, {w})[0]) == Approx(12 * 9 * 1.5 * 1.5));
}

TEST_CASE("a graph recorded in one thread may be walked and destroyed in another") {
  const Tensor x = leaf({1., 2., 3.});
  Tensor y;
  std::thread([&] {
    y = x;
    for (int i = 0; i < 1000; ++i) y = y * 1.0;
    y = sum(y);
  }).join();
  std::thread([&] {
    y.backward();
    y = Tensor();
  }).join();
  CHECK(value(sum(x.grad())) == 3);
}

TEST_CASE("tape_stats counts each kept buffer once, and borrowed ones apart") {
  const Tensor x = data({1., 2., 3., 4.}), w = leaf({1., 2., 3., 4.});
  const Tensor h = x * w;  // keeps x: the user's
  TapeStats stats = tape_stats(h);
  CHECK(stats.nodes == 1);
  CHECK(stats.borrowed_bytes == 32);
  CHECK(stats.saved_bytes == 0);
  const Tensor y = h * h;  // keeps h, twice over
  stats = tape_stats(y);
  CHECK(stats.nodes == 2);
  CHECK(stats.saved_bytes == 32);
  CHECK(stats.borrowed_bytes == 32);
  CHECK(stats.ops.at("multiply") == 2);
}
