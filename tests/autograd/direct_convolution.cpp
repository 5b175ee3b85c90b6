// Convolutions whose filters fill vectors, at every instruction set, against their definition.
#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <algorithm>

using namespace frost;

namespace {

struct Row {
  Shape x, kernel;
  Conv2dOptions options = {};
};

// Σ over the windows, in float64, written out.
Tensor convolved(const Tensor& x, const Tensor& kernel, const Tensor& bias, const Conv2dOptions& o, const Shape& out) {
  const Tensor wide_x = x.to(DType::float64), wide_kernel = kernel.to(DType::float64),
               wide_bias = bias.to(DType::float64);
  const auto values = wide_x.data<double>(), weights = wide_kernel.data<double>(), start = wide_bias.data<double>();
  const Shape s = x.shape(), k = kernel.shape();
  const auto front = [&](std::size_t axis) {
    const std::int64_t reach = (k[axis] - 1) * o.dilation[axis] + 1, n = s[axis + 1];
    const std::int64_t all = (out[axis + 1] - 1) * o.strides[axis] + reach - n;
    return o.padding == "same" ? std::max<std::int64_t>(all, 0) / 2 : 0;
  };
  const std::int64_t top = front(0), left = front(1);
  std::vector<double> y;
  for (std::int64_t i = 0; i < element_count(out); ++i) {
    const std::int64_t f = i % out[3], w = i / out[3] % out[2], h = i / out[3] / out[2] % out[1];
    const std::int64_t n = i / out[3] / out[2] / out[1], first = f / (k[3] / o.groups) * k[2];
    double total = start[static_cast<std::size_t>(f)];
    for (std::int64_t a = 0; a < k[0]; ++a)
      for (std::int64_t b = 0; b < k[1]; ++b) {
        const std::int64_t row = h * o.strides[0] + a * o.dilation[0] - top;
        const std::int64_t column = w * o.strides[1] + b * o.dilation[1] - left;
        if (row < 0 || row >= s[1] || column < 0 || column >= s[2]) continue;
        for (std::int64_t c = 0; c < k[2]; ++c)
          total += values[static_cast<std::size_t>(((n * s[1] + row) * s[2] + column) * s[3] + first + c)] *
                   weights[static_cast<std::size_t>(((a * k[1] + b) * k[2] + c) * k[3] + f)];
      }
    y.push_back(total);
  }
  return from_vector(y, out);
}
double dot(const Tensor& a, const Tensor& b) { return sum(a.to(DType::float64) * b.to(DType::float64)).item<double>(); }

template <class Check>
void at_every_level(const Check& check) {
  const SimdLevel before = simd_level();
  for (int level = 0; level <= static_cast<int>(best_simd_level()); ++level) {
    CAPTURE(level);
    set_simd_level(static_cast<SimdLevel>(level));
    check();
  }
  set_simd_level(before);
}

const std::vector<Row> rows = {
    {{2, 6, 5, 3}, {3, 3, 3, 16}, {.padding = "same"}},
    {{2, 7, 9, 5}, {3, 2, 5, 48}},
    {{1, 9, 11, 16}, {2, 3, 16, 16}, {.padding = "same", .dilation = {2, 3}}},
    {{2, 9, 10, 7}, {3, 3, 7, 32}, {.strides = {2, 1}, .padding = "same"}},
    {{1, 11, 13, 4}, {4, 3, 4, 16}, {.strides = {2, 3}}},
    {{2, 5, 6, 32}, {3, 3, 16, 64}, {.padding = "same", .groups = 2}},
    {{1, 4, 30, 16}, {1, 5, 16, 16}},
    {{1, 5, 5, 1}, {5, 5, 1, 16}, {.padding = "same"}},
    {{3, 5, 4, 20}, {2, 2, 20, 24}},
};

}  // namespace

TEST_CASE("convolutions with vectors of filters follow their definition at every instruction set") {
  at_every_level([] {
    for (const DType dtype : {DType::float32, DType::float64})
      for (const Row& r : rows) {
        CAPTURE(to_string(r.x), to_string(r.kernel), name_of(dtype));
        seed(8);
        const Tensor x = randn(r.x, {.dtype = dtype, .requires_grad = true});
        const Tensor kernel = randn(r.kernel, {.dtype = dtype, .requires_grad = true});
        const Tensor bias = randn({r.kernel[3]}, {.dtype = dtype, .requires_grad = true});
        const double rounding = dtype == DType::float32 ? 1e-6 : 1e-14;
        const Tensor y = conv2d(x, kernel, bias, r.options);
        const Tensor expected = convolved(x.detach(), kernel.detach(), bias.detach(), r.options, y.shape());
        const double scale = static_cast<double>(r.kernel[0] * r.kernel[1] * r.kernel[2]);
        CHECK(max(abs(y.detach().to(DType::float64) - expected)).item<double>() < rounding * scale);

        // The gradients are the transposes of linear maps: ⟨g, conv(v, kernel)⟩ = ⟨dx, v⟩, and for the kernel.
        const Tensor g = randn(y.shape(), {.dtype = dtype});
        y.backward({.grad_output = g});
        const Tensor none = zeros({r.kernel[3]}, {.dtype = dtype});
        for (int i = 0; i < 3; ++i) {
          const Tensor v = randn(r.x, {.dtype = dtype}), w = randn(r.kernel, {.dtype = dtype});
          const double size = static_cast<double>(y.size());
          CHECK(dot(x.grad(), v) ==
                Approx(dot(g, convolved(v, kernel.detach(), none, r.options, y.shape()))).margin(rounding * size * 10));
          CHECK(dot(kernel.grad(), w) ==
                Approx(dot(g, convolved(x.detach(), w, none, r.options, y.shape()))).margin(rounding * size * 10));
        }
        CHECK(dot(bias.grad(), ones(bias.shape())) == Approx(dot(g, ones(g.shape()))).margin(rounding * 1000));
      }
  });
}

TEST_CASE("a convolution gives an image the same bits in whatever batch, and on any number of threads") {
  const Tensor x = randn({5, 12, 11, 16}), kernel = randn({3, 3, 16, 32}), g = randn({5, 12, 11, 32});
  const auto gradients = [&](const Tensor& images, const Tensor& grads) {
    const Tensor a = images.clone().set_requires_grad(true), k = kernel.clone().set_requires_grad(true);
    const Tensor y = conv2d(a, k, {}, {.padding = "same"});
    y.backward({.grad_output = grads});
    return Tensors{y.detach(), a.grad(), k.grad()};
  };
  const auto same = [](const Tensor& a, const Tensor& b) { return max(abs(a - b)).item<double>() == 0; };
  const int before = num_threads();
  set_num_threads(1);
  const Tensors all = gradients(x, g), one = gradients(x.slice(0, 3, 4), g.slice(0, 3, 4));
  CHECK(same(all[0].slice(0, 3, 4), one[0]));
  CHECK(same(all[1].slice(0, 3, 4), one[1]));
  set_num_threads(2);
  const Tensors split = gradients(x, g);
  for (std::size_t i = 0; i < 3; ++i) CHECK(same(all[i], split[i]));
  set_num_threads(before);
}
