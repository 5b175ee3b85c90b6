// Fourier transforms against sums by their definition, for sizes of every kind, and their options, edges and gradients.
#include "support/catch.hpp"

#include "masks.hpp"

#include <frost/autograd.hpp>

#include <complex>
#include <numbers>

using namespace frost;
using namespace frost::testing;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;
Tensor data(Literal values) { return tensor(values, f64); }
Tensor normal(const Shape& shape) { return randn(shape, {.dtype = f64}); }
double distance(const Tensor& a, const Tensor& b) {
  INFO(a.shape() << " and " << b.shape());
  REQUIRE(a.shape() == b.shape());
  return largest(a.detach() - b.detach());
}

// Σ_j x_j·e^(∓2πi·jk/n) of the numbers x (n, 2).
Tensor by_definition(const Tensor& x, double sign) {
  const std::int64_t n = x.shape()[0];
  const auto from = x.data<double>();
  std::vector<double> to;
  for (std::int64_t k = 0; k < n; ++k) {
    std::complex<double> sum = 0;
    for (std::int64_t j = 0; j < n; ++j) {
      const double angle = sign * 2 * std::numbers::pi * static_cast<double>(j * k % n) / static_cast<double>(n);
      const auto at = static_cast<std::size_t>(2 * j);
      sum += std::complex<double>(from[at], from[at + 1]) * std::polar(1., angle);
    }
    to.push_back(sum.real());
    to.push_back(sum.imag());
  }
  return from_vector(to, {n, 2});
}

}  // namespace

TEST_CASE("fft is the sum that defines it, for every size: powers, products of primes, and large primes") {
  std::vector<std::int64_t> sizes = {48, 49, 60, 64, 74, 97, 100, 121, 128, 210, 243, 256, 509, 961};
  for (std::int64_t n = 1; n <= 40; ++n) sizes.push_back(n);
  for (const std::int64_t n : sizes) {
    INFO("n = " << n);
    const Tensor x = normal({n, 2});
    const double rounding = 1e-13 * static_cast<double>(n);
    CHECK(distance(fft(x), by_definition(x, -1)) < rounding);
    CHECK(distance(ifft(x) * static_cast<double>(n), by_definition(x, 1)) < rounding);
    CHECK(distance(ifft(fft(x)), x) < 1e-13);
    const Tensor real = normal({n});
    const Tensor whole = fft(real, {.is_complex = false});
    CHECK(distance(rfft(real), whole.slice(0, 0, n / 2 + 1)) < rounding);
    CHECK(distance(irfft(rfft(real), {.n = n}), real) < 1e-13);
  }
}

TEST_CASE("known transforms: a unit, a constant, a wave") {
  CHECK(distance(fft(data({1., 0., 0., 0.})), data({{1., 0.}, {1., 0.}, {1., 0.}, {1., 0.}})) == 0);
  CHECK(distance(fft(data({1., 1., 1.})), data({{3., 0.}, {0., 0.}, {0., 0.}})) < 1e-15);
  CHECK(distance(fft(data({1., 2., 3., 4.})), data({{10., 0.}, {-2., 2.}, {-2., 0.}, {-2., -2.}})) < 1e-15);
  CHECK(distance(rfft(data({1., 2., 3., 4., 5.})),
                 data({{15., 0.}, {-2.5, 3.440954801177933}, {-2.5, .8122992405822659}})) < 1e-14);
  CHECK(distance(irfft(data({{10., 7.}, {-2., 2.}, {-2., 9.}})), data({1., 2., 3., 4.})) < 1e-15);
}

TEST_CASE("transforms run along any axis, over batches, cut or continued, in three scalings") {
  const Tensor x = normal({3, 4, 5, 2});
  for (const std::int64_t axis : {0, 1, 2, -1, -3}) {
    const std::int64_t other = axis < 0 ? axis + 3 : axis, n = x.shape()[static_cast<std::size_t>(other)];
    const Tensor last = swapaxes(x, other, 2);
    CHECK(distance(fft(x, {.axis = axis}), swapaxes(fft(last), other, 2)) < 1e-13);
    const Tensor real = normal({3, 4, 5});
    CHECK(distance(irfft(rfft(real, {.axis = axis}), {.n = n, .axis = axis}), real) < 1e-13);
  }
  CHECK(distance(fft(x)[1][2], fft(x[1][2])) < 1e-14);
  CHECK(distance(fft(x, {.n = 3}), fft(x.slice(2, 0, 3))) < 1e-13);
  const Tensor continued = concatenate({x, zeros({3, 4, 2, 2}, {.dtype = f64})}, 2);
  CHECK(distance(fft(x, {.n = 7}), fft(continued)) < 1e-13);
  CHECK(distance(ifft(x, {.n = 7}), ifft(continued)) < 1e-13);
  CHECK(rfft(normal({6}), {.n = 3}).shape() == Shape{2, 2});
  CHECK(irfft(normal({6, 2})).shape() == Shape{10});
  CHECK(irfft(normal({6, 2}), {.n = 4}).shape() == Shape{4});
  CHECK(irfft(normal({2, 2}), {.n = 9}).shape() == Shape{9});

  CHECK(distance(fft(x, {.norm = "forward"}) * 5., fft(x)) < 1e-13);
  CHECK(distance(fft(x, {.norm = "ortho"}) * std::sqrt(5.), fft(x)) < 1e-13);
  for (const char* norm : {"forward", "ortho", "backward"}) {
    CHECK(distance(ifft(fft(x, {.norm = norm}), {.norm = norm}), x) < 1e-13);
    const Tensor real = normal({7});
    CHECK(distance(irfft(rfft(real, {.norm = norm}), {.n = 7, .norm = norm}), real) < 1e-13);
  }
}

