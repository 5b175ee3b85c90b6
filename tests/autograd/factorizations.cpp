// Orthogonal factors, eigenvalues, singular values and what is made of them: values, gradients that depend on no sign
// or order, edges and errors. The gradients of the rows themselves are tested by rows.cpp.
#include "support/catch.hpp"

#include "masks.hpp"

#include <frost/autograd.hpp>

#include <limits>

using namespace frost;
using namespace frost::testing;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;
Tensor normal(const Shape& shape) { return randn(shape, {.dtype = f64}); }
Tensor transposed(const Tensor& x) { return swapaxes(x, -1, -2); }
double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return a.size() ? max(abs(a - b)).item<double>() : 0;
}
bool is_orthonormal(const Tensor& q) {  // in its columns
  const Shape shape = q.shape();
  Shape square = shape;
  square[square.size() - 2] = shape.back();
  return largest_difference(matmul(q, q, {.transpose_a = true}),
                            broadcast_to(eye(shape.back(), {.dtype = f64}), square)) < 1e-12;
}
Tensor scaled(const Tensor& x, const Tensor& v) { return x * expand_dims(v, -2); }

const std::vector<Shape> shapes = {{1, 1}, {4, 2}, {2, 5}, {3, 3}, {2, 3, 2}, {2, 1, 2, 4}};

}  // namespace

TEST_CASE("qr, svd and pinv give back the matrix, whatever its form and batch") {
  for (const Shape& shape : shapes) {
    INFO(to_string(shape));
    const Tensor x = normal(shape);
    const Qr f = qr(x);
    CHECK(largest_difference(matmul(f.q, f.r), x) < 1e-12);
    CHECK(is_orthonormal(f.q));
    CHECK(largest_difference(triu(f.r), f.r) == 0);
    for (std::int64_t i = 0; i < f.q.shape().back(); ++i)
      CHECK(min(f.r.slice(-2, i, i + 1).slice(-1, i, i + 1)).item<double>() >= 0);

    const Svd d = svd(x);
    CHECK(largest_difference(matmul(scaled(d.u, d.s), d.vh), x) < 1e-12);
    CHECK(is_orthonormal(d.u));
    CHECK(is_orthonormal(transposed(d.vh)));
    CHECK(largest_difference(sort(d.s, -1, {.descending = true}), d.s) == 0);

    const Tensor y = pinv(x);
    CHECK(largest_difference(matmul(matmul(x, y), x), x) < 1e-11);
    CHECK(largest_difference(matmul(matmul(y, x), y), y) < 1e-11);
    CHECK(largest_difference(matmul(x, y), transposed(matmul(x, y))) < 1e-11);
    CHECK(largest_difference(matmul(y, x), transposed(matmul(y, x))) < 1e-11);
  }
}

TEST_CASE("eigh reads the lower triangle and gives ascending eigenvalues") {
  for (const Shape& shape : {Shape{1, 1}, Shape{3, 3}, Shape{2, 4, 4}}) {
    const Tensor x = normal(shape), symmetric = x + transposed(x);
    const Eigh f = eigh(symmetric);
    CHECK(largest_difference(matmul(scaled(f.vectors, f.values), transposed(f.vectors)), symmetric) < 1e-12);
    CHECK(is_orthonormal(f.vectors));
    CHECK(largest_difference(sort(f.values), f.values) == 0);
    CHECK(largest_difference(eigh(tril(symmetric)).values, f.values) == 0);
  }
}

