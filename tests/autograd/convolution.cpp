// Convolutions and pooling against their definitions, at the edges, and what their errors say.
#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <algorithm>
#include <limits>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Tensor normal(const Shape& shape) { return randn(shape, {.dtype = DType::float64}); }
Tensor leaf(const Tensor& t) { return t.clone().set_requires_grad(true); }
double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return a.size() ? max(abs(a - b)).item<double>() : 0;
}

// One axis of windows by the formulas of 'same' and 'valid'.
struct Axis {
  std::int64_t in, out, front;
  Axis(std::int64_t n, std::int64_t k, std::int64_t stride, std::int64_t dilation, bool same) : in(n) {
    const std::int64_t reach = (k - 1) * dilation + 1;
    out = same ? (n + stride - 1) / stride : (n - reach) / stride + 1;
    front = same ? std::max<std::int64_t>((out - 1) * stride + reach - n, 0) / 2 : 0;
  }
};

// The element of a rank-4 array, 0 outside of its middle axes.
double at(std::span<const double> x, const Shape& s, std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
  if (h < 0 || w < 0 || h >= s[1] || w >= s[2]) return 0;
  return x[static_cast<std::size_t>(((n * s[1] + h) * s[2] + w) * s[3] + c)];
}

Tensor convolved(const Tensor& x, const Tensor& kernel, const Conv2dOptions& o) {
  const Shape s = x.shape(), k = kernel.shape();
  const bool same = o.padding == "same";
  const Axis h(s[1], k[0], o.strides[0], o.dilation[0], same), w(s[2], k[1], o.strides[1], o.dilation[1], same);
  const std::int64_t per_group = k[3] / o.groups;
  std::vector<double> y;
  for (std::int64_t n = 0; n < s[0]; ++n)
    for (std::int64_t i = 0; i < h.out; ++i)
      for (std::int64_t j = 0; j < w.out; ++j)
        for (std::int64_t f = 0; f < k[3]; ++f) {
          double total = 0;
          for (std::int64_t a = 0; a < k[0]; ++a)
            for (std::int64_t b = 0; b < k[1]; ++b)
              for (std::int64_t c = 0; c < k[2]; ++c)
                total += at(x.data<double>(), s, n, i * o.strides[0] + a * o.dilation[0] - h.front,
                            j * o.strides[1] + b * o.dilation[1] - w.front, f / per_group * k[2] + c) *
                         at(kernel.data<double>(), k, a, b, c, f);
          y.push_back(total);
        }
  return from_vector(y, {s[0], h.out, w.out, k[3]});
}

double dot(const Tensor& a, const Tensor& b) { return sum(a * b).item<double>(); }

}  // namespace

TEST_CASE("conv2d follows its definition for uneven strides, dilations, groups and paddings") {
  struct Row {
    Shape x, kernel;
    Conv2dOptions options;
  };
  for (const Row& r : std::vector<Row>{
           {{1, 1, 1, 1}, {1, 1, 1, 1}, {}},
           {{2, 7, 5, 4}, {3, 2, 2, 6}, {.strides = {3, 2}, .dilation = {2, 1}, .groups = 2}},
           {{1, 5, 6, 3}, {2, 5, 1, 6}, {.strides = {1, 4}, .padding = "same", .dilation = {3, 2}, .groups = 3}},
           {{1, 2, 2, 1}, {5, 4, 1, 2}, {.strides = {2, 1}, .padding = "same"}},
           {{3, 4, 1, 2}, {2, 1, 2, 1}, {.strides = {5, 5}, .padding = "same"}},
           {{1, 6, 6, 4}, {3, 3, 1, 8}, {.padding = "same", .groups = 4}}}) {
    INFO(to_string(r.x) << ' ' << to_string(r.kernel) << ' ' << r.options.padding);
    const Tensor x = leaf(normal(r.x)), kernel = leaf(normal(r.kernel)), bias = leaf(normal({r.kernel[3]}));
    const Tensor expected = convolved(x.detach(), kernel.detach(), r.options) + bias.detach();
    const Tensor y = conv2d(x, kernel, bias, r.options);
    CHECK(largest_difference(y.detach(), expected) < 1e-12);
    // The gradients are the transposes of two linear maps: ⟨g, conv(v, kernel)⟩ = ⟨dx, v⟩, and for the kernel.
    const Tensor g = normal(y.shape()), v = normal(r.x), u = normal(r.kernel);
    const Tensors d = grad(y, {x, kernel, bias}, {.grad_output = g});
    CHECK(dot(d[0], v) == Approx(dot(g, convolved(v, kernel.detach(), r.options))).margin(1e-10));
    CHECK(dot(d[1], u) == Approx(dot(g, convolved(x.detach(), u, r.options))).margin(1e-10));
    CHECK(largest_difference(d[2], sum(g, {0, 1, 2})) < 1e-12);
  }
}

