#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <cmath>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;

Tensor random(const Shape& shape, std::uint64_t key) { return Generator(key).normal(shape, f64); }

double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return a.size() == 0 ? 0 : max(abs(a - b)).item<double>();
}

// Central differences of f by each element of x, of shape f(x).shape + x.shape.
template <class F>
Tensor differences(const F& f, const Tensor& x, double step = 1e-6) {
  const std::int64_t n = x.size(), m = f(x).size();
  Shape shape = f(x).shape();
  shape.insert(shape.end(), x.shape().begin(), x.shape().end());
  std::vector<double> values(static_cast<std::size_t>(m * n));
  for (std::int64_t j = 0; j < n; ++j) {
    Tensor up = x.clone(), down = x.clone();
    up.mutable_data<double>()[static_cast<std::size_t>(j)] += step;
    down.mutable_data<double>()[static_cast<std::size_t>(j)] -= step;
    const Tensor slope = (f(up) - f(down)) * (0.5 / step);
    for (std::int64_t i = 0; i < m; ++i)
      values[static_cast<std::size_t>(i * n + j)] = slope.data<double>()[static_cast<std::size_t>(i)];
  }
  return from_vector(values, shape);
}

const auto wave = [](const auto& t) { return tanh(matmul(t, transpose(t))) + sum(exp(t * 0.5)); };
const auto energy = [](const auto& t) { return sum(sin(t) * t) + mean(square(matmul(t, transpose(t)))); };

}  // namespace

TEST_CASE("vjp gives the value and a pullback that may be called again") {
  const Tensor a = random({2, 3}, 1), b = random({3}, 2);
  auto [y, pullback] = vjp([](const auto& x) { return x[0] * exp(x[1]); }, {a, b});
  CHECK(difference(y, a * exp(b)) == 0);
  CHECK_FALSE(y.requires_grad());
  const Tensor v = random({2, 3}, 3);
  for (int i = 0; i < 2; ++i) {
    const std::vector<Tensor> g = pullback(v);
    REQUIRE(g.size() == 2);
    CHECK(difference(g[0], v * exp(b)) < 1e-15);
    CHECK(difference(g[1], sum(v * a * exp(b), {0})) < 1e-14);
    CHECK_FALSE(g[0].requires_grad());
  }
  CHECK(difference(pullback(v * 2.)[0], v * exp(b) * 2.) < 1e-14);
}

TEST_CASE("a pullback gives zeros for an input that the function does not use") {
  auto [y, pullback] = vjp([](const Tensors& x) { return x[0] * 2.; }, {random({2}, 1), random({3}, 2)});
  CHECK(difference(pullback(ones_like(y))[1], zeros({3}, {.dtype = f64})) == 0);
  auto [one, none] = vjp([](const Tensors&) { return ones({2}, {.dtype = f64}); }, {random({2}, 1)});
  CHECK(difference(none(one)[0], zeros({2}, {.dtype = f64})) == 0);
  auto [same, identity] = vjp([](const Tensors& x) { return x[0]; }, {random({2}, 1)});
  CHECK(difference(identity(same)[0], same) == 0);
}

TEST_CASE("jvp is the directional derivative, of several inputs at once") {
  const Tensor a = random({2, 3}, 1), b = random({3, 2}, 2), ta = random({2, 3}, 3), tb = random({3, 2}, 4);
  const std::function<Tensor(const std::vector<Tensor>&)> f = [](const std::vector<Tensor>& x) {
    return tanh(matmul(x[0], x[1]));
  };
  auto [y, tangent] = jvp(f, {a, b}, {ta, tb});
  const Tensor expected = (1. - square(y)) * (matmul(ta, b) + matmul(a, tb));
  CHECK(difference(y, f({a, b})) == 0);
  CHECK(difference(tangent, expected) < 1e-14);
  CHECK_FALSE(tangent.requires_grad());
  const Tensor numeric = (f({a + ta * 1e-6, b + tb * 1e-6}) - f({a - ta * 1e-6, b - tb * 1e-6})) * 5e5;
  CHECK(difference(tangent, numeric) < 1e-8);
  CHECK(difference(jvp([](const auto& x) { return x[0] * 0. + 1.; }, {a}, {ta}).tangent, a * 0.) == 0);
  CHECK(difference(jvp([&](const auto&) { return b; }, {a}, {ta}).tangent, b * 0.) == 0);
}

