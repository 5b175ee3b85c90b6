#include "support/catch.hpp"

#include <frost/autograd.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Tensor data(Literal values) { return tensor(values, DType::float64); }
Tensor normal(const Shape& shape) { return randn(shape, {.dtype = DType::float64}); }
Tensor leaf(const Tensor& t) { return t.clone().set_requires_grad(true); }
double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return a.size() ? max(abs(a - b)).item<double>() : 0;
}

// The product of each pair of matrices, by its definition.
Tensor product(const Tensor& a, const Tensor& b) { return sum(expand_dims(a, -1) * expand_dims(b, -3), -2); }

}  // namespace

TEST_CASE("matmul multiplies matrices, and takes a vector as a row or a column") {
  const Tensor a = data({{1., 2., 3.}, {4., 5., 6.}}), v = data({1., 0., -1.});
  CHECK(to_string(matmul(a, v)) == to_string(data({-2., -2.})));
  CHECK(to_string(matmul(data({1., 1.}), a)) == to_string(data({5., 7., 9.})));
  CHECK(matmul(v, v).item<double>() == 2);
  CHECK(matmul(v, v).shape() == Shape{});
}

TEST_CASE("matmul broadcasts batches, whichever operand has them") {
  for (const auto& [shape_a, shape_b] : std::vector<std::pair<Shape, Shape>>{{{3, 4}, {4, 2}},
                                                                             {{5, 3, 4}, {4, 2}},
                                                                             {{3, 4}, {5, 4, 2}},
                                                                             {{2, 1, 3, 4}, {5, 4, 2}},
                                                                             {{2, 5, 1, 4}, {2, 5, 4, 1}},
                                                                             {{1, 3, 4}, {1, 1, 4, 2}}}) {
    const Tensor a = normal(shape_a), b = normal(shape_b);
    INFO(to_string(shape_a) << " and " << to_string(shape_b));
    const Tensor expected = product(a, b);
    CHECK(largest_difference(matmul(a, b), expected) < 1e-12);
    const Tensor at = swapaxes(a, -1, -2), bt = swapaxes(b, -1, -2);
    CHECK(largest_difference(matmul(at, b, {.transpose_a = true}), expected) < 1e-12);
    CHECK(largest_difference(matmul(a, bt, {.transpose_b = true}), expected) < 1e-12);
    CHECK(largest_difference(matmul(at, bt, {.transpose_a = true, .transpose_b = true}), expected) < 1e-12);

    const Tensor x = leaf(a), y = leaf(b), g = normal(expected.shape());
    const Tensors found = grad(matmul(x, y), {x, y}, {.grad_output = g});
    const Tensors wanted = grad(product(x, y), {x, y}, {.grad_output = g});
    CHECK(largest_difference(found[0], wanted[0]) < 1e-12);
    CHECK(largest_difference(found[1], wanted[1]) < 1e-12);
  }
}

TEST_CASE("a vector is not transposed by matmul's flags") {
  const Tensor a = normal({4, 3}), v = normal({4});
  CHECK(largest_difference(matmul(a, v, {.transpose_a = true, .transpose_b = true}),
                           matmul(v, a, {.transpose_a = true})) < 1e-14);
}

TEST_CASE("a product over an empty inner axis is 0, and empty operands give empty results") {
  const Tensor a = leaf(zeros({3, 0}, {.dtype = DType::float64})), b = leaf(zeros({0, 2}, {.dtype = DType::float64}));
  const Tensor y = matmul(a, b);
  CHECK(largest_difference(y, zeros({3, 2}, {.dtype = DType::float64})) == 0);
  sum(y).backward();
  CHECK(a.grad().shape() == Shape{3, 0});
  CHECK(b.grad().shape() == Shape{0, 2});
  CHECK(matmul(zeros({0, 3}), zeros({3, 2})).shape() == Shape{0, 2});
  CHECK(matmul(zeros({0, 4, 3}), zeros({3, 2})).shape() == Shape{0, 4, 2});

  const Tensor x = zeros({0, 3}, {.dtype = DType::float64}), kernel = leaf(normal({3, 2})), bias = leaf(normal({2}));
  sum(linear(x, kernel, bias)).backward();
  CHECK(largest_difference(kernel.grad(), zeros({3, 2}, {.dtype = DType::float64})) == 0);
  CHECK(largest_difference(bias.grad(), zeros({2}, {.dtype = DType::float64})) == 0);
}

