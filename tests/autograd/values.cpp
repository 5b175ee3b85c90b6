// Truth over axes, and what is asked of values as a whole: distinct elements, counts, bins, places, closeness.
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
Tensor data(Literal values) { return tensor(values, f64); }
Tensor integers(Literal values) { return tensor(values, DType::int64); }
Tensor truth(Literal values) { return integers(values).to(DType::boolean); }
std::string text(const Tensor& t) { return to_string(t.detach()); }
void check_same(const Tensor& a, const Tensor& b) {
  INFO(text(a) << " and " << text(b));
  CHECK(a.dtype() == b.dtype());
  CHECK(same_bits(a.detach(), b.detach()));
}

}  // namespace

TEST_CASE("any and all run over axes, and numbers count as true unless they are 0") {
  const Tensor x = truth({{0, 1, 0}, {1, 1, 0}});
  check_same(any(x), truth(1));
  check_same(all(x), truth(0));
  check_same(any(x, 0), truth({1, 1, 0}));
  check_same(all(x, {-2}), truth({0, 1, 0}));
  check_same(all(x, 1, true), truth({{0}, {0}}));
  check_same(any(x, {0, 1}, true), truth({{1}}));
  check_same(any(data({0., -0.})), truth(0));
  check_same(any(data({0., not_a_number})), truth(1));
  check_same(all(integers({{3, 0}, {-1, 7}}), -1), truth({0, 1}));
  check_same(any(transpose(x), 1), truth({1, 1, 0}));
  check_same(all(data(2.)), truth(1));
  const Tensor cube = (arange(24) < 22).reshape({2, 3, 4});
  check_same(all(cube, {0, 2}), truth({1, 1, 0}));
  CHECK_FALSE(any(data({1., 2.}).set_requires_grad(true)).requires_grad());
}

TEST_CASE("any of nothing is false and all of nothing is true") {
  check_same(any(zeros({0})), truth(0));
  check_same(all(zeros({0})), truth(1));
  check_same(any(zeros({2, 0}), 1), truth({0, 0}));
  check_same(all(zeros({2, 0}), 1), truth({1, 1}));
  CHECK(all(zeros({2, 0}), 0).shape() == Shape{0});
  CHECK_THROWS_WITH(any(zeros({2}), 1), Contains("any: axis out of range; got axis 1"));
  CHECK_THROWS_WITH(all(zeros({2}), {0, -1}), Contains("all: an axis is named twice"));
}

TEST_CASE("nonzero gives the indices of what is not 0, a row each") {
  check_same(nonzero(data({{0., 2., 0.}, {-1., 0., not_a_number}})), integers({{0, 1}, {1, 0}, {1, 2}}));
  check_same(nonzero(truth({0, 1, 1})), integers({{1}, {2}}));
  check_same(nonzero(transpose(integers({{5, 0}, {6, 7}}))), integers({{0, 0}, {0, 1}, {1, 1}}));
  CHECK(nonzero(data(3.)).shape() == Shape{1, 0});
  CHECK(nonzero(data(0.)).shape() == Shape{0, 0});
  CHECK(nonzero(zeros({2, 0, 3})).shape() == Shape{0, 3});
}

TEST_CASE("unique sorts, and unique_all tells where and how often") {
  check_same(unique(integers({{3, 1}, {1, -2}})), integers({-2, 1, 3}));
  check_same(unique(data({2., not_a_number, -inf, 2., not_a_number, inf})), data({-inf, 2., inf, not_a_number}));
  check_same(unique(truth({1, 1})), truth({1}));
  check_same(unique(data(5.)), data({5.}));
  CHECK(unique(zeros({0, 2})).shape() == Shape{0});
  const std::int64_t large = (std::int64_t{1} << 53) + 1;
  check_same(unique(integers({large, large - 1, large})), integers({large - 1, large}));

  const Tensor x = data({{4., not_a_number}, {-1., 4.}, {not_a_number, 0.}});
  const UniqueAll found = unique_all(x);
  check_same(found.values, data({-1., 0., 4., not_a_number}));
  check_same(found.indices, integers({2, 5, 0, 1}));
  check_same(found.inverse_indices, integers({{2, 3}, {0, 2}, {3, 1}}));
  check_same(found.counts, integers({1, 1, 2, 2}));
  check_same(take(found.values, found.inverse_indices), x);
  check_same(unique_all(truth({1, 0, 1})).counts, integers({1, 2}));
  CHECK(unique_all(zeros({0})).counts.shape() == Shape{0});
}