TEST_CASE("slogdet, lstsq and solve_triangular agree with what they stand for") {
  const Tensor x = normal({2, 3, 3});
  const Slogdet d = slogdet(x);
  CHECK(largest_difference(d.sign * exp(d.logabsdet), det(x)) < 1e-12);
  CHECK(slogdet(1e-3 * eye(400, {.dtype = f64})).logabsdet.item<double>() == Approx(400 * std::log(1e-3)));
  const Slogdet none = slogdet(zeros({2, 2}, {.dtype = f64}));
  CHECK(none.sign.item<double>() == 0);
  CHECK(none.logabsdet.item<double>() == -std::numeric_limits<double>::infinity());

  const Tensor a = normal({5, 2}), b = normal({3, 5, 4});
  const Tensor normal_equations = solve(matmul(a, a, {.transpose_a = true}), matmul(transposed(a), b));
  CHECK(largest_difference(lstsq(a, b), normal_equations) < 1e-10);
  const Tensor wide = normal({2, 4}), right = normal({2, 1});
  CHECK(largest_difference(matmul(wide, lstsq(wide, right)), right) < 1e-12);
  CHECK(largest_difference(lstsq(ones({3, 1}, {.dtype = f64}), tensor({{1.}, {2.}, {6.}}, f64)), tensor({{3.}}, f64)) <
        1e-12);

  const Tensor t = normal({4, 1, 3, 3}) + 3. * eye(3, {.dtype = f64}), c = normal({2, 3, 2});
  for (const bool lower : {false, true})
    for (const bool transpose : {false, true})
      for (const bool unit : {false, true}) {
        Tensor whole = lower ? tril(t) : triu(t);
        if (unit) whole = whole * (1. - eye(3, {.dtype = f64})) + eye(3, {.dtype = f64});
        const Tensor y = solve_triangular(t, c, {.transpose = transpose, .lower = lower, .unit_diagonal = unit});
        CHECK(largest_difference(matmul(transpose ? transposed(whole) : whole, y), broadcast_to(c, {4, 2, 3, 2})) <
              1e-10);
      }
}

TEST_CASE("the triangle that solve_triangular does not read may hold anything, and has no gradient") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor a = tensor({{2., 1.}, {nan, 4.}}, f64).set_requires_grad(true);
  const Tensor y = solve_triangular(a, tensor({{4.}, {8.}}, f64));
  CHECK(to_string(y.detach()) == to_string(tensor({{1.}, {2.}}, f64)));
  sum(y).backward();
  CHECK(a.grad()[1][0].item<double>() == 0);
  CHECK(std::isfinite(sum(a.grad()).item<double>()));
}

TEST_CASE("functions of factors that depend on no sign or order have the gradients of what they are") {
  Float64 guard;
  // ‖x‖² = Σ s² = Σ r², ln det x = Σ ln s, xᵀ·x = V·diag(s²)·Vᵀ.
  const detail::Samples samples = {
      {{normal({4, 3})}, [](const Tensors& x) { return sum(square(svd(x[0]).s)) - sum(square(qr(x[0]).r)); }},
      {{normal({3, 3}) + 3. * eye(3)},
       [](const Tensors& x) { return sum(log(svd(x[0]).s)) - slogdet(x[0]).logabsdet; }},
      {{normal({2, 4, 3})},
       [](const Tensors& x) {
         const Svd d = svd(x[0]);
         return matmul(transposed(d.vh), expand_dims(square(d.s), -1) * d.vh) - matmul(transposed(x[0]), x[0]);
       }},
      {{normal({3, 3})},
       [](const Tensors& x) {
         const Eigh f = eigh(x[0] + transposed(x[0]));
         return matmul(scaled(f.vectors, f.values), transposed(f.vectors)) - x[0] - transposed(x[0]);
       }},
      {{normal({2, 4})}, [](const Tensors& x) { return matmul(x[0], pinv(x[0])); }}};
  for (const detail::Sample& sample : samples) {
    const Case c(sample);
    const Tensor x = sample.inputs[0].clone().set_requires_grad(true);
    const Tensor y = sample.call({x});
    const Tensor dx = grad(y, {x}, {.grad_output = direction(y.detach(), 3), .create_graph = true})[0];
    CHECK(largest(dx.detach()) < 1e-10);
    const Tensors second = grad(sum(dx * direction(dx.detach(), 5)), {x}, {.allow_unused = true});
    if (second[0].present()) CHECK(largest(second[0]) < 1e-8);
  }
}

