#include "../support/catch.hpp"

#include <frost/autograd.hpp>

#include <cmath>
#include <limits>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Tensor leaf(Literal values) { return tensor(values, {.dtype = DType::float64, .requires_grad = true}); }

std::vector<double> values(const Tensor& t) {
  const auto data = t.data<double>();
  return {data.begin(), data.end()};
}

std::vector<double> gradient(const Tensor& y, const Tensor& x) {
  return values(grad(y, {x}, {.grad_output = ones_like(y)})[0]);
}

// d⟨v, dx⟩ / dx for the gradient dx of Σ y.
template <class F>
std::vector<double> second_gradient(const F& f, const Tensor& x, const Tensor& v) {
  const Tensor dx = grad(sum(f(x)), {x}, {.create_graph = true})[0];
  const Tensor second = grad(sum(dx * v), {x}, {.allow_unused = true})[0];
  return second.present() ? values(second) : std::vector<double>(static_cast<std::size_t>(x.size()), 0.);
}

}  // namespace

TEST_CASE("the sum of booleans and of integers is int64") {
  const Tensor counts = sum(from_vector(std::vector<bool>{true, false, true, true}, {2, 2}), {1});
  CHECK(counts.dtype() == DType::int64);
  CHECK(counts.data<std::int64_t>()[1] == 2);
  CHECK(sum(arange(5)).item<std::int64_t>() == 10);
  CHECK(prod(from_vector(std::vector<bool>{true, true}, {2})).dtype() == DType::int64);
}

TEST_CASE("the mean of integers is an error that names to") {
  CHECK_THROWS_WITH(mean(arange(3)), Contains("mean") && Contains("int64") && Contains("to(DType::float32)"));
}

TEST_CASE("a sum over neighbouring and over separated axes is the same") {
  const Tensor x = reshape(arange(0., 120., 1., {.dtype = DType::float64}), {2, 3, 4, 5});
  CHECK(values(sum(x, {0, 2})) == values(sum(sum(x, {2}), {0})));
  CHECK(values(sum(x, {-1, 1})) == values(sum(sum(x, {1}), {-1})));
  CHECK(sum(x, {0, 2}).shape() == Shape{3, 5});
  CHECK(sum(x, {0, 2}, true).shape() == Shape{1, 3, 1, 5});
}

TEST_CASE("an axis out of range and an axis named twice are errors") {
  CHECK_THROWS_AS(sum(zeros({2, 3}), {2}), ShapeError);
  CHECK_THROWS_WITH(sum(zeros({2, 3}), {2}), Contains("axis 2") && Contains("-2 to 1"));
  CHECK_THROWS_WITH(max(zeros({2, 3}), {1, -1}), Contains("named twice") && Contains("-1") && Contains("(2, 3)"));
  CHECK_THROWS_AS(softmax(zeros({2}), 1), ShapeError);
  CHECK_THROWS_AS(cumsum(zeros({})), ShapeError);
}

TEST_CASE("an absent tensor is an error in every reduction") {
  CHECK_THROWS_WITH(sum(Tensor()), Contains("sum") && Contains("absent"));
  CHECK_THROWS_AS(frost::std(Tensor()), ValueError);
  CHECK_THROWS_AS(argmax(Tensor()), ValueError);
  CHECK_THROWS_AS(cumprod(Tensor()), ValueError);
  CHECK_THROWS_AS(softmax(Tensor()), ValueError);
}

TEST_CASE("empty reductions: sum 0, prod 1, mean NaN, extremes an error") {
  const Tensor x = zeros({2, 0}, {.dtype = DType::float64});
  CHECK(values(sum(x, {1})) == std::vector<double>{0, 0});
  CHECK(values(prod(x, {1})) == std::vector<double>{1, 1});
  CHECK(std::isnan(values(mean(x, {1}))[0]));
  CHECK(values(logsumexp(x, {1}))[0] == -infinity);
  CHECK(values(norm(x, {1}))[0] == 0);
  CHECK(std::isnan(values(var(x, 1))[0]));
  CHECK_THROWS_WITH(max(x, {1}), Contains("max") && Contains("(2, 0)"));
  CHECK_THROWS_AS(min(x), ShapeError);
  CHECK_THROWS_AS(argmax(x, 1), ShapeError);
  CHECK(max(x, {0}).shape() == Shape{0});
}

TEST_CASE("an empty array goes through every reduction and back") {
  const Tensor x = zeros({3, 0}, {.dtype = DType::float64, .requires_grad = true});
  for (const Tensor& y : {sum(x, {0}), mean(x, {0}), prod(x, {0}), norm(x, {0}), var(x, 0), logsumexp(x, {0}),
                          max(x, {0}), cumsum(x), cumprod(x), softmax(x), log_softmax(x, 0)})
    CHECK(grad(y, {x}, {.grad_output = ones_like(y)})[0].shape() == Shape{3, 0});
}

TEST_CASE("a scalar reduces to itself") {
  const Tensor x = leaf(3.);
  CHECK(sum(x).item<double>() == 3);
  CHECK(prod(x).item<double>() == 3);
  CHECK(frost::std(x).item<double>() == 0);
  CHECK(gradient(max(x), x) == std::vector<double>{1});
  CHECK(gradient(prod(x), x) == std::vector<double>{1});
}

TEST_CASE("ties of max and min share the gradient evenly") {
  const Tensor x = leaf({{3, 1, 3}, {1, 1, 1}});
  CHECK(gradient(max(x, {1}), x) == std::vector<double>{0.5, 0, 0.5, 1 / 3., 1 / 3., 1 / 3.});
  CHECK(gradient(min(x), x) == std::vector<double>{0, 0.25, 0, 0.25, 0.25, 0.25});
}