TEST_CASE("bincount counts integers, or sums their weights") {
  check_same(bincount(integers({1, 3, 1, 1})), integers({0, 3, 0, 1}));
  check_same(bincount(integers({1}), {.minlength = 4}), integers({0, 1, 0, 0}));
  check_same(bincount(zeros({0}).to(DType::int64), {.minlength = 2}), integers({0, 0}));
  CHECK(bincount(zeros({0}).to(DType::int64)).shape() == Shape{0});
  check_same(bincount(truth({1, 0, 1})), integers({1, 2}));
  check_same(bincount(integers({2, 0, 2}), {.weights = data({.5, 2., .25})}), data({2., 0., .75}));
  check_same(bincount(integers({2, 0, 2}), {.weights = truth({1, 0, 1})}), integers({0, 0, 2}));

  const Tensor weights = data({1., 2., 3.}).set_requires_grad(true);
  sum(bincount(integers({2, 0, 2}), {.weights = weights}) * data({10., 20., 30.})).backward();
  check_same(weights.grad(), data({30., 10., 30.}));
  CHECK_FALSE(bincount(integers({1}), {.weights = data({1.})}).requires_grad());

  CHECK_THROWS_WITH(bincount(integers({1, -2})), Contains("bincount: element 1 is -2; expected 0 or more"));
  CHECK_THROWS_WITH(bincount(data({1.})), Contains("bincount: integers are counted; got float64"));
  CHECK_THROWS_WITH(bincount(integers({{1}})), Contains("bincount: got shape (1, 1); expected a vector"));
  CHECK_THROWS_WITH(bincount(integers({1, 2}), {.weights = data({1.})}), Contains("the weights have shape (1,)"));
  CHECK_THROWS_WITH(bincount(integers({1}), {.minlength = -1}), Contains("bincount: got minlength -1"));
}

TEST_CASE("histogram counts between edges, the last bin with its upper one") {
  const Histogram h = histogram(data({0., .1, .9, 2., 3., 4.}), 4);
  check_same(h.edges, data({0., 1., 2., 3., 4.}));
  check_same(h.counts, integers({3, 0, 1, 2}));
  check_same(histogram(integers({{1, 2}, {2, 5}}), 2).edges, data({1., 3., 5.}));
  check_same(histogram(integers({{1, 2}, {2, 5}}), 2).counts, integers({3, 1}));
  check_same(histogram(data({-1., 0., .5, 1., 2., not_a_number}), 2, {.range = {0., 1.}}).counts, integers({1, 2}));
  check_same(histogram(data({1., 2., 3.}), {0., 2., 2., 3.}).counts, integers({1, 0, 2}));
  check_same(histogram(data({1., 2., 3.}), integers({0, 2, 3})).counts, integers({1, 2}));
  CHECK(histogram(data({1., 2., 7.})).counts.shape() == Shape{10});

  // A single value, and nothing, have a range of 1.
  check_same(histogram(data({7., 7.}), 2).edges, data({6.5, 7., 7.5}));
  check_same(histogram(data({7., 7.}), 2).counts, integers({0, 2}));
  check_same(histogram(zeros({0}, {.dtype = f64}), 2).edges, data({0., .5, 1.}));

  // Every value that is an edge falls into the bin that begins with it, however the edges were rounded.
  const Tensor edges = histogram(arange(0., 1.05, .1, {.dtype = f64}), 10).edges;
  check_same(histogram(edges, edges).counts, integers({1, 1, 1, 1, 1, 1, 1, 1, 1, 2}));
  const Tensor narrow = histogram(edges.to(DType::float32), 7).edges;
  CHECK(narrow.dtype() == DType::float32);
  check_same(histogram(narrow, narrow).counts, integers({1, 1, 1, 1, 1, 1, 2}));
}