TEST_CASE("conv1d sees only the past with 'causal' padding") {
  const Tensor x = leaf(normal({1, 6, 2}));
  const Tensor y = conv1d(x, normal({3, 2, 1}), {}, {.padding = "causal", .dilation = 2});
  REQUIRE(y.shape() == Shape{1, 6, 1});
  const Tensor dx = grad(y.slice(1, 3, 4), {x}, {.grad_output = ones({1, 1, 1}, {.dtype = DType::float64})})[0];
  const Tensor touched = sum(abs(dx), {0, 2});
  for (std::size_t t = 0; t < 6; ++t) CHECK((touched.data<double>()[t] > 0) == (t == 1 || t == 3));
}

TEST_CASE("conv2d_transpose is the transpose of conv2d, and leaves gaps where the kernel is smaller than the stride") {
  const Tensor x = normal({2, 3, 2, 2}), kernel = normal({3, 2, 4, 2});
  const Tensor y = conv2d_transpose(x, kernel, {.strides = {2, 2}});
  REQUIRE(y.shape() == Shape{2, 7, 4, 4});
  const Tensor v = normal(y.shape());
  CHECK(dot(y, v) == Approx(dot(x, conv2d(v, kernel, {}, {.strides = {2, 2}}))));

  const Tensor one = ones({1, 1, 1, 1}, {.dtype = DType::float64});
  const Tensor gaps = conv2d_transpose(ones({1, 2, 1, 1}, {.dtype = DType::float64}), one, {.strides = {3, 2}});
  CHECK(gaps.shape() == Shape{1, 6, 2, 1});
  CHECK(sum(gaps).item<double>() == 2);
  CHECK(conv2d_transpose(one, one, {.strides = {2, 2}, .padding = "same"}).shape() == Shape{1, 2, 2, 1});
}

TEST_CASE("pooling leaves padding out: a maximum of negative numbers is one of them, a mean counts what is there") {
  const Tensor x = leaf(full({1, 3, 3, 1}, -2., {.dtype = DType::float64}));
  const Pool2dOptions same{.pool_size = {2, 2}, .strides = {2, 2}, .padding = "same"};
  for (const Tensor& y : {max_pool2d(x, same), avg_pool2d(x, same)}) {
    CHECK(y.shape() == Shape{1, 2, 2, 1});
    CHECK(largest_difference(y.detach(), full({1, 2, 2, 1}, -2., {.dtype = DType::float64})) == 0);
  }
  const Tensor ones_like_y = ones({1, 2, 2, 1}, {.dtype = DType::float64});
  // Windows of 4, 2, 2 and 1 elements; the first of equal ones is the maximum.
  CHECK(to_string(grad(avg_pool2d(x, same), {x}, {.grad_output = ones_like_y})[0].reshape({3, 3})) ==
        to_string(tensor({{.25, .25, .5}, {.25, .25, .5}, {.5, .5, 1.}}, DType::float64)));
  CHECK(to_string(grad(max_pool2d(x, same), {x}, {.grad_output = ones_like_y})[0].reshape({3, 3})) ==
        to_string(tensor({{1., 0., 1.}, {0., 0., 0.}, {1., 0., 1.}}, DType::float64)));
}

TEST_CASE("pooling of one element, of infinities and of NaN") {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor one = normal({1, 1, 1, 3});
  CHECK(largest_difference(max_pool2d(one, {.pool_size = {3, 3}, .padding = "same"}), one) == 0);
  const Tensor low = leaf(full({1, 2, 2, 1}, -inf, {.dtype = DType::float64}));
  const Tensor y = max_pool2d(low);
  CHECK(y.item<double>() == -inf);
  y.backward();
  CHECK(sum(low.grad()).item<double>() == 1);
  const Tensor missing = max_pool2d(tensor({1., nan, 3., 2.}, DType::float64).reshape({1, 2, 2, 1}));
  CHECK(std::isnan(missing.item<double>()));
}

