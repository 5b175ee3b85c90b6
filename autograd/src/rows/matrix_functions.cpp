#include "families.hpp"
#include "gemm.hpp"
#include "lapack.hpp"
#include "matrices.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

// Powers and the exponential of the matrices in the last two axes. The gradient of a function f of a matrix that is a
// power series is its derivative at the transpose along g, and that is the upper right block of f([[xᵀ, g], [0, xᵀ]]).
namespace frost {

using namespace detail;

namespace {

// The derivative of f at x along d.
template <class F>
Tensor derivative_along(const Tensor& x, const Tensor& d, const F& f) {
  const std::int64_t n = x.shape().back();
  const Tensor upper = concatenate({x, d}, -1), lower = concatenate({zeros_like(x), x}, -1);
  return f(concatenate({upper, lower}, -2)).slice(-2, 0, n).slice(-1, n, 2 * n);
}

void same_shape(const Inputs& x, const Attrs&, Specs& y) { y[0] = {shape_of(x[0]), x[0].dtype()}; }

template <class S>
using Values = std::vector<S>;

template <class S>
Values<S> product(std::int64_t n, const Values<S>& a, const Values<S>& b) {
  Values<S> y(a.size());
  gemm<S>(n, n, n, {a.data(), n}, {b.data(), n}, y.data(), n);
  return y;
}

// ---------------------------------------------------------------------------------------------------------
// matrix_power

struct PowerAttrs {
  std::int64_t n;
};

template <class S>
void raise(const Tensor& x, std::int64_t exponent, Tensor& y) {
  const Matrices m(shape_of(x));
  const auto elements = static_cast<std::size_t>(m.elements());
  const auto times = exponent < 0 ? 0 - static_cast<std::uint64_t>(exponent) : static_cast<std::uint64_t>(exponent);
  std::vector<int> pivots(static_cast<std::size_t>(m.n));
  for (std::int64_t i = 0; m.n > 0 && i < m.count; ++i) {
    const S* from = raw<S>(x) + i * m.elements();
    Values<S> base(from, from + m.elements()), power;
    if (exponent < 0) {
      expect(lu_factor(m.n, base.data(), pivots.data()), "matrix_power: {} of {} is singular and has no power {}",
             which(i, m.count), text(x), exponent);
      lu_invert(m.n, base.data(), pivots.data());
    }
    for (std::uint64_t left = times; left > 0; left >>= 1) {
      if (left & 1) power = power.empty() ? base : product(m.n, power, base);
      if (left > 1) base = product(m.n, base, base);
    }
    if (power.empty()) {
      power.assign(elements, S(0));
      for (std::size_t k = 0; k < elements; k += static_cast<std::size_t>(m.n) + 1) power[k] = S(1);
    }
    std::copy(power.begin(), power.end(), raw_out<S>(y) + i * m.elements());
  }
}

// y = xⁿ        dx = Σ (xᵀ)^k·g·(xᵀ)^(n−1−k)
constinit const Op matrix_power_op{
    .name = "matrix_power",
    .shape = same_shape,
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch_floating(x[0].dtype(), [&]<class S>(S) { raise<S>(x[0], attrs.as<PowerAttrs>().n, y[0]); });
        },
    .rules = {{{"x", reads_input(0),
                [](const Saved& s, const Tensor& g) {
                  const std::int64_t n = s.attrs<PowerAttrs>().n;
                  return derivative_along(transposed(s.input(0)), g,
                                          [n](const Tensor& block) { return matrix_power(block, n); });
                }}}},
    .samples =
        [] {
          return Samples{{{normal({3, 3})}, [](const Tensors& x) { return matrix_power(x[0], 3); }},
                         {{normal({2, 2, 2}, 2)}, [](const Tensors& x) { return matrix_power(x[0], 2); }},
                         {{regular(normal({2, 2}, 3))}, [](const Tensors& x) { return matrix_power(x[0], -2); }},
                         {{normal({2, 2}, 4)}, [](const Tensors& x) { return matrix_power(x[0], 0); }},
                         {{normal({2, 2}, 5)}, [](const Tensors& x) { return matrix_power(x[0], 1); }},
                         {{normal({0, 2, 2}, 6)}, [](const Tensors& x) { return matrix_power(x[0], 2); }}};
        },
};

// ---------------------------------------------------------------------------------------------------------------- expm

// Padé's approximants p(x)/p(−x) of degree m, from the constant term on, and the largest 1-norm of x at which each has
// double precision (Higham 2005, table 2.3).
struct Pade {
  double largest_norm;
  int degree;
  std::array<double, 14> coefficients;
};
constexpr Pade approximants[] = {
    {1.495585217958292e-2, 3, {120, 60, 12, 1}},
    {2.539398330063230e-1, 5, {30240, 15120, 3360, 420, 30, 1}},
    {9.504178996162932e-1, 7, {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1}},
    {2.097847961257068e0, 9, {17643225600, 8821612800, 2075673600, 302702400, 30270240, 2162160, 110880, 3960, 90, 1}},
    {5.371920351148152e0,
     13,
     {64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
      670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1}}};

double norm1(std::int64_t n, const Values<double>& x) {
  double most = 0;
  for (std::int64_t j = 0; j < n; ++j) {
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += std::abs(x[static_cast<std::size_t>(i * n + j)]);
    if (!(sum <= most)) most = sum;  // NaN too
  }
  return most;
}

// Σ coefficients[first + 2k]·x^(2k) from x², x⁴, …; what is beyond the highest of them as its multiple.
Values<double> every_other(std::int64_t n, const Pade& pade, int first, const std::vector<Values<double>>& powers) {
  const int last = (pade.degree - first) / 2, top = std::min(last, static_cast<int>(powers.size()));
  const auto coefficient = [&](int k) { return pade.coefficients[static_cast<std::size_t>(first + 2 * k)]; };
  const auto add = [](Values<double>& sum, double factor, const Values<double>& power) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += factor * power[i];
  };
  Values<double> sum(powers[0].size(), 0);
  if (last > top) {
    for (int k = top + 1; k <= last; ++k) add(sum, coefficient(k), powers[static_cast<std::size_t>(k - top - 1)]);
    sum = product(n, sum, powers.back());
  }
  for (int k = 1; k <= top; ++k) add(sum, coefficient(k), powers[static_cast<std::size_t>(k - 1)]);
  for (std::int64_t i = 0; i < n; ++i) sum[static_cast<std::size_t>(i * (n + 1))] += coefficient(0);
  return sum;
}