TEST_CASE("histogram sums weights, and as a density has the area 1") {
  const Tensor x = data({0., 1., 1., 4.}), w = data({.5, 1., 2., 4.});
  check_same(histogram(x, 2, {.weights = w}).counts, data({3.5, 4.}));
  check_same(histogram(x, 2, {.weights = integers({1, 2, 3, 4})}).counts, integers({6, 4}));
  check_same(histogram(x, {0., 1., 4.}, {.density = true}).counts, data({.25, .25}));
  check_same(histogram(x, 2, {.weights = w, .density = true}).counts, data({3.5 / 7.5 / 2, 4 / 7.5 / 2}));
  CHECK_FALSE(histogram(x.clone().set_requires_grad(true), 2).edges.requires_grad());

  CHECK_THROWS_WITH(histogram(x, 0), Contains("histogram: got 0 bins"));
  CHECK_THROWS_WITH(histogram(data({1., not_a_number})), Contains("is not finite; give one by .range"));
  CHECK_THROWS_WITH(histogram(x, 2, {.range = {3., 1.}}), Contains("histogram: got a range of 2 numbers, 3 to 1"));
  CHECK_THROWS_WITH(histogram(x, 2, {.range = {3.}}), Contains("histogram: got a range of 1 numbers"));
  CHECK_THROWS_WITH(histogram(x, {1., 0.}), Contains("histogram: the edges fall; got 0 behind 1"));
  CHECK_THROWS_WITH(histogram(x, data({1.})), Contains("edges of shape (1,)"));
  CHECK_THROWS_WITH(histogram(x, 2, {.weights = data({1.})}), Contains("the weights have shape (1,); expected x's"));
  CHECK_THROWS_WITH(histogram(x, data({1., 2.}), {.range = {0., 1.}}), Contains("a range goes with a number of bins"));
}

TEST_CASE("allclose compares with tolerances, any shapes that broadcast and any dtypes") {
  const Tensor x = data({1., 100., inf});
  CHECK(allclose(x, x));
  CHECK(allclose(data({1., 100.}), data({1. + 1e-6, 100.0005})));
  CHECK_FALSE(allclose(data({1., 100.}), data({1., 100.002})));
  CHECK(allclose(data({1e-9}), 0));
  CHECK_FALSE(allclose(data({1e-7}), 0.));
  CHECK(allclose(data({1e-7}), 0., {.atol = 1e-6}));
  CHECK(allclose(data({1.1}), 1., {.rtol = .2}));
  CHECK_FALSE(allclose(x, data({1., 100., -inf})));
  CHECK_FALSE(allclose(data({3.}), data({inf})));
  CHECK_FALSE(allclose(data({not_a_number}), data({not_a_number})));
  CHECK(allclose(data({not_a_number}), data({not_a_number}), {.equal_nan = true}));
  CHECK(allclose(ones({2, 1}), ones({3}, {.dtype = f64})));
  CHECK(allclose(zeros({0}), ones({1})));
  CHECK(allclose(truth({1, 0}), integers({1, 0})));
  const std::int64_t large = (std::int64_t{1} << 53) + 1;
  CHECK_FALSE(allclose(integers({large}), integers({large - 1}), {.rtol = 0, .atol = 0}));
  CHECK_FALSE(allclose(integers({large}), large - 1, {.rtol = 0, .atol = 0}));
  // The tolerance goes by the second: 0.1·11 and 0.1·10.
  CHECK(allclose(data({10.}), 11., {.rtol = .1, .atol = 0}));
  CHECK_FALSE(allclose(data({11.05}), 10., {.rtol = .1, .atol = 0}));
  CHECK_THROWS_WITH(allclose(ones({2}), ones({3})), Contains("allclose: shapes do not broadcast; got (2,) and (3,)"));
  CHECK_THROWS_WITH(allclose(x, x, {.rtol = -1}), Contains("allclose: got rtol -1"));
  CHECK_THROWS_WITH(allclose(x, x, {.atol = not_a_number}), Contains("allclose: got atol nan"));
}