TEST_CASE("a product's result does not depend on what its memory held before") {
  const Tensor nan = full({64}, std::numeric_limits<double>::quiet_NaN(), {.dtype = DType::float64});
  for (int i = 0; i < 4; ++i) {
    { const Tensor garbage = nan * 1.; }
    CHECK(largest_difference(matmul(ones({64, 4}, {.dtype = DType::float64}), ones({4}, {.dtype = DType::float64})),
                             full({64}, 4, {.dtype = DType::float64})) == 0);
  }
}

TEST_CASE("matmul says which shapes do not fit") {
  CHECK_THROWS_WITH(matmul(zeros({2, 3}), zeros({4, 5})),
                    Contains("matmul: inner sizes differ; got (2, 3) and (4, 5); expected (m, k) and (k, n)"));
  CHECK_THROWS_WITH(matmul(zeros({2, 3}), zeros({3, 5}), {.transpose_b = true}),
                    Contains("got (2, 3) and (3, 5) with transpose_b; expected (m, k) and (n, k)"));
  CHECK_THROWS_WITH(matmul(zeros({2, 2, 3}), zeros({3, 3, 5})),
                    Contains("the batches do not broadcast; got (2, 2, 3) and (3, 3, 5)"));
  CHECK_THROWS_AS(matmul(zeros({}), zeros({3})), ShapeError);
  CHECK_THROWS_WITH(matmul(zeros({2, 3}), zeros({3, 2}, {.dtype = DType::float64})), Contains("float32 and float64"));
  CHECK_THROWS_WITH(matmul(arange(3), arange(3)), Contains("got int64"));
}

TEST_CASE("linear says which shapes do not fit") {
  CHECK_THROWS_WITH(linear(zeros({2, 3}), zeros({4, 5})),
                    Contains("got x of shape (2, 3) and kernel of shape (4, 5); expected (…, 4)"));
  CHECK_THROWS_WITH(linear(zeros({2, 4}), zeros({4, 5}), zeros({4})),
                    Contains("the bias has the wrong shape; got (4,); expected (5,)"));
  CHECK_THROWS_WITH(linear(zeros({2, 4}), zeros({4})), Contains("two axes"));
  CHECK_THROWS_WITH(linear(zeros({2, 4}), Tensor()), Contains("kernel is absent"));
}

TEST_CASE("training only the bias of linear keeps no input, and passing a gradient on keeps only the kernel") {
  const Tensor below = leaf(normal({5, 3}));
  const Tensor kernel = normal({3, 4}), bias = normal({4});
  const Tensor x = tanh(below.detach());

  TapeStats stats = tape_stats(linear(x, kernel, leaf(bias)));
  CHECK(stats.nodes == 1);
  CHECK(stats.saved_bytes == 0);
  CHECK(stats.borrowed_bytes == 0);

  stats = tape_stats(linear(below, kernel, bias));
  CHECK(stats.saved_bytes == 0);
  CHECK(stats.borrowed_bytes == 3 * 4 * 8);

  stats = tape_stats(linear(x, leaf(kernel), bias));
  CHECK(stats.saved_bytes == 5 * 3 * 8);
  CHECK(stats.borrowed_bytes == 0);

  reset_kernel_counts();
  sum(linear(below, kernel, bias)).backward();
  const auto counts = kernel_counts();
  CHECK(counts.at("linear.dx") == 1);
  CHECK(counts.count("linear.dkernel") == 0);
  CHECK(counts.count("linear.dbias") == 0);
}
