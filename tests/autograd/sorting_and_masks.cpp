// Order, masks, truth values, grids, parts and small products: values, gradients, edges and errors.
#include "support/catch.hpp"

#include "masks.hpp"

#include <frost/autograd.hpp>

#include <limits>

using namespace frost;
using namespace frost::testing;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;
constexpr double inf = std::numeric_limits<double>::infinity(), not_a_number = std::numeric_limits<double>::quiet_NaN();
Tensor normal(const Shape& shape) { return randn(shape, {.dtype = f64}); }
Tensor data(Literal values) { return tensor(values, f64); }
Tensor integers(Literal values) { return tensor(values, DType::int64); }
Tensor truth(Literal values) { return integers(values).to(DType::boolean); }
std::string text(const Tensor& t) { return to_string(t.detach()); }

}  // namespace

TEST_CASE("sort, argsort and topk keep the order of equal elements and put NaN last") {
  const Tensor x = data({3., 1., not_a_number, 1., -inf, inf});
  CHECK(text(argsort(x)) == text(integers({4, 1, 3, 0, 5, 2})));
  CHECK(text(argsort(x, 0, {.descending = true})) == text(integers({2, 5, 0, 1, 3, 4})));
  CHECK(text(sort(x)) == text(data({-inf, 1., 1., 3., inf, not_a_number})));
  const Tensor m = integers({{3, 1}, {2, 5}, {2, 0}});
  CHECK(text(sort(m, 0)) == text(integers({{2, 0}, {2, 1}, {3, 5}})));
  CHECK(text(argsort(m, -2, {.descending = true})) == text(integers({{0, 1}, {1, 0}, {2, 2}})));
  CHECK(text(sort(truth({1, 0, 1}))) == text(truth({0, 1, 1})));

  const TopK top = topk(data({{1., 4., 4.}, {9., 7., 8.}}), 2);
  CHECK(text(top.values) == text(data({{4., 4.}, {9., 8.}})));
  CHECK(text(top.indices) == text(integers({{1, 2}, {0, 2}})));
  CHECK(text(topk(data({5., 2., 3.}), 2, 0, {.largest = false}).values) == text(data({2., 3.})));
  CHECK(topk(normal({2, 3}), 0).values.shape() == Shape{2, 0});
  CHECK(sort(zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(argsort(zeros({3, 0})).shape() == Shape{3, 0});
  CHECK(text(sort(data({{5.}}), 1)) == text(data({{5.}})));

  CHECK_THROWS_WITH(topk(normal({2, 3}), 4), Contains("topk: got k = 4 for axis -1 of shape (2, 3); expected 0 to 3"));
  CHECK_THROWS_WITH(topk(normal({2, 3}), -1), Contains("got k = -1"));
  CHECK_THROWS_WITH(sort(normal({2, 3}), 2), Contains("sort: ") && Contains("2"));
  CHECK_THROWS_WITH(argsort(zeros({})), Contains("argsort: "));
  CHECK_THROWS_WITH(sort(Tensor()), Contains("sort: the tensor is absent"));
}

TEST_CASE("truth values: every pair, broadcasting, and numbers that count as true unless they are 0") {
  const Tensor a = truth({0, 0, 1, 1}), b = truth({0, 1, 0, 1});
  CHECK(text(logical_and(a, b)) == text(truth({0, 0, 0, 1})));
  CHECK(text(logical_or(a, b)) == text(truth({0, 1, 1, 1})));
  CHECK(text(logical_xor(a, b)) == text(truth({0, 1, 1, 0})));
  CHECK(text(logical_not(a)) == text(truth({1, 1, 0, 0})));
  CHECK(text(logical_and(a.reshape({4, 1}), truth({1, 0}))) == text(truth({{0, 0}, {0, 0}, {1, 0}, {1, 0}})));
  CHECK(text(logical_or(truth({{1}, {0}}), b)) == text(truth({{1, 1, 1, 1}, {0, 1, 0, 1}})));
  CHECK(text(logical_xor(integers({0, 2}), data({-1.5, not_a_number}))) == text(truth({1, 0})));
  CHECK(text(logical_not(data({0., -0., 2., not_a_number}))) == text(truth({1, 1, 0, 0})));
  CHECK(logical_and(truth({1}), zeros({0})).shape() == Shape{0});
  CHECK_FALSE(logical_or(normal({2}).set_requires_grad(true), b[0]).requires_grad());
  CHECK_THROWS_WITH(logical_and(a, truth({1, 0})), Contains("(4,)") && Contains("(2,)"));
  CHECK_THROWS_WITH(logical_or(a, Tensor()), Contains("logical_or: a tensor is absent"));
}

TEST_CASE("isnan, isinf, isfinite and nan_to_num") {
  const Tensor x = data({1., not_a_number, inf, -inf});
  CHECK(text(isnan(x)) == text(truth({0, 1, 0, 0})));
  CHECK(text(isinf(x)) == text(truth({0, 0, 1, 1})));
  CHECK(text(isfinite(x)) == text(truth({1, 0, 0, 0})));
  CHECK(text(isfinite(integers({1, 0}))) == text(truth({1, 1})));
  CHECK(text(isnan(truth({1, 0}))) == text(truth({0, 0})));
  const double most = std::numeric_limits<double>::max();
  CHECK(text(nan_to_num(x)) == text(data({1., 0., most, -most})));
  CHECK(text(nan_to_num(x, {.nan = 7, .posinf = 8, .neginf = -9})) == text(data({1., 7., 8., -9.})));
  CHECK(nan_to_num(x.to(DType::float32))[2].item<float>() == std::numeric_limits<float>::max());
  const Tensor leaf = x.clone().set_requires_grad(true);
  nan_to_num(leaf).backward({.grad_output = data({1., 2., 3., 4.})});
  CHECK(text(leaf.grad()) == text(data({1., 0., 0., 0.})));
  CHECK_THROWS_WITH(nan_to_num(integers({1})), Contains("got int64"));
}

TEST_CASE("masked_select and boolean_mask take what is true, in order") {
  const Tensor x = data({{1., 2., 3.}, {4., 5., 6.}});
  CHECK(text(masked_select(x, x > 2.5)) == text(data({3., 4., 5., 6.})));
  CHECK(text(masked_select(x, truth({0, 1, 0}))) == text(data({2., 5.})));
  CHECK(text(masked_select(data({7.}), truth({{1}, {0}, {1}}))) == text(data({7., 7.})));
  CHECK(masked_select(x, x > 9.).shape() == Shape{0});
  CHECK(text(boolean_mask(x, truth({0, 1}))) == text(data({{4., 5., 6.}})));
  CHECK(text(boolean_mask(x, truth({1, 0, 1}), 1)) == text(data({{1., 3.}, {4., 6.}})));
  CHECK(text(boolean_mask(x, truth({1, 0, 1}), -1)) == text(data({{1., 3.}, {4., 6.}})));
  CHECK(text(boolean_mask(x, x > 4.)) == text(data({5., 6.})));
  CHECK(boolean_mask(zeros({0, 3}), zeros({0}).to(DType::boolean)).shape() == Shape{0, 3});
  CHECK_THROWS_WITH(masked_select(x, x), Contains("the mask must be bool; got float64"));
  CHECK_THROWS_WITH(boolean_mask(x, truth({1, 0, 1})), Contains("from axis 0 on; got (3,) for x of shape (2, 3)"));
  CHECK_THROWS_WITH(boolean_mask(x, (x > 4.)[0][0]), Contains("the mask is a scalar"));
  CHECK_THROWS_WITH(masked_select(x, Tensor()), Contains("the mask is absent"));
}

TEST_CASE("split, split_at and meshgrid follow numpy") {
  const Tensor x = arange(12).reshape({2, 6});
  const Tensors thirds = split(x, 3, 1);
  REQUIRE(thirds.size() == 3);
  CHECK(text(thirds[1]) == text(integers({{2, 3}, {8, 9}})));
  CHECK(text(concatenate(thirds, 1)) == text(x));
  const Tensors parts = split_at(x, {1, 1, -2}, -1);
  REQUIRE(parts.size() == 4);
  CHECK(parts[0].shape() == Shape{2, 1});
  CHECK(parts[1].shape() == Shape{2, 0});
  CHECK(parts[2].shape() == Shape{2, 3});
  CHECK(text(concatenate(parts, 1)) == text(x));
  CHECK(split_at(x, {}).size() == 1);
  CHECK_THROWS_WITH(split(x, 4, 1), Contains("split: 4 parts do not divide axis 1 of shape (2, 6)"));
  CHECK_THROWS_WITH(split(x, 0), Contains("0 parts"));
  CHECK_THROWS_WITH(split_at(x, {3, 2}, 1), Contains("got index 2 after 3"));
  CHECK_THROWS_WITH(split_at(x, {7}, 1), Contains("got index 7 after 0") && Contains("expected 0 to 6"));

  const Tensors images = meshgrid({arange(3), arange(2), arange(4)}),
                matrix = meshgrid({arange(3), arange(2)}, {.indexing = "ij"});
  CHECK(images[0].shape() == Shape{2, 3, 4});
  CHECK(text(images[1][1]) == text(ones({3, 4}).to(DType::int64)));
  CHECK(text(matrix[0]) == text(integers({{0, 0}, {1, 1}, {2, 2}})));
  CHECK(text(matrix[1]) == text(integers({{0, 1}, {0, 1}, {0, 1}})));
  CHECK(meshgrid({}).empty());
  CHECK(meshgrid({zeros({}), zeros({0})})[0].shape() == Shape{0, 1});
  CHECK_THROWS_WITH(meshgrid({x}), Contains("tensor 0 has shape (2, 6)"));
  CHECK_THROWS_WITH(meshgrid({arange(2)}, {.indexing = "ji"}), Contains("got indexing 'ji'"));
}

TEST_CASE("cross and kron follow numpy") {
  CHECK(text(cross(data({1., 2., 3.}), data({4., 5., 6.}))) == text(data({-3., 6., -3.})));
  CHECK(cross(normal({3, 1, 5}), normal({3, 4, 1}), 0).shape() == Shape{3, 4, 5});
  CHECK(cross(normal({2, 4, 3}), normal({3})).shape() == Shape{2, 4, 3});
  CHECK_THROWS_WITH(cross(normal({2}), normal({2})), Contains("got shapes (2,) and (2,); expected size 3"));
  CHECK_THROWS_WITH(cross(normal({1, 3}), normal({1, 3}), 0), Contains("along axis 0"));

  CHECK(text(kron(integers({{1, 2}}), integers({{1, 0}, {0, 3}}))) == text(integers({{1, 0, 2, 0}, {0, 3, 0, 6}})));
  CHECK(text(kron(integers({1, 2}), integers({{1}, {5}}))) == text(integers({{1, 2}, {5, 10}})));
  CHECK(kron(normal({}), normal({2, 3})).shape() == Shape{2, 3});
  CHECK(kron(normal({2, 0}), normal({3})).shape() == Shape{2, 0});
  CHECK_THROWS_WITH(kron(normal({2}), zeros({2})), Contains("float64 and float32"));
}

TEST_CASE("logaddexp and erfinv at their edges") {
  const Tensor a = data({1000., -1000., -inf, inf, -inf, 0.}), b = data({1000., -1001., -inf, inf, 5., 0.});
  const Tensor y = logaddexp(a, b);
  CHECK(text(y.slice(0, 2, 5)) == text(data({-inf, inf, 5.})));
  CHECK(y[0].item<double>() == 1000 + std::log(2));
  CHECK(y[1].item<double>() == Approx(-1000 + std::log1p(std::exp(-1))));
  const Tensor x = a.clone().set_requires_grad(true);
  sum(logaddexp(x, b).slice(0, 2, 6)).backward();
  CHECK(text(x.grad().slice(0, 2, 6)) == text(data({.5, .5, 0., .5})));
  CHECK(text(logaddexp(data({0.}), -inf)) == text(data({0.})));
  CHECK_THROWS_WITH(logaddexp(integers({1}), integers({1})), Contains("got int64"));
  // Second derivatives at a tie: σ·(1 − σ) = 1/4.
  CHECK(gradcheck([](const Tensors& t) { return logaddexp(t[0], t[1]); }, {data({0., 1.}), data({0., 1.})},
                  {.second_order = true})
            .ok());

  CHECK(text(erfinv(data({0., 1., -1., 1.5, not_a_number}))) ==
        text(data({0., inf, -inf, not_a_number, not_a_number})));
  const Tensor points = data({-.999999, -.9, -.5, -1e-9, 1e-300, .3, .7, .99, 1 - 1e-12});
  const Tensor inverse = erfinv(points);
  for (std::size_t i = 0; i < 9; ++i) {
    const double p = points.data<double>()[i], z = inverse.data<double>()[i];
    CHECK(std::erfc(std::abs(z)) == Approx(1 - std::abs(p)).epsilon(1e-13));
    if (std::abs(p) < .5) CHECK(std::erf(z) == Approx(p).epsilon(1e-14));
  }
  CHECK_THROWS_WITH(erfinv(integers({1})), Contains("got int64"));
}

TEST_CASE("what is made of other operations has gradients to second order under every set of frozen inputs") {
  Float64 guard;
  const Tensor mask = truth({{1, 0, 1}, {0, 1, 1}});
  const detail::Samples samples = {
      {{normal({3, 4})}, [](const Tensors& x) { return sort(x[0], 0) * sort(x[0], 0, {.descending = true}); }},
      {{normal({2, 5})}, [](const Tensors& x) { return square(topk(x[0], 3).values); }},
      {{normal({2, 3}), mask}, [](const Tensors& x) { return square(masked_select(x[0], x[1])); }},
      {{normal({2, 3, 2}), mask}, [](const Tensors& x) { return square(boolean_mask(x[0], x[1])); }},
      {{normal({6, 2})},
       [](const Tensors& x) {
         return split(x[0], 3)[0] * split_at(x[0], {1, 3})[1];
       }},
      {{normal({3}), normal({2})}, [](const Tensors& x) { return meshgrid(x)[0] * meshgrid(x)[1]; }},
      {{normal({2, 3}), normal({3})}, [](const Tensors& x) { return cross(x[0], x[1]); }},
      {{normal({2, 3}), normal({2})}, [](const Tensors& x) { return kron(x[0], x[1]); }},
      {{normal({4})}, [](const Tensors& x) { return nan_to_num(x[0] * x[0]); }}};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    INFO("sample " << i);
    const Case c(samples[i]);
    check_first_order(c);
    check_masks(c);
    for (std::size_t mask_of = 1; mask_of < c.masks(); ++mask_of) check_second_order(c, mask_of, true);
  }
}
