// Powers, exponentials and eigenvalues of matrices, and systems whose right side is a vector.
#include "support/catch.hpp"

#include "masks.hpp"

#include <frost/autograd.hpp>

#include <limits>

using namespace frost;
using namespace frost::testing;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;
Tensor data(Literal values) { return tensor(values, f64); }
Tensor normal(const Shape& shape) { return randn(shape, {.dtype = f64}); }
Tensor unit(std::int64_t n) { return eye(n, {.dtype = f64}); }
double distance(const Tensor& a, const Tensor& b) {
  INFO(a.shape() << " and " << b.shape());
  REQUIRE(a.shape() == b.shape());
  return largest(a.detach() - b.detach());
}
double relative(const Tensor& a, const Tensor& b) { return distance(a, b) / std::max(1., largest(b.detach())); }

void check_gradients(const detail::Samples& samples) {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    INFO("sample " << i);
    const Case c(samples[i]);
    check_first_order(c);
    check_masks(c);
    for (std::size_t mask = 1; mask < c.masks(); ++mask) check_second_order(c, mask, true);
  }
}

}  // namespace

TEST_CASE("matrix_power multiplies as often as it is told, and inverts for negative powers") {
  const Tensor x = normal({2, 3, 3});
  Tensor product = broadcast_to(unit(3), {2, 3, 3});
  for (std::int64_t n = 0; n <= 9; ++n) {
    INFO("n = " << n);
    CHECK(relative(matrix_power(x, n), product) < 1e-13);
    product = matmul(product, x);
  }
  const Tensor regular = x + 4. * unit(3);
  CHECK(relative(matrix_power(regular, -3), matrix_power(inv(regular), 3)) < 1e-12);
  CHECK(distance(matrix_power(data({{1., 1.}, {1., 0.}}), 30), data({{1346269., 832040.}, {832040., 514229.}})) == 0);
  CHECK(matrix_power(zeros({0, 3, 3}), 2).shape() == Shape{0, 3, 3});
  CHECK(matrix_power(zeros({0, 0}), -1).shape() == Shape{0, 0});
  CHECK(matrix_power(data({{std::nan(""), 0.}, {0., 1.}}), 0).to_vector<double>()[0] == 1);
  CHECK_THROWS_WITH(matrix_power(zeros({2, 2}), -1), Contains("matrix_power: the matrix of (2, 2) is singular"));
  CHECK_THROWS_WITH(matrix_power(zeros({2, 3}), 2), Contains("matrix_power: got x of shape (2, 3)"));
}

TEST_CASE("the gradient of matrix_power is a sum over its factors, for n of 0 and less as well") {
  Float64 guard;
  check_gradients({{{randn({2, 3, 3})}, [](const Tensors& x) { return square(matrix_power(x[0], 5)); }},
                   {{randn({3, 3}) + 4. * eye(3)}, [](const Tensors& x) { return matrix_power(x[0], -3); }}});
  const Tensor x = randn({2, 2}).set_requires_grad(true);
  sum(matrix_power(x, 0)).backward();
  CHECK(largest(x.grad()) == 0);
}

TEST_CASE("expm: diagonal, nilpotent and skew matrices, and every size of norm") {
  CHECK(relative(expm(diag(data({-1., 0., 3.}))), diag(exp(data({-1., 0., 3.})))) < 1e-14);
  CHECK(distance(expm(data({{0., 5.}, {0., 0.}})), data({{1., 5.}, {0., 1.}})) == 0);
  const double t = 1.25;
  CHECK(distance(expm(data({{0., -t}, {t, 0.}})), data({{std::cos(t), -std::sin(t)}, {std::sin(t), std::cos(t)}})) <
        1e-15);
  CHECK(distance(expm(zeros({2, 3, 3}, {.dtype = f64})), broadcast_to(unit(3), {2, 3, 3})) == 0);
  CHECK(expm(zeros({2, 0, 0})).shape() == Shape{2, 0, 0});
  CHECK(expm(data({{2.}})).item<double>() == Approx(std::exp(2)).epsilon(1e-15));
  // Of a symmetric matrix the exponentials of its eigenvalues, over norms for which each approximant is taken.
  for (const double size : {1e-3, .02, .2, .7, 1.5, 4., 30.}) {
    INFO("size " << size);
    const Tensor x = normal({2, 4, 4}), symmetric = (x + swapaxes(x, -1, -2)) * (size / 4);
    const Eigh f = eigh(symmetric);
    const Tensor expected = matmul(f.vectors * expand_dims(exp(f.values), -2), f.vectors, {.transpose_b = true});
    CHECK(relative(expm(symmetric), expected) < 1e-12);
    CHECK(distance(matmul(expm(x * size / 8.), expm(x * -size / 8.)), broadcast_to(unit(4), {2, 4, 4})) < 1e-8);
  }
  CHECK(all(isnan(expm(data({{std::numeric_limits<double>::infinity(), 0.}, {0., 1.}})))).item<bool>());
  CHECK(expm(tensor({{1.}}, DType::float32)).item<float>() == std::exp(1.f));
  CHECK_THROWS_WITH(expm(zeros({3})), Contains("expm: got x of shape (3,); expected square matrices"));
  CHECK_THROWS_WITH(expm(ones({2, 2}).to(DType::int64)), Contains("expm: floating values are needed; got int64"));
}

