// Gradients of eigh, svd and qr where values repeat: those of functions of the matrix alone are what polynomials of the
// matrix have; those that depend on the choice of vectors are refused.
#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <cmath>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;
Tensor normal(const Shape& shape) { return randn(shape, {.dtype = f64}); }
Tensor transposed(const Tensor& x) { return swapaxes(x, -1, -2); }
Tensor scaled(const Tensor& x, const Tensor& v) { return x * expand_dims(v, -2); }
Tensor symmetric(const Tensor& x) { return 0.5 * (x + transposed(x)); }
double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return max(abs(a - b)).item<double>();
}
Tensor from_values(const std::vector<double>& values) {  // symmetric, of a random basis
  const auto n = static_cast<std::int64_t>(values.size());
  const Tensor q = qr(normal({n, n})).q;
  return symmetric(matmul(scaled(q, from_vector(values, {n})), q, {.transpose_b = true}));
}
Tensor from_singular_values(const std::vector<double>& values, std::int64_t rows, std::int64_t columns) {
  const auto k = static_cast<std::int64_t>(values.size());
  return matmul(scaled(qr(normal({rows, k})).q, from_vector(values, {k})), qr(normal({columns, k})).q,
                {.transpose_b = true});
}
using F = Tensor (*)(const Tensor&);
Tensor gradient(F f, const Tensor& x, const Tensor& weight) {
  const Tensor leaf = x.clone().set_requires_grad(true);
  return grad(sum(f(leaf) * weight), {leaf})[0];
}
Tensor rebuilt(const Eigh& f, const Tensor& values) {
  return matmul(scaled(f.vectors, values), f.vectors, {.transpose_b = true});
}
Tensor third_power(const Tensor& x) {
  const Eigh f = eigh(x);
  return rebuilt(f, f.values * f.values * f.values);
}
Tensor third_power_by_products(const Tensor& x) { return matmul(matmul(x, x), x); }

}  // namespace

TEST_CASE("the square of the identity by its eigenvalues has the gradient 2 everywhere") {
  const Tensor x = eye(3, {.dtype = f64}).set_requires_grad(true);
  const Eigh f = eigh(x);
  sum(rebuilt(f, square(f.values))).backward();
  CHECK(largest_difference(x.grad(), full({3, 3}, 2., {.dtype = f64})) < 1e-12);
}

TEST_CASE("functions of a matrix by its eigenvalues are differentiated through equal and nearly equal ones") {
  seed(1);
  const std::vector<std::vector<double>> spectra = {
      {2, 2, 2},       {0, 0, 0},           {1, 1, 3},       {-1, 2, 2, 5},
      {1, 1, 2, 2, 2}, {1, 1 + 1e-9, 4},    {1, 1 + 1e-12},  {3, 3 + 1e-14, 3 + 2e-14},
      {1e-5, 1e-5, 2}, {0, 0, 1e6, 1e6, 1}, {1, 1 + 1e-6, 2}};
  for (const std::vector<double>& spectrum : spectra)
    for (int repeat = 0; repeat < 3; ++repeat) {
      const Tensor x = from_values(spectrum), weight = normal(x.shape());
      const double size = std::pow(std::max(1., max(abs(x)).item<double>()), 2);
      INFO(x << " of " << from_vector(spectrum, {x.shape()[0]}));
      const Tensor expected = symmetric(gradient(third_power_by_products, x, weight));
      CHECK(largest_difference(gradient(third_power, x, weight), expected) < 2e-7 * size);
      if (spectrum.size() == 3 && spectrum[0] == spectrum[2])
        CHECK(largest_difference(gradient(third_power, x, weight), expected) < 1e-12 * size);
    }
}

TEST_CASE("the logarithm of the identity, whose values vanish, has the gradient of x - 1") {
  const Tensor weight = normal({3, 3});
  const auto logarithm = [](const Tensor& x) {
    const Eigh f = eigh(x);
    return rebuilt(f, log(f.values));
  };
  CHECK(largest_difference(gradient(logarithm, eye(3, {.dtype = f64}), weight), symmetric(weight)) < 1e-12);
}

