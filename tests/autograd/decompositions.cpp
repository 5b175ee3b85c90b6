// Inverses, determinants, systems and Cholesky factors at the edges, and what their errors say.
#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <limits>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;
Tensor normal(const Shape& shape) { return randn(shape, {.dtype = f64}); }
Tensor leaf(const Tensor& t) { return t.clone().set_requires_grad(true); }
double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return a.size() ? max(abs(a - b)).item<double>() : 0;
}
Tensor positive_definite(const Shape& shape) {
  const Tensor x = normal(shape);
  return matmul(x, x, {.transpose_b = true}) + eye(shape.back(), {.dtype = f64});
}

}  // namespace

TEST_CASE("inv and solve undo a product, for batches of any rank and for one element") {
  for (const Shape& shape : {Shape{1, 1}, Shape{2, 3, 3}, Shape{2, 1, 2, 4, 4}, Shape{1, 7, 7}}) {
    INFO(to_string(shape));
    const Tensor x = positive_definite(shape);
    const Tensor identity = broadcast_to(eye(shape.back(), {.dtype = f64}), shape);
    CHECK(largest_difference(matmul(inv(x), x), identity) < 1e-10);
    Shape right = shape;
    right.back() = 2;
    const Tensor b = normal(right);
    CHECK(largest_difference(matmul(x, solve(x, b)), b) < 1e-10);
  }
}

TEST_CASE("solve broadcasts batches of either operand, and their gradients come back in their shapes") {
  const Tensor a = leaf(positive_definite({4, 1, 3, 3})), b = leaf(normal({2, 3, 2}));
  const Tensor y = solve(a, b);
  REQUIRE(y.shape() == Shape{4, 2, 3, 2});
  CHECK(largest_difference(matmul(a, y).detach(), broadcast_to(b.detach(), {4, 2, 3, 2})) < 1e-10);
  sum(y).backward();
  CHECK(a.grad().shape() == Shape{4, 1, 3, 3});
  CHECK(b.grad().shape() == Shape{2, 3, 2});
}

TEST_CASE("the determinant's gradient is the cofactors, whatever the rank of the matrix") {
  const Tensor x = leaf(tensor({{1., 2., 3.}, {2., 4., 6.}, {1., 0., 1.}}, f64));  // rank 2
  det(x).backward();
  CHECK(largest_difference(x.grad(), tensor({{4., 4., -4.}, {-2., -2., 2.}, {0., 0., 0.}}, f64)) < 1e-12);
  const Tensor zero = leaf(zeros({3, 3}, {.dtype = f64}));
  det(zero).backward();
  CHECK(largest_difference(zero.grad(), zeros({3, 3}, {.dtype = f64})) == 0);
  const Tensor one = leaf(zeros({1, 1}, {.dtype = f64}));
  det(one).backward();
  CHECK(one.grad().item<double>() == 1);
  CHECK(gradcheck([](const Tensor& t) { return det(t); }, x.detach(), {.second_order = true}).ok());
}

TEST_CASE("logdet neither overflows nor underflows, and says what is not positive") {
  const Tensor small = 1e-3 * eye(400, {.dtype = f64});
  CHECK(logdet(small).item<double>() == Approx(400 * std::log(1e-3)));
  CHECK(logdet(inv(small)).item<double>() == Approx(-400 * std::log(1e-3)));
  CHECK(std::isnan(logdet(tensor({{0., 1.}, {1., 0.}}, f64)).item<double>()));
  CHECK(logdet(zeros({2, 2}, {.dtype = f64})).item<double>() == -std::numeric_limits<double>::infinity());
}

TEST_CASE("cholesky looks at the lower triangle, and its gradient is symmetric") {
  const Tensor x = positive_definite({2, 3, 3});
  CHECK(largest_difference(cholesky(x), cholesky(tril(x))) == 0);
  const Tensor y = leaf(x);
  sum(cholesky(y)).backward();
  CHECK(largest_difference(y.grad(), swapaxes(y.grad(), -1, -2)) < 1e-14);
  const Tensor skewed = x + triu(normal({3, 3}), 1);
  CHECK(largest_difference(cholesky(skewed, {.symmetrize = true}),
                           cholesky(0.5 * (skewed + swapaxes(skewed, -1, -2)))) < 1e-14);
}

TEST_CASE("empty matrices and empty batches") {
  const Tensor none = leaf(zeros({0, 0}, {.dtype = f64}));
  CHECK(det(none).item<double>() == 1);
  CHECK(logdet(none).item<double>() == 0);
  CHECK(inv(none).shape() == Shape{0, 0});
  CHECK(cholesky(none).shape() == Shape{0, 0});
  det(none).backward();
  CHECK(none.grad().shape() == Shape{0, 0});
  CHECK(det(zeros({0, 3, 3})).shape() == Shape{0});
  CHECK(inv(zeros({0, 3, 3})).shape() == Shape{0, 3, 3});
  CHECK(solve(zeros({2, 0, 0}), zeros({2, 0, 3})).shape() == Shape{2, 0, 3});
  CHECK(solve(eye(2), zeros({2, 0})).shape() == Shape{2, 0});
}

TEST_CASE("linear algebra says which matrix cannot be handled, and why") {
  const Tensor batch = concatenate({eye(2).reshape({1, 2, 2}), zeros({1, 2, 2})});
  CHECK_THROWS_WITH(inv(batch), Contains("inv: matrix 1 of (2, 2, 2) is singular"));
  CHECK_THROWS_WITH(solve(zeros({2, 2}), eye(2)), Contains("solve: the matrix of (2, 2) is singular"));
  CHECK_THROWS_WITH(cholesky(tensor({{1., 2.}, {2., 1.}})), Contains("not positive definite; its leading 2 × 2 block"));
  CHECK_THROWS_WITH(inv(zeros({2, 3})), Contains("got x of shape (2, 3); expected square matrices"));
  CHECK_THROWS_WITH(det(zeros({3})), Contains("(3,)"));
  CHECK_THROWS_WITH(solve(eye(2), zeros({3, 2})), Contains("got a of shape (2, 2) and b of shape (3, 2)"));
  CHECK_THROWS_WITH(solve(eye(2), zeros({3})), Contains("expected (…, 2, k) or (2,)"));
  CHECK_THROWS_WITH(solve(eye(2), zeros({2, 2}, {.dtype = f64})), Contains("float32 and float64"));
  CHECK_THROWS_WITH(inv(arange(4).reshape({2, 2})), Contains("got int64"));
  CHECK_THROWS_WITH(solve(zeros({2, 2, 2}), zeros({3, 2, 1})), Contains("(2,)") && Contains("(3,)"));
}