TEST_CASE("the gradient of expm is its derivative at the transpose, whatever the size of g") {
  Float64 guard;
  check_gradients({{{randn({2, 3, 3})}, [](const Tensors& x) { return square(expm(x[0])); }},
                   {{randn({3, 3}), randn({3})}, [](const Tensors& x) { return matmul(expm(x[0]), x[1]); }}});
  for (const double size : {1e-200, 1., 1e200}) {
    // d tr(eˣ) = (eˣ)ᵀ
    const Tensor x = randn({3, 3}).set_requires_grad(true);
    (trace(expm(x)) * size).backward();
    CHECK(relative(x.grad() / size, transpose(expm(x))) < 1e-13);
  }
  const Tensor x = randn({2, 2}).set_requires_grad(true);
  (sum(expm(x)) * 0.).backward();
  CHECK(largest(x.grad()) == 0);
}

TEST_CASE("third derivatives of expm agree with differences of its second") {
  Float64 guard;
  const auto f = [](const Tensor& x) {
    const Tensor leaf = x;
    return grad(sum(square(expm(leaf))), {leaf}, {.create_graph = true})[0];
  };
  CHECK(gradcheck(f, randn({2, 2}), {.second_order = true}).ok());
}

TEST_CASE("eigvals gives real and imaginary parts along the last axis") {
  CHECK(distance(eigvals(data({{0., -2.}, {2., 0.}})), data({{0., 2.}, {0., -2.}})) < 1e-15);
  CHECK(distance(sort(eigvals(data({{1., 2.}, {0., 3.}})).slice(1, 0, 1), 0), data({{1.}, {3.}})) < 1e-15);
  // The sum of the eigenvalues is the trace, their product the determinant.
  const Tensor x = normal({3, 5, 5}), w = eigvals(x);
  REQUIRE(w.shape() == Shape{3, 5, 2});
  for (std::int64_t i = 0; i < 3; ++i) {
    CHECK(distance(sum(w[i], 0), stack({trace(x[i]), zeros({}, {.dtype = f64})})) < 1e-12);
    double re = 1, im = 0;
    const Tensor wi = w[i];
    const auto parts = wi.data<double>();
    for (std::size_t k = 0; k < 10; k += 2) {
      const double next = re * parts[k] - im * parts[k + 1];
      im = re * parts[k + 1] + im * parts[k];
      re = next;
    }
    CHECK(re == Approx(det(x[i]).item<double>()));
    CHECK(std::abs(im) < 1e-10);
  }
  CHECK(eigvals(zeros({2, 0, 0})).shape() == Shape{2, 0, 2});
  CHECK(eigvals(tensor({{4.}}, DType::float32)).dtype() == DType::float32);
  CHECK_THROWS_WITH(eigvals(normal({2, 3})), Contains("eigvals: got x of shape (2, 3); expected square matrices"));
  CHECK_THROWS_WITH(eigvals(data({{std::nan(""), 0.}, {0., 1.}})), Contains("eigvals: the matrix of (2, 2) has NaN"));
}

TEST_CASE("eigenvalues have gradients to second order, also of the modulus of complex ones") {
  Float64 guard;
  const Tensor turning = tensor({{.5, -2., .1}, {1.5, .2, .3}, {-.4, .2, 2.}}, f64);
  check_gradients({{{turning}, [](const Tensors& x) { return sum(square(eigvals(x[0])), -1); }},
                   {{randn({2, 4, 4})}, [](const Tensors& x) { return sum(exp(eigvals(x[0])), -2); }}});
  const Tensor x = turning.clone().set_requires_grad(true);
  sum(eigvals(x)).backward();
  CHECK(distance(x.grad(), eye(3)) < 1e-12);
  const auto gradient_norm = [](const Tensor& v) {
    return sum(square(grad(sum(square(eigvals(v))), {v}, {.create_graph = true})[0]));
  };
  CHECK(gradcheck(gradient_norm, turning, {.second_order = true}).ok());
}