TEST_CASE("jvp goes through fused operations by way of their composites") {
  const Tensor x = random({4, 5}, 1), t = random({4, 5}, 2), labels = tensor({0, 2, 4, 1}, DType::int64);
  const auto f = [&](const auto& xs) { return softmax(xs[0]) * log_softmax(xs[0]) + relu(xs[0]); };
  const Tensor numeric = (f(Tensors{x + t * 1e-6}) - f(Tensors{x - t * 1e-6})) * 5e5;
  CHECK(difference(jvp(f, {x}, {t}).tangent, numeric) < 1e-8);
}

TEST_CASE("jacobian has the shape of the result and then the input's, and equals closed forms and differences") {
  const Tensor a = random({2, 3}, 1), x = random({3, 4}, 2);
  const Tensor linear = jacobian([&](const auto& t) { return matmul(a, t); }, x);
  REQUIRE(linear.shape() == Shape{2, 4, 3, 4});
  for (std::int64_t i = 0; i < 2; ++i)  // ∂yᵢⱼ/∂xₖₗ = aᵢₖ δⱼₗ
    for (std::int64_t j = 0; j < 4; ++j)
      for (std::int64_t k = 0; k < 3; ++k)
        for (std::int64_t l = 0; l < 4; ++l)
          CHECK(linear[i][j][k][l].item<double>() == (j == l ? a[i][k].item<double>() : 0));
  CHECK(difference(jacobian(wave, x), differences(wave, x)) < 1e-7);
  CHECK(jacobian([](const Tensor& t) { return sum(t); }, x).shape() == Shape{3, 4});
  CHECK(difference(jacobian([&](const Tensor&) { return a; }, x), zeros({2, 3, 3, 4}, {.dtype = f64})) == 0);
  CHECK(jacobian([](const Tensor& t) { return t.slice(0, 0, 0); }, x).shape() == Shape{0, 4, 3, 4});
}

TEST_CASE("hessian is symmetric and equals closed forms and differences of the gradient") {
  const Tensor half = random({3, 3}, 1), m = half + transpose(half), x = random({3}, 2);
  const auto quadratic = [&](const auto& t) { return 0.5 * sum(t * matmul(m, t)); };
  CHECK(difference(hessian(quadratic, x), m) < 1e-14);
  const Tensor y = random({2, 3}, 3), h = hessian(energy, y);
  REQUIRE(h.shape() == Shape{2, 3, 2, 3});
  const Tensor flat = h.reshape({6, 6});
  CHECK(difference(flat, transpose(flat)) < 1e-14);
  const auto slope = [](const Tensor& t) { return jacobian(energy, t); };
  CHECK(difference(h, differences(slope, y)) < 1e-7);
  CHECK(difference(hessian([](const Tensor& t) { return sum(t); }, x), zeros({3, 3}, {.dtype = f64})) == 0);
  CHECK(difference(hessian([](const Tensor&) { return tensor(1., f64); }, x), zeros({3, 3}, {.dtype = f64})) == 0);
}