TEST_CASE("argmax and argmin take the first of ties") {
  const Tensor x = tensor({{1., 3., 3.}, {2., 0., 0.}});
  CHECK(argmax(x).to_vector<std::int64_t>()[0] == 1);
  CHECK(argmin(x, 1).to_vector<std::int64_t>()[1] == 1);
  CHECK(argmax(x, 0).shape() == Shape{3});
  CHECK_FALSE(argmax(x.clone().set_requires_grad(true)).requires_grad());
}

TEST_CASE("prod with zeros has the right first and second derivatives") {
  const Tensor x = leaf({2, 0, 3, 0});
  const auto f = [](const Tensor& t) { return prod(t); };
  CHECK(gradient(f(x), x) == std::vector<double>{0, 0, 0, 0});
  // The second derivative for the two zeros is the product of the others.
  CHECK(second_gradient(f, x, tensor({0, 1, 0, 0}, DType::float64)) == std::vector<double>{0, 0, 0, 6});
  const Tensor one_zero = leaf({2, 0, 3});
  CHECK(gradient(f(one_zero), one_zero) == std::vector<double>{0, 6, 0});
}

TEST_CASE("cumprod with zeros has the right first and second derivatives") {
  const Tensor x = leaf({2, 0, 3});
  const auto f = [](const Tensor& t) { return cumprod(t); };
  CHECK(gradient(f(x), x) == std::vector<double>{1, 8, 0});
  CHECK(second_gradient(f, x, tensor({1, 0, 0}, DType::float64)) == std::vector<double>{0, 4, 0});
}

TEST_CASE("the norm and the standard deviation have gradient 0 at 0, to second order") {
  const Tensor x = zeros({2, 3}, {.dtype = DType::float64, .requires_grad = true});
  const std::vector<double> nothing(6, 0.);
  const Tensor v = ones({2, 3}, {.dtype = DType::float64});
  CHECK(gradient(norm(x, {1}), x) == nothing);
  CHECK(gradient(frost::std(x, 1), x) == nothing);
  CHECK(second_gradient([](const Tensor& t) { return norm(t, {1}); }, x, v) == nothing);
  CHECK(second_gradient([](const Tensor& t) { return frost::std(t, 0); }, x, v) == nothing);
}

TEST_CASE("the variance divides by n less ddof") {
  const Tensor x = tensor({1, 2, 3, 4}, DType::float64);
  CHECK(var(x).item<double>() == Approx(1.25));
  CHECK(var(x, {.ddof = 1}).item<double>() == Approx(5 / 3.));
  CHECK(frost::std(x, {}, false, 1).item<double>() == Approx(std::sqrt(5 / 3.)));
  CHECK(std::isnan(var(tensor({{2}}, DType::float64), 1, false, 1).to_vector<double>()[0]));
  CHECK_THROWS_WITH(var(x, {.ddof = -1}), Contains("-1"));
}

TEST_CASE("the variance of large, close numbers does not cancel") {
  const Tensor x = tensor({1e8, 1e8 + 1, 1e8 + 2}, DType::float64);
  CHECK(var(x).item<double>() == Approx(2 / 3.));
}

TEST_CASE("logsumexp of a row of -inf is -inf and passes no gradient") {
  const Tensor x = leaf({{-infinity, -infinity}, {0, 1000}});
  const Tensor y = logsumexp(x, {1});
  CHECK(values(y) == std::vector<double>{-infinity, 1000});
  CHECK(gradient(y, x) == std::vector<double>{0, 0, 0, 1});
  CHECK(values(logsumexp(transpose(x), {0})) == std::vector<double>{-infinity, 1000});
}

TEST_CASE("softmax and log_softmax do not overflow") {
  const Tensor x = leaf({{1000, 1001}, {-1000, -1001}});
  CHECK(values(softmax(x))[1] == Approx(1 / (1 + std::exp(-1))));
  CHECK(values(log_softmax(x, 1))[2] == Approx(-std::log1p(std::exp(-1))));
  CHECK(values(softmax(x, 0)) == std::vector<double>{1, 1, 0, 0});
  CHECK(gradient(log_softmax(x, 0), x) == std::vector<double>{-1, -1, 1, 1});
}

TEST_CASE("softmax along a middle axis is that along the last one, moved") {
  const Tensor x = cos(reshape(arange(0., 24., 1., {.dtype = DType::float64}), {2, 3, 4}));
  CHECK(values(softmax(x, 1)) == values(swapaxes(softmax(swapaxes(x, 1, 2), 2), 1, 2)));
}

TEST_CASE("sum, mean and cumsum keep nothing, and softmax keeps its output alone") {
  const Tensor x = ones({4, 5}, {.dtype = DType::float64, .requires_grad = true});
  for (const Tensor& y : {sum(x, {0}), mean(x), cumsum(x)}) {
    CHECK(tape_stats(y).saved_bytes == 0);
    CHECK(tape_stats(y).borrowed_bytes == 0);
  }
  CHECK(tape_stats(softmax(x)).saved_bytes == 160);
  CHECK(tape_stats(softmax(x)).borrowed_bytes == 0);
}

TEST_CASE("cumsum and cumprod of integers are exact") {
  CHECK(cumsum(arange(1, 5)).to_vector<std::int64_t>()[3] == 10);
  CHECK(cumprod(arange(1, 5)).to_vector<std::int64_t>()[3] == 24);
}