TEST_CASE("one matrix of a batch with equal eigenvalues leaves the gradients of the others as they are") {
  const Tensor a = from_values({1, 1, 4}), b = from_values({1, 2, 4}), c = from_values({7, 7, 7});
  const Tensor x = stack({a, b, c}), weight = normal(x.shape());
  const Tensor whole = gradient(third_power, x, weight);
  for (std::int64_t i = 0; i < 3; ++i) {
    CHECK(largest_difference(whole[i], symmetric(gradient(third_power_by_products, x[i], weight[i]))) < 1e-10);
    if (i == 1) CHECK(largest_difference(whole[i], gradient(third_power, x[i], weight[i])) < 1e-12);
  }
}

TEST_CASE("losses that couple the matrices of a batch are differentiated through equal eigenvalues") {
  const Tensor x = stack({from_values({2, 2}), from_values({3, 3})});
  const auto loss = [](const Tensor& cubes) {
    return sum(matmul(cubes[0], exp(0.1 * cubes[1])) * arange(4.).reshape({2, 2}).to(f64));
  };
  const Tensor p = x.clone().set_requires_grad(true), q = x.clone().set_requires_grad(true);
  const Tensor by_values = grad(loss(third_power(p)), {p})[0];
  CHECK(largest_difference(by_values, symmetric(grad(loss(third_power_by_products(q)), {q})[0])) < 1e-8);
}

TEST_CASE("at the least of a loss equal eigenvalues give the gradient 0 and no error") {
  const Tensor x = from_values({2, 2, 5}).set_requires_grad(true);
  const Eigh f = eigh(x);
  sum(square(rebuilt(f, f.values) - x.detach())).backward();
  CHECK(max(abs(x.grad())).item<double>() < 1e-12);
}

TEST_CASE("a gradient that depends on which eigenvectors of equal values are taken is an error with the values") {
  const Tensor weight = tensor({{1., 2., 3.}, {4., -5., 6.}, {7., 8., -1.}}, f64);
  const std::vector<F> losses = {[](const Tensor& x) { return eigh(x).vectors; },
                                 [](const Tensor& x) { return square(eigh(x).vectors); },
                                 [](const Tensor& x) { return frost::exp(eigh(x).vectors); },
                                 [](const Tensor& x) { return abs(eigh(x).vectors); }};
  for (const Tensor& x : {eye(3, {.dtype = f64}), from_values({1, 1, 3}), from_values({-2, 5, 5})})
    for (std::size_t i = 0; i < losses.size(); ++i) {
      INFO("loss " << i << " of " << x);
      CHECK_THROWS_WITH(gradient(losses[i], x, weight),
                        Contains("eigh: eigenvalues ") && Contains("are equal (") &&
                            Contains("depends on which of their eigenvectors are taken"));
    }
  const Tensor apart = from_values({1, 1 + 1e-9, 3});  // here it does not: the vectors turn fast
  CHECK(max(abs(gradient(losses[0], apart, weight))).item<double>() > 1e6);
}

TEST_CASE("second derivatives of functions of equal eigenvalues alone are right") {
  const Tensor x = from_values({2, 2, 3}), direction = symmetric(normal({3, 3}));
  const auto by_values = [](const Tensor& a) {
    const Tensor w = eigh(a).values;
    return sum(w * w * w);
  };
  // Of the trace of x³: 3·(x·d + d·x).
  const Tensor expected = 3. * (matmul(x, direction) + matmul(direction, x));
  CHECK(largest_difference(hvp(by_values, x, direction), expected) < 1e-10);
  CHECK(hessian(by_values, x).shape() == Shape{3, 3, 3, 3});
  const auto through_vectors = [](const Tensor& a) { return sum(third_power(a) * third_power(a)); };
  CHECK_THROWS_WITH(hvp(through_vectors, x, direction), Contains("eigh: ") && Contains("not differentiated again"));
}

TEST_CASE("a retained graph is walked twice through equal eigenvalues with the same result") {
  const Tensor x = from_values({2, 2, 3}).set_requires_grad(true), weight = normal({3, 3});
  const Tensor y = sum(third_power(x) * weight);
  const Tensor first = grad(y, {x}, {.retain_graph = true})[0];
  CHECK(largest_difference(grad(y, {x}, {.retain_graph = true})[0], first) == 0);
  y.backward();
  CHECK(largest_difference(x.grad(), first) == 0);
  CHECK_THROWS_WITH(y.backward(), Contains("the graph is gone"));
}