TEST_CASE("hvp equals the Hessian times the vector, without making it") {
  const Tensor x = random({2, 3}, 1), v = random({2, 3}, 2);
  const Tensor product = matmul(hessian(energy, x).reshape({6, 6}), v.reshape({6})).reshape({2, 3});
  CHECK(difference(hvp(energy, x, v), product) < 1e-13);
  CHECK(difference(hvp([](const auto& t) { return sum(t); }, x, v), x * 0.) == 0);
  const Tensor large = random({100'000}, 3);
  CHECK(difference(hvp([](const auto& t) { return sum(t * t * t); }, large, large), 6. * large * large) < 1e-12);
}

TEST_CASE("transforms leave flags and gradients alone, whatever is frozen and recorded") {
  const Tensor trained = random({3, 3}, 1).set_requires_grad(true), frozen = random({3, 3}, 2);
  const Tensor x = random({2, 3}, 3);
  const auto f = [&](const auto& t) { return sum(tanh(matmul(matmul(t, trained), frozen))); };
  trained.set_grad(ones({3, 3}, {.dtype = f64}));
  const Tensor expected = hessian(f, x);
  for (const bool flag : {false, true}) {
    x.set_requires_grad(flag);
    CHECK(difference(hessian(f, x), expected) == 0);
    {
      const NoGrad guard;
      CHECK(difference(hessian(f, x), expected) == 0);
      CHECK(difference(vjp([&](const Tensors& t) { return f(t[0]); }, {x}).pullback(tensor(1., f64))[0],
                       jacobian(f, x)) == 0);
    }
    CHECK(x.requires_grad() == flag);
    CHECK_FALSE(x.has_grad());
  }
  trained.set_requires_grad(false);
  CHECK(difference(hessian(f, x), expected) == 0);
  CHECK_FALSE(hessian(f, x).requires_grad());
  trained.set_requires_grad(true);
  trained.set_grad(ones({3, 3}, {.dtype = f64}));
  jacobian(f, x);
  CHECK(difference(trained.grad(), ones({3, 3}, {.dtype = f64})) == 0);
}

TEST_CASE("second derivatives of a frozen LSTM need no guard around them") {
  Generator random_values(5);
  const Tensor x = random({2, 4, 3}, 1), kernel = random({3, 8}, 2), recurrent = random({2, 8}, 3),
               bias = random({8}, 4);
  const auto f = [&](const auto& t) { return sum(square(lstm(t, kernel, recurrent, bias))); };
  const Tensor h = hessian(f, x);
  CHECK(difference(h, differences([&](const Tensor& t) { return jacobian(f, t); }, x)) < 1e-7);
}

TEST_CASE("with create_graph results are recorded, by the input and by what the function holds") {
  const Tensor w = random({3}, 1).set_requires_grad(true), x = random({3}, 2).set_requires_grad(true);
  const auto f = [&](const auto& t) { return w * t * t; };
  const Tensor j = jacobian(f, x, {.create_graph = true});  // diag(2 w x)
  sum(square(j)).backward();
  CHECK(difference(w.grad(), 8. * w * x * x) < 1e-14);
  CHECK(difference(x.grad(), 8. * w * w * x) < 1e-14);
  const Tensor p = hvp([](const auto& t) { return sum(t * t * t * t); }, x, ones_like(x), {.create_graph = true});
  CHECK(difference(grad(sum(p), {x})[0], 24. * x) < 1e-13);
  const Tensor nested = jacobian(
      [&](const Tensor& t) {
        return jvp([&](const Tensors& u) { return sum(sin(u[0])); }, {t}, {w.detach()}, {.create_graph = true}).tangent;
      },
      x);
  CHECK(difference(nested, -sin(x) * w) < 1e-14);
  auto [y, pullback] = vjp([](const Tensors& t) { return sum(exp(t[0])); }, {x}, {.create_graph = true});
  CHECK(difference(grad(sum(pullback(ones_like(y))[0]), {x})[0], exp(x)) < 1e-14);
}

TEST_CASE("wrong shapes, dtypes and results are errors with the values in them") {
  const Tensor x = random({2, 3}, 1);
  const auto f = [](const auto& t) { return sum(t); };
  const auto list = [](const Tensors& t) { return t[0] * 2.; };
  CHECK_THROWS_WITH(vjp(list, {x}).pullback(random({3, 2}, 2)), Contains("got (3, 2); expected (2, 3)"));
  CHECK_THROWS_WITH(vjp(list, {x}).pullback(ones({2, 3}, {.dtype = DType::float32})),
                    Contains("got float32; expected float64"));
  CHECK_THROWS_AS(Pullback()(x), GraphError);
  CHECK_THROWS_WITH(vjp(list, {tensor({1, 2}, DType::int64)}), Contains("vjp: the input 0 is int64"));
  CHECK_THROWS_WITH(jvp(list, {x}, {}), Contains("got 1 inputs and 0 tangents"));
  CHECK_THROWS_WITH(jvp(list, {x}, {random({3}, 1)}), Contains("tangent 0") && Contains("got (3,); expected (2, 3)"));
  CHECK_THROWS_WITH(hessian([](const auto& t) { return t * t; }, x),
                    Contains("must have one element; got shape (2, 3)"));
  CHECK_THROWS_WITH(hvp([](const auto& t) { return t * t; }, x, x), Contains("hvp") && Contains("(2, 3)"));
  CHECK_THROWS_WITH(hvp(f, x, random({3}, 1)), Contains("got (3,); expected (2, 3)"));
  CHECK_THROWS_WITH(jacobian(f, Tensor()), Contains("absent"));
  CHECK_THROWS_WITH(jacobian([](const Tensor& t) { return argmax(t); }, x), Contains("the result is int64"));
  CHECK_THROWS_WITH(jacobian([](const Tensor&) { return Tensor(); }, x), Contains("the result is absent"));
}