TEST_CASE("whether numbers are complex is seen by the last axis, or said") {
  CHECK(fft(normal({2})).shape() == Shape{2, 2});
  CHECK(fft(normal({3, 2})).shape() == Shape{3, 2});
  CHECK(fft(normal({3, 2}), {.is_complex = false}).shape() == Shape{3, 2, 2});
  CHECK(fft(normal({3, 4})).shape() == Shape{3, 4, 2});
  CHECK(distance(ifft(fft(data({1., 2., 5.}))), data({{1., 0.}, {2., 0.}, {5., 0.}})) < 1e-15);
  CHECK(fft(tensor({1., 2., 3.}, DType::float32)).dtype() == DType::float32);
  CHECK(fft(zeros({0, 3, 2})).shape() == Shape{0, 3, 2});
  CHECK(rfft(zeros({3, 0}), {.axis = 0}).shape() == Shape{2, 0, 2});
  CHECK(fft(abstract_tensor({5, 6, 2}), {.n = 8, .axis = 0}).shape() == Shape{8, 6, 2});

  CHECK_THROWS_WITH(fft(normal({3, 4}), {.is_complex = true}),
                    Contains("fft: got shape (3, 4); expected complex numbers"));
  CHECK_THROWS_WITH(irfft(normal({4})), Contains("irfft: got shape (4,); expected complex numbers (…, m, 2)"));
  CHECK_THROWS_WITH(irfft(normal({1, 2})), Contains("irfft: nothing to transform; got shape (1, 2) and n = 0"));
  CHECK_THROWS_WITH(fft(zeros({2, 0})), Contains("fft: nothing to transform; got shape (2, 0) and n = 0"));
  CHECK_THROWS_WITH(rfft(normal({4}), {.n = -1}), Contains("rfft: nothing to transform; got shape (4,) and n = -1"));
  CHECK_THROWS_WITH(ifft(normal({4, 2}), {.axis = 1}), Contains("ifft: axis out of range; got axis 1 for 1 axes"));
  CHECK_THROWS_WITH(rfft(zeros({})), Contains("rfft: axis out of range"));
  CHECK_THROWS_WITH(fft(normal({4}), {.norm = "unitary"}),
                    Contains("fft: got norm 'unitary'; expected backward, ortho or"));
  CHECK_THROWS_WITH(fft(arange(4)), Contains("fft: floating values are needed; got int64"));
}

TEST_CASE("transforms have gradients of any order, and record nothing of what is frozen") {
  Float64 guard;
  const Tensor filter = randn({19, 2});
  const detail::Samples samples = {
      {{randn({12})}, [](const Tensors& x) { return square(fft(x[0])); }},
      {{randn({37, 2})}, [](const Tensors& x) { return square(ifft(x[0])); }},
      {{randn({2, 9})}, [](const Tensors& x) { return sum(square(rfft(x[0], {.n = 8})), -1); }},
      {{randn({37}), filter}, [](const Tensors& x) { return irfft(rfft(x[0]) * x[1], {.n = 37}); }}};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    INFO("sample " << i);
    const Case c(samples[i]);
    check_first_order(c);
    check_masks(c);
    for (std::size_t mask = 1; mask < c.masks(); ++mask) check_second_order(c, mask, true);
  }
  CHECK(tape_stats(fft(randn({8}))).nodes == 0);
  // It keeps no values, being linear.
  const Tensor x = randn({8, 2}).set_requires_grad(true);
  CHECK(tape_stats(fft(x)).saved_bytes == 0);

  // Parseval: Σ|y|² = n·Σ|x|², so that its gradient is 2n·x.
  sum(square(fft(x))).backward();
  CHECK(distance(x.grad(), 16. * x.detach()) < 1e-12);
}