TEST_CASE("lstsq has gradients to second order under every set of frozen inputs") {
  Float64 guard;
  const auto call = [](const Tensors& x) { return lstsq(x[0], x[1]); };
  for (const detail::Sample& sample :
       detail::Samples{{{normal({4, 2}), normal({4, 1})}, call}, {{normal({2, 2, 3}), normal({2, 2})}, call}}) {
    const Case c(sample);
    check_first_order(c);
    check_masks(c);
    for (std::size_t mask = 1; mask < c.masks(); ++mask) check_second_order(c, mask, true);
  }
}

TEST_CASE("equal eigenvalues and singular values: functions of the values and of the matrix keep their gradient") {
  const Tensor x = eye(3, {.dtype = f64}).set_requires_grad(true);
  sum(square(eigh(x).values)).backward();
  CHECK(largest_difference(x.grad(), 2. * eye(3, {.dtype = f64})) < 1e-12);
  x.zero_grad();
  sum(svd(x).s).backward();
  CHECK(largest_difference(x.grad(), eye(3, {.dtype = f64})) < 1e-12);
  x.zero_grad();
  const Eigh f = eigh(x);
  sum(matmul(scaled(f.vectors, f.values), transposed(f.vectors))).backward();
  CHECK(largest_difference(x.grad(), ones({3, 3}, {.dtype = f64})) < 1e-12);
}

TEST_CASE("factors of empty matrices and batches are empty") {
  CHECK(qr(zeros({0, 3, 2})).q.shape() == Shape{0, 3, 2});
  CHECK(qr(zeros({3, 0})).r.shape() == Shape{0, 0});
  CHECK(qr(zeros({0, 3})).r.shape() == Shape{0, 3});
  CHECK(svd(zeros({0, 3})).vh.shape() == Shape{0, 3});
  CHECK(svd(zeros({0, 2, 3})).s.shape() == Shape{0, 2});
  CHECK(eigh(zeros({0, 0})).values.shape() == Shape{0});
  CHECK(pinv(zeros({3, 0})).shape() == Shape{0, 3});
  CHECK(slogdet(zeros({0, 0})).sign.item<float>() == 1);
  CHECK(solve_triangular(zeros({0, 0}), zeros({0, 2})).shape() == Shape{0, 2});
  CHECK(largest_difference(pinv(zeros({2, 3}, {.dtype = f64})), zeros({3, 2}, {.dtype = f64})) == 0);
}

TEST_CASE("factorizations say what they cannot handle") {
  const Tensor nan = full({2, 2}, std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_WITH(svd(nan), Contains("svd: ") && Contains("of the matrix of (2, 2) does not converge"));
  CHECK_THROWS_WITH(pinv(nan), Contains("pinv: "));
  CHECK_THROWS_WITH(qr(zeros({3})), Contains("qr: got x of shape (3,); expected matrices"));
  CHECK_THROWS_WITH(eigh(zeros({2, 3})), Contains("eigh: got x of shape (2, 3); expected square matrices"));
  CHECK_THROWS_WITH(svd(arange(4).reshape({2, 2})), Contains("got int64"));
  CHECK_THROWS_WITH(svd(Tensor()), Contains("x is absent"));
  CHECK_THROWS_WITH(pinv(zeros({2, 2}), {.rcond = -1}), Contains("got rcond -1"));
  CHECK_THROWS_WITH(lstsq(zeros({3, 2}), zeros({2, 1})), Contains("(3, 2) and b of shape (2, 1); expected (…, 3, k)"));
  CHECK_THROWS_WITH(solve_triangular(zeros({2, 2}), zeros({2, 1})), Contains("has a 0 in place 1 of its diagonal"));
  CHECK_THROWS_WITH(solve_triangular(zeros({2, 2}), zeros({3, 1})), Contains("(2, 2) and b of shape (3, 1)"));
}