TEST_CASE("convolutions and pooling of empty batches and of no channels give empty results and zero gradients") {
  const Tensor x = leaf(zeros({0, 4, 4, 2}, {.dtype = DType::float64})), kernel = leaf(normal({3, 3, 2, 5}));
  const Tensor y = conv2d(x, kernel);
  CHECK(y.shape() == Shape{0, 2, 2, 5});
  sum(y).backward();
  CHECK(largest_difference(kernel.grad(), zeros({3, 3, 2, 5}, {.dtype = DType::float64})) == 0);
  CHECK(x.grad().shape() == Shape{0, 4, 4, 2});
  CHECK(max_pool2d(zeros({0, 4, 4, 2})).shape() == Shape{0, 2, 2, 2});
  CHECK(avg_pool2d(zeros({2, 4, 4, 0})).shape() == Shape{2, 2, 2, 0});
  const Tensor bias = normal({3});
  CHECK(largest_difference(conv2d(zeros({1, 2, 2, 0}, {.dtype = DType::float64}),
                                  zeros({1, 1, 0, 3}, {.dtype = DType::float64}), bias),
                           broadcast_to(bias, {1, 2, 2, 3})) == 0);
}

TEST_CASE("convolutions and pooling say which shapes and options do not fit") {
  const Tensor x = zeros({1, 4, 4, 3});
  CHECK_THROWS_WITH(conv2d(x, zeros({3, 3, 2, 4})), Contains("got x of shape (1, 4, 4, 3) and kernel of shape "
                                                             "(3, 3, 2, 4) in 1 group; expected (KH, KW, 3, F)"));
  CHECK_THROWS_WITH(conv2d(x, zeros({3, 3, 1, 4}), {}, {.groups = 3}), Contains("3 groups do not divide 4 filters"));
  CHECK_THROWS_WITH(conv2d(x, zeros({3, 3, 3, 4}), {}, {.groups = 0}), Contains("got 0 groups"));
  CHECK_THROWS_WITH(conv2d(x, zeros({3, 3, 3, 4}), zeros({3})), Contains("got (3,); expected (4,)"));
  CHECK_THROWS_WITH(conv2d(x, zeros({5, 3, 3, 4})), Contains("a window of 5 elements does not fit into 4"));
  CHECK_THROWS_WITH(conv2d(x, zeros({3, 3, 3, 4}), {}, {.padding = "full"}), Contains("got padding 'full'"));
  CHECK_THROWS_WITH(conv2d(x, zeros({3, 3, 3, 4}), {}, {.padding = "causal"}), Contains("got padding 'causal'"));
  CHECK_THROWS_WITH(conv2d(x, zeros({3, 3, 3, 4}), {}, {.strides = {0, 1}}), Contains("strides (0, 1)"));
  CHECK_THROWS_WITH(conv2d(x, zeros({3, 3, 3, 4}), {}, {.strides = {1, 1, 1}}), Contains("strides has 3 numbers"));
  CHECK_THROWS_WITH(conv2d(zeros({4, 4, 3}), zeros({3, 3, 3, 4})), Contains("(4, 4, 3)"));
  CHECK_THROWS_WITH(conv2d(x, zeros({3, 3, 3, 4}, {.dtype = DType::float64})), Contains("float32 and float64"));
  CHECK_THROWS_WITH(conv1d(zeros({1, 4, 3}), zeros({3, 2, 4})), Contains("expected (K, 3, F)"));
  CHECK_THROWS_WITH(conv2d_transpose(x, zeros({3, 3, 4, 2})), Contains("expected (KH, KW, F, 3)"));
  CHECK_THROWS_WITH(max_pool2d(x, {.pool_size = {5, 1}}), Contains("a window of 5 elements does not fit into 4"));
  CHECK_THROWS_WITH(avg_pool2d(zeros({4, 4})), Contains("(4, 4)"));
  CHECK_THROWS_WITH(max_pool2d(arange(16).reshape({1, 4, 4, 1})), Contains("got int64"));
}