TEST_CASE("searchsorted gives places in front of equal elements or behind them") {
  const Tensor sorted = data({1., 2., 2., 3.});
  check_same(searchsorted(sorted, data({{0., 1., 2.}, {2.5, 3., 4.}})), integers({{0, 0, 1}, {3, 3, 4}}));
  check_same(searchsorted(sorted, data({0., 1., 2., 3., inf}), {.right = true}), integers({0, 1, 3, 4, 4}));
  check_same(searchsorted(sorted, 2), integers(1));
  check_same(searchsorted(sorted, 2., {.right = true}), integers(3));
  check_same(searchsorted(data({0., not_a_number}), data({1., not_a_number})), integers({1, 1}));
  check_same(searchsorted(integers({{1, 5}, {2, 3}}), integers({{3, 4, 0}, {3, 4, 0}})),
             integers({{1, 1, 0}, {1, 2, 0}}));
  check_same(searchsorted(zeros({0}), 1.), integers(0));
  CHECK(searchsorted(sorted, zeros({0, 2}, {.dtype = f64})).shape() == Shape{0, 2});
  CHECK(searchsorted(zeros({0, 3}), zeros({0, 2})).shape() == Shape{0, 2});
  CHECK_FALSE(searchsorted(sorted, data({1.}).set_requires_grad(true)).requires_grad());
  CHECK_THROWS_WITH(searchsorted(sorted, ones({2})), Contains("searchsorted: the dtypes differ"));
  CHECK_THROWS_WITH(searchsorted(ones({2, 3}), ones({3, 3})),
                    Contains("searchsorted: the rows do not fit; got sorted of "
                             "shape (2, 3) and values of shape (3, 3)"));
  CHECK_THROWS_WITH(searchsorted(ones({}), ones({3})), Contains("searchsorted: sorted is a scalar"));
}

TEST_CASE("quantile and median follow numpy over any axes") {
  const Tensor x = data({{7., 1., 3.}, {4., 10., -2.}});
  CHECK(median(x).item<double>() == 3.5);
  check_same(median(x, 0), data({5.5, 5.5, .5}));
  check_same(median(x, -1, true), data({{3.}, {4.}}));
  check_same(quantile(x, .25, 1), data({2., 1.}));
  check_same(quantile(x, 1, {0, 1}, true), data({{10.}}));
  check_same(quantile(x, 0, 0), data({4., 1., -2.}));
  check_same(quantile(x, {0., .5, 1.}, 1), data({{1., -2.}, {3., 4.}, {7., 10.}}));
  check_same(quantile(x, {.5}), data({3.5}));
  check_same(quantile(x, {.5, 1.}, 0, true), data({{{5.5, 5.5, .5}}, {{7., 10., 3.}}}));
  check_same(quantile(x, data({.5, 1.})), data({3.5, 10.}));
  check_same(quantile(x, tensor(.5)), data(3.5));
  check_same(quantile(x, std::vector<double>{}, 0), zeros({0, 3}, {.dtype = f64}));
  check_same(quantile(transpose(x), .25, 0), data({2., 1.}));
  const Tensor cube = arange(24).reshape({2, 3, 4});
  check_same(median(cube, {0, 2}), data({7.5, 11.5, 15.5}));
  check_same(quantile(cube, {.5, 0.}, {2, 0}), data({{7.5, 11.5, 15.5}, {0., 4., 8.}}));
  check_same(median(truth({1, 0, 1})), data(1.));
  check_same(median(data(4.)), data(4.));
  CHECK(median(tensor({1.f, 2.f}, DType::float32)).dtype() == DType::float32);
  CHECK(quantile(zeros({0, 3}), {.1, .2}, 1).shape() == Shape{2, 0});
}