// Of a matrix without NaN and infinities.
Values<double> exponential(std::int64_t n, Values<double> x) {
  const double norm = norm1(n, x);
  const Pade* pade = std::find_if(std::begin(approximants), std::end(approximants) - 1,
                                  [&](const Pade& p) { return norm <= p.largest_norm; });
  int squarings = 0;
  if (norm > pade->largest_norm) {
    squarings = std::max(0, static_cast<int>(std::ceil(std::log2(norm / pade->largest_norm))));
    for (double& v : x) v = std::ldexp(v, -squarings);
  }
  std::vector<Values<double>> powers{product(n, x, x)};
  while (powers.size() < static_cast<std::size_t>(pade->degree > 9 ? 3 : pade->degree / 2))
    powers.push_back(product(n, powers.back(), powers[0]));
  const Values<double> even = every_other(n, *pade, 0, powers), odd = product(n, x, every_other(n, *pade, 1, powers));
  Values<double> above(x.size()), below(x.size()), columns(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    above[i] = even[i] + odd[i];
    below[i] = even[i] - odd[i];
  }
  std::vector<int> pivots(static_cast<std::size_t>(n));
  lu_factor(n, below.data(), pivots.data());
  turn(n, n, above.data(), columns.data());
  lu_solve(n, n, below.data(), pivots.data(), columns.data());
  turn(n, n, columns.data(), above.data());
  for (; squarings > 0; --squarings) above = product(n, above, above);
  return above;
}

template <class S>
void exponentiate(const Tensor& x, Tensor& y) {
  const Matrices m(shape_of(x));
  for (std::int64_t i = 0; m.n > 0 && i < m.count; ++i) {
    const S* from = raw<S>(x) + i * m.elements();
    S* to = raw_out<S>(y) + i * m.elements();
    Values<double> wide(from, from + m.elements());
    if (std::isfinite(norm1(m.n, wide)))
      wide = exponential(m.n, std::move(wide));
    else
      std::fill(wide.begin(), wide.end(), std::numeric_limits<double>::quiet_NaN());
    std::transform(wide.begin(), wide.end(), to, [](double v) { return static_cast<S>(v); });
  }
}

// The derivative is linear in g: of one of size 1 the block needs no more squarings than x.
Tensor expm_gradient(const Saved& s, const Tensor& g) {
  if (g.size() == 0) return g;
  const Tensor largest = max(abs(g.detach()), {-2, -1}, true);
  const Tensor size = where(logical_and(largest > 0., isfinite(largest)), largest, 1.);
  return size * derivative_along(transposed(s.input(0)), g / size, expm);
}

// y = Σ xᵏ/k!        dx = L(xᵀ, g)
constinit const Op expm_op{
    .name = "expm",
    .shape = same_shape,
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          dispatch_floating(x[0].dtype(), [&]<class S>(S) { exponentiate<S>(x[0], y[0]); });
        },
    .rules = {{{"x", reads_input(0), expm_gradient}}},
    .samples =
        [] {
          const auto call = [](const Tensors& x) { return expm(x[0]); };
          return Samples{{{normal({3, 3})}, call},
                         {{0.01 * normal({2, 2, 2}, 2)}, call},
                         {{2. * normal({2, 2}, 3)}, call},
                         {{normal({1, 1}, 4)}, call}};
        },
};

}  // namespace

Tensor matrix_power(const Tensor& x, std::int64_t n) {
  expect_square("matrix_power", "x", x);
  return apply(matrix_power_op, PowerAttrs{n}, {&x});
}

Tensor expm(const Tensor& x) {
  expect_square("expm", "x", x);
  return apply(expm_op, {&x});
}

namespace detail {

Family matrix_function_rows() {
  static constexpr const Op* rows[] = {&matrix_power_op, &expm_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