TEST_CASE("eigenvalues that repeat have a gradient where it does not tell them apart") {
  const Tensor one = unit(3).clone().set_requires_grad(true);
  sum(square(eigvals(one))).backward();
  CHECK(distance(one.grad(), 2. * unit(3)) < 1e-12);
  one.zero_grad();
  CHECK_THROWS_WITH(eigvals(one)[0][0].backward(),
                    Contains("eigvals: eigenvalues 0 and 1 of the matrix are equal (1+0i)"));
  const Tensor defective = data({{2., 1.}, {0., 2.}}).set_requires_grad(true);
  CHECK_THROWS_WITH(sum(eigvals(defective)).backward(), Contains("eigvals: x of shape (2, 2) lacks eigenvectors"));
  CHECK_THROWS_WITH(grad(sum(square(eigvals(one))), {one}, {.create_graph = true}),
                    Contains("they have no second derivatives there"));
}

TEST_CASE("solve, solve_triangular and lstsq take a vector as the right side of all systems") {
  const Tensor a = normal({3, 3}) + 4. * unit(3), b = normal({3}), column = expand_dims(b, 1);
  CHECK(distance(solve(a, b), squeeze(solve(a, column), 1)) == 0);
  CHECK(distance(matmul(a, solve(a, b)), b) < 1e-13);
  const Tensor many = normal({4, 2, 3, 3}) + 4. * unit(3);
  REQUIRE(solve(many, b).shape() == Shape{4, 2, 3});
  CHECK(distance(matmul(many, expand_dims(solve(many, b), -1)), broadcast_to(column, {4, 2, 3, 1})) < 1e-12);
  CHECK(distance(solve_triangular(many, b, {.lower = true}),
                 squeeze(solve_triangular(many, column, {.lower = true}), -1)) == 0);
  const Tensor tall = normal({5, 2}), right = normal({5});
  CHECK(distance(lstsq(tall, right), squeeze(lstsq(tall, expand_dims(right, 1)), 1)) < 1e-13);
  CHECK(distance(matmul(tall, matmul(tall, lstsq(tall, right)) - right, {.transpose_a = true}),
                 zeros({2}, {.dtype = f64})) < 1e-12);
  CHECK(lstsq(normal({4, 5, 2}), right).shape() == Shape{4, 2});
  CHECK(solve(zeros({0, 0}), zeros({0})).shape() == Shape{0});
  CHECK(solve(abstract_tensor({2, 3, 3}), abstract_tensor({3})).shape() == Shape{2, 3});

  CHECK_THROWS_WITH(solve(a, normal({2})), Contains("solve: b does not fit a; got a of shape (3, 3) and b of shape"));
  CHECK_THROWS_WITH(solve(a, data(1.)), Contains("solve: b does not fit a; got a of shape (3, 3) and b of shape ()"));
  CHECK_THROWS_WITH(
      lstsq(tall, normal({2})),
      Contains("lstsq: b does not fit a; got a of shape (5, 2) and b of shape (2,); expected (…, 5, k) or (5,)"));
  CHECK_THROWS_WITH(lstsq(tall, data(1.)), Contains("lstsq: b does not fit a"));
}

TEST_CASE("systems with vectors have gradients under every set of frozen inputs") {
  Float64 guard;
  const Tensor regular = randn({2, 3, 3}) + 4. * eye(3);
  check_gradients({{{regular, randn({3})}, [](const Tensors& x) { return square(solve(x[0], x[1])); }},
                   {{randn({4, 2}), randn({4})}, [](const Tensors& x) { return square(lstsq(x[0], x[1])); }},
                   {{randn({2, 4, 2}), randn({4})}, [](const Tensors& x) { return lstsq(x[0], x[1]); }},
                   {{regular, randn({3})}, [](const Tensors& x) { return solve_triangular(x[0], x[1]); }}});
}

TEST_CASE("matmul takes vectors on either side, beside matrices and batches of them") {
  const Tensor row = normal({3}), matrix = normal({3, 4}), batch = normal({2, 5, 3, 4}), column = normal({4});
  CHECK(matmul(row, normal({3})).shape() == Shape{});
  CHECK(matmul(row, matrix).shape() == Shape{4});
  CHECK(matmul(matrix, column).shape() == Shape{3});
  CHECK(matmul(row, batch).shape() == Shape{2, 5, 4});
  CHECK(matmul(batch, column).shape() == Shape{2, 5, 3});
  CHECK(distance(matmul(row, batch), squeeze(matmul(expand_dims(row, 0), batch), -2)) < 1e-14);
  CHECK(distance(matmul(batch, column), squeeze(matmul(batch, expand_dims(column, 1)), -1)) < 1e-14);
  CHECK(matmul(zeros({0}), zeros({0})).item<float>() == 0);
  CHECK(matmul(zeros({0}), zeros({0, 2})).shape() == Shape{2});
  Float64 guard;
  const auto call = [](const Tensors& x) { return square(matmul(x[0], x[1])); };
  check_gradients({{{row, matrix}, call},
                   {{matrix, column}, call},
                   {{row, batch}, call},
                   {{batch, column}, call},
                   {{row, row}, call}});
}
