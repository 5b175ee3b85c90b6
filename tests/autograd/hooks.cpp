#include "support/catch.hpp"

#include <frost/autograd.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Tensor leaf(Literal values) { return tensor(values, {.dtype = DType::float64, .requires_grad = true}); }
double value(const Tensor& t) { return t.item<double>(); }

struct Powers : Function<Powers> {
  static Tensors forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return {x * x, x * x * x};
  }
  static Tensors backward(FunctionContext& ctx, const Tensors& dys) {
    const auto [x] = ctx.saved<1>();
    return {dys[0] * 2. * x + dys[1] * 3. * x * x};
  }
};

}  // namespace

TEST_CASE("a hook of a computed tensor sees its complete gradient once, and may replace it") {
  const Tensor x = leaf(3.);
  const Tensor h = x * x;
  int calls = 0;
  double seen = 0;
  register_hook(h, [&](const Tensor& g) {
    ++calls;
    seen = value(g);
    return g * 10.;
  });
  (h * 2. + h * h).backward();  // dh = 2 + 2h = 20
  CHECK(calls == 1);
  CHECK(seen == 20);
  CHECK(value(x.grad()) == 20 * 10 * 6);
}

TEST_CASE("a hook of a leaf sees what a pass adds, and the leaf accumulates what it returns") {
  const Tensor x = leaf({1., 2.});
  Tensors seen;
  register_hook(x, [&](const Tensor& g) { seen.push_back(g); });  // looks only
  register_hook(x, [](const Tensor& g) { return clip(g, -1., 1.); });
  sum(x * x).backward();
  sum(x * 0.5).backward();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].data<double>()[1] == 4);
  const Tensor g = x.grad();
  CHECK(g.data<double>()[0] == 1.5);
  CHECK(g.data<double>()[1] == 1.5);
  const Tensor asked = grad(sum(x * x * 3.), {x})[0];
  CHECK(asked.data<double>()[0] == 1);
  CHECK(seen.size() == 3);
}

TEST_CASE("hooks run in order, may be removed, and may remove themselves") {
  const Tensor x = leaf(1.);
  std::string order;
  HookHandle first = register_hook(x, [&](const Tensor&) { order += 'a'; });
  HookHandle second;
  second = register_hook(x, [&](const Tensor& g) {
    order += 'b';
    second.remove();
    return g * 2.;
  });
  register_hook(x, [&](const Tensor& g) {
    order += 'c';
    return g + 1.;
  });
  (x * 1.).backward();
  CHECK(order == "abc");
  CHECK(value(x.grad()) == 3);
  first.remove();
  first.remove();
  (x * 1.).backward();
  CHECK(order == "abcc");
  HookHandle().remove();
}

TEST_CASE("hooks act in grad, on what is asked for and on what lies between, and are recorded with create_graph") {
  const Tensor x = leaf(2.);
  const Tensor h = x * x;
  register_hook(h, [](const Tensor& g) { return g * 3.; });
  const Tensor y = h * h;  // dh = 2h·3 = 24, dx = 24·4 = 96
  const Tensors g = grad(y, {x, h}, {.create_graph = true});
  CHECK(value(g[0]) == 96);
  CHECK(value(g[1]) == 24);
  CHECK(value(grad(g[0], {x})[0]) == 336);  // of 12xh: 12h, and 12x through the hook again, times 2x
}

TEST_CASE("a hook belongs to one output of an operation that has several") {
  const Tensor x = leaf(2.);
  const Tensors y = Powers::apply(x);
  register_hook(y[1], [](const Tensor& g) { return g * 100.; });
  (y[0] + y[1]).backward();  // 2x + 100·3x²
  CHECK(value(x.grad()) == 4 + 1200);
}

TEST_CASE("a frozen leaf's hooks sleep, and a leaf inside a checkpoint calls its own once") {
  const Tensor x = leaf(2.), w = leaf(3.);
  int calls = 0;
  register_hook(w, [&](const Tensor&) { ++calls; });
  const auto f = [&](const auto& t) { return t * w * t; };
  f(x).backward();
  checkpoint(f, x).backward();
  CHECK(calls == 2);
  w.set_requires_grad(false);
  f(x).backward();
  CHECK(calls == 2);
}

TEST_CASE("a hook that is wrong is an error that leaves gradients as they were") {
  const Tensor x = leaf({1., 2.}), w = leaf({1., 2.});
  w.set_grad(w.detach());
  const HookHandle wrong = register_hook(x, [](const Tensor&) { return ones({3}, {.dtype = DType::float64}); });
  CHECK_THROWS_WITH(sum(x * w).backward(), Contains("got (3,); expected (2,)"));
  CHECK_FALSE(x.has_grad());
  CHECK(w.grad().to_vector<double>()[0] == 1);
  wrong.remove();
  const Tensor y = x * w;
  register_hook(y, [](const Tensor&) { return ones({2}, {.dtype = DType::float32}); });
  CHECK_THROWS_WITH(sum(y).backward(), Contains("got float32; expected float64"));
  CHECK_THROWS_WITH(register_hook(tensor({1, 2}, DType::int64), [](const Tensor&) {}), Contains("got int64"));
  CHECK_THROWS_WITH(register_hook(Tensor(), [](const Tensor&) {}), Contains("absent"));
}

TEST_CASE("hooks go with the graph they were registered on") {
  const Tensor x = leaf({1., 2.});
  const std::int64_t before = memory_stats().live_bytes;
  for (int i = 0; i < 1000; ++i) {
    const Tensor y = x * 2.;
    register_hook(y, [kept = x * 3.](const Tensor& g) { return g * kept; });
  }
  CHECK(memory_stats().live_bytes == before);
}