TEST_CASE("equal eigenvalues inside a checkpoint and below one give the same gradient") {
  const Tensor x = from_values({2, 2, 3}), weight = normal({3, 3});
  const Tensor expected = symmetric(gradient(third_power_by_products, x, weight));
  const auto inside = [](const Tensor& a) { return checkpoint(std::function<Tensor(const Tensor&)>(third_power), a); };
  CHECK(largest_difference(gradient(inside, x, weight), expected) < 1e-10);
  const auto below = [](const Tensor& a) {
    const Eigh f = eigh(a);
    return checkpoint(
        [v = f.vectors](const Tensor& w) { return matmul(scaled(v, w * w * w), v, {.transpose_b = true}); }, f.values);
  };
  CHECK(largest_difference(gradient(below, x, weight), expected) < 1e-10);
}

TEST_CASE("functions of a matrix by its singular values are differentiated through equal and vanishing ones") {
  seed(2);
  const auto cube = [](const Tensor& x) {
    const Svd f = svd(x);
    return matmul(scaled(f.u, f.s * f.s * f.s), f.vh);
  };
  const auto cube_by_products = [](const Tensor& x) { return matmul(matmul(x, transposed(x)), x); };
  const auto gram = [](const Tensor& x) {
    const Svd f = svd(x);
    return matmul(transposed(f.vh), expand_dims(square(f.s), -1) * f.vh);
  };
  const auto gram_by_products = [](const Tensor& x) { return matmul(transposed(x), x); };
  const auto outer_gram = [](const Tensor& x) {
    const Svd f = svd(x);
    return matmul(scaled(f.u, square(f.s)), f.u, {.transpose_b = true});
  };
  const auto outer_gram_by_products = [](const Tensor& x) { return matmul(x, transposed(x)); };
  const std::vector<std::pair<F, F>> functions = {
      {cube, cube_by_products}, {gram, gram_by_products}, {outer_gram, outer_gram_by_products}};
  const std::vector<std::vector<double>> spectra = {{2, 2, 2},           {3, 1, 1},        {3, 3, 0}, {2, 0, 0},
                                                    {0, 0, 0},           {2, 1, 0},        {3, 2, 1}, {4},
                                                    {1, 1 - 1e-9, 1e-3}, {5, 5, 5 - 1e-13}};
  for (const Shape& shape : {Shape{3, 3}, Shape{5, 3}, Shape{3, 4}})
    for (const std::vector<double>& spectrum : spectra) {
      const Tensor x = from_singular_values(spectrum, shape[0], shape[1]);
      INFO(shape << " of " << from_vector(spectrum, {static_cast<std::int64_t>(spectrum.size())}));
      for (std::size_t i = 0; i < functions.size(); ++i) {
        INFO("function " << i);
        const Tensor weight = normal(functions[i].second(x).shape());
        CHECK(largest_difference(gradient(functions[i].first, x, weight), gradient(functions[i].second, x, weight)) <
              1e-6);
      }
    }
}

TEST_CASE("a gradient that depends on which singular vectors are taken is an error") {
  seed(3);
  const F u = [](const Tensor& x) { return svd(x).u; };
  const F squares = [](const Tensor& x) { return square(svd(x).vh); };
  const std::vector<Tensor> xs = {eye(3, {.dtype = f64}), from_singular_values({2, 1, 1}, 3, 3),
                                  from_singular_values({2, 2, 1}, 4, 3), from_singular_values({2, 0, 0}, 3, 3)};
  for (const Tensor& x : xs)
    for (const F loss : {u, squares})
      CHECK_THROWS_WITH(gradient(loss, x, normal(loss(x).shape())), Contains("svd: ") && Contains("there is none"));
  CHECK_THROWS_WITH(gradient(u, from_singular_values({2, 1, 0}, 5, 3), normal({5, 3})),
                    Contains("singular value 2 of the matrix vanishes"));
}

TEST_CASE("dependent columns have no gradient through qr") {
  const Tensor x = tensor({{1., 2.}, {2., 4.}, {3., 6.}}, f64);
  CHECK_THROWS_WITH(gradient([](const Tensor& a) { return qr(a).r; }, x, ones({2, 2}, {.dtype = f64})),
                    Contains("qr: the columns of the matrix are dependent"));
}