TEST_CASE("quantile at its edges: NaN spreads, infinities stay, equal elements give themselves") {
  check_same(isnan(median(data({{1., not_a_number}, {1., 2.}}), 1)), truth({1, 0}));
  check_same(isnan(quantile(data({1., not_a_number}), {0., 1.})), truth({1, 1}));
  check_same(quantile(data({inf, 1., inf, inf}), {0., .5, 1.}), data({1., inf, inf}));
  check_same(quantile(data({-inf, 1.}), .5), data(-inf));
  for (const double q : {.1, .3, .7}) CHECK(quantile(data({.1, .1, .1}), q).item<double>() == .1);
  CHECK_THROWS_WITH(median(zeros({0})), Contains("median: nothing to choose from; got shape (0,)"));
  CHECK_THROWS_WITH(quantile(ones({2}), 1.5), Contains("quantile: got q = 1.5; expected 0 to 1"));
  CHECK_THROWS_WITH(quantile(ones({2}), {.1, not_a_number}), Contains("quantile: got q = nan"));
  CHECK_THROWS_WITH(quantile(ones({2}), .5, 1), Contains("quantile: axis out of range"));
  CHECK_THROWS_WITH(quantile(ones({2}), ones({1, 1})), Contains("quantile: got q of shape (1, 1)"));
  CHECK_THROWS_WITH(quantile(ones({2}), integers({1})), Contains("quantile: floating values are needed; got int64"));
}

TEST_CASE("the gradients of quantile and median go to the elements beside the place, to second order") {
  const Tensor x = data({3., 1., 2., 5.}).set_requires_grad(true);
  median(x).backward();
  check_same(x.grad(), data({.5, 0., .5, 0.}));
  x.zero_grad();
  quantile(x, 1).backward();
  check_same(x.grad(), data({0., 0., 0., 1.}));
  const Tensor frozen = data({3., 1., 2., 5.});
  CHECK_FALSE(median(frozen).requires_grad());
  CHECK(tape_stats(median(frozen)).nodes == 0);

  Float64 guard;
  const detail::Samples samples = {{{randn({3, 4, 2})},
                                    [](const Tensors& v) {
                                      return square(quantile(v[0], {.2, .7}, {0, 2}));
                                    }},
                                   {{randn({3, 4})}, [](const Tensors& v) { return exp(median(v[0], 0, true)); }},
                                   {{randn({5})}, [](const Tensors& v) { return square(quantile(v[0], .9)) * v[0]; }},
                                   {{randn({4})}, [](const Tensors& v) {
                                      return square(bincount(tensor({0, 2, 2, 1}, DType::int64), {.weights = v[0]}));
                                    }}};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    INFO("sample " << i);
    const Case c(samples[i]);
    check_first_order(c);
    check_masks(c);
    for (std::size_t mask = 1; mask < c.masks(); ++mask) check_second_order(c, mask, true);
  }
}

TEST_CASE("what depends on values alone says so while a model is built, and shapes follow where they can") {
  const Tensor shape_only = abstract_tensor({4, 3});
  CHECK(any(shape_only, 0).shape() == Shape{3});
  CHECK(quantile(shape_only, {.1, .9}, 1).shape() == Shape{2, 4});
  CHECK(searchsorted(abstract_tensor({5}), shape_only).shape() == Shape{4, 3});
  for (const auto& ask : std::vector<std::function<void()>>{
           [&] { nonzero(shape_only); }, [&] { unique(shape_only); }, [&] { unique_all(shape_only); },
           [&] { histogram(shape_only); }, [&] { (void)allclose(shape_only, 1.); },
           [&] { bincount(abstract_tensor({4}, DType::int64)); }})
    CHECK_THROWS_WITH(ask(), Contains("the result depends on values"));
}

TEST_CASE("a checkpoint's second run asks the values that its first run saw") {
  const Tensor counted = data({1., 1., 2.}), w = data({3.}).set_requires_grad(true);
  const auto f = [&](const Tensor& x) {
    return x * unique(counted).to(f64).slice(0, 0, 1) * static_cast<double>(unique(counted).size());
  };
  const Tensor y = checkpoint(f, w);
  const Tensor keep = counted.detach();
  counted.assign(data({7., 8., 9.}));
  y.backward();
  CHECK(w.grad().item<double>() == 2);
}
