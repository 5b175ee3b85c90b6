#pragma once

#include <cmath>

#include "kernels/simd/trigonometric.hpp"

// Error function, gamma family and powers. The gamma family and `power` go lane by lane.
namespace frost::kernels {

/// erfc(x) for 1.25 ≤ x ≤ 28: exp(−x² − 0.5625 + R(1/x²)/S(1/x²))/x. After fdlibm's s_erf.c.
template <class A>
Vec<double, A> erfc_tail(Vec<double, A> x) {
  using V = Vec<double, A>;
  const V s = 1.0 / (x * x);
  V p = fma(s, V(-9.81432934416914548592e+00), V(-8.12874355063065934246e+01));
  p = fma(s, p, V(-1.84605092906711035994e+02));
  p = fma(s, p, V(-1.62396669462573470355e+02));
  p = fma(s, p, V(-6.23753324503260060396e+01));
  p = fma(s, p, V(-1.05586262253232909814e+01));
  p = fma(s, p, V(-6.93858572707181764372e-01));
  p = fma(s, p, V(-9.86494403484714822705e-03));
  V q = fma(s, V(-6.04244152148580987438e-02), V(6.57024977031928170135e+00));
  q = fma(s, q, V(1.08635005541779435134e+02));
  q = fma(s, q, V(4.29008140027567833386e+02));
  q = fma(s, q, V(6.45387271733267880336e+02));
  q = fma(s, q, V(4.34565877475229228821e+02));
  q = fma(s, q, V(1.37657754143519042600e+02));
  q = fma(s, q, V(1.96512716674392571292e+01));
  q = fma(s, q, V(1.0));
  V u = fma(s, V(-4.83519191608651397019e+02), V(-1.02509513161107724954e+03));
  u = fma(s, u, V(-6.37566443368389627722e+02));
  u = fma(s, u, V(-1.60636384855821916062e+02));
  u = fma(s, u, V(-1.77579549177547519889e+01));
  u = fma(s, u, V(-7.99283237680523006574e-01));
  u = fma(s, u, V(-9.86494292470009928597e-03));
  V v = fma(s, V(-2.24409524465858183362e+01), V(4.74528541206955367215e+02));
  v = fma(s, v, V(2.55305040643316442583e+03));
  v = fma(s, v, V(3.19985821950859553908e+03));
  v = fma(s, v, V(1.53672958608443695994e+03));
  v = fma(s, v, V(3.25792512996573918826e+02));
  v = fma(s, v, V(3.03380607434824582924e+01));
  v = fma(s, v, V(1.0));
  const auto middle = x < 2.857142857142857;
  const V ratio = where(middle, p, u) / where(middle, q, v);
  // x² = z² + (x − z)(x + z), where z² is exact: x² rounded would lose digits in the exponential.
  const xsimd::batch<std::uint64_t, A> upper(0xffffffff00000000u);
  const V z =
      xsimd::bitwise_cast<typename V::Batch>(xsimd::bitwise_cast<xsimd::batch<std::uint64_t, A>>(x.batch) & upper);
  return exp(-(z * z) - 0.5625) * exp((z - x) * (z + x) + ratio) / x;
}

/// erf(x) and, where that is no cancellation, 1 − erf(x), for 0 ≤ x ≤ 1.25. After fdlibm's s_erf.c.
template <class A>
void erf_near(Vec<double, A> x, Vec<double, A>& value, Vec<double, A>& complement) {
  using V = Vec<double, A>;
  const V z = x * x;
  V p = fma(z, V(-2.37630166566501626084e-05), V(-5.77027029648944159157e-03));
  p = fma(z, p, V(-2.84817495755985104766e-02));
  p = fma(z, p, V(-3.25042107247001499370e-01));
  p = fma(z, p, V(1.28379167095512558561e-01));
  V q = fma(z, V(-3.96022827877536812320e-06), V(1.32494738004321644526e-04));
  q = fma(z, q, V(5.08130628187576562776e-03));
  q = fma(z, q, V(6.50222499887672944485e-02));
  q = fma(z, q, V(3.97917223959155352819e-01));
  q = fma(z, q, V(1.0));
  const V s = x - 1.0;
  V u = fma(s, V(-2.16637559486879084300e-03), V(3.54783043256182359371e-02));
  u = fma(s, u, V(-1.10894694282396677476e-01));
  u = fma(s, u, V(3.18346619901161753674e-01));
  u = fma(s, u, V(-3.72207876035701323847e-01));
  u = fma(s, u, V(4.14856118683748331666e-01));
  u = fma(s, u, V(-2.36211856075265944077e-03));
  V v = fma(s, V(1.19844998467991074170e-02), V(1.36370839120290507362e-02));
  v = fma(s, v, V(1.26171219808761642112e-01));
  v = fma(s, v, V(7.18286544141962662868e-02));
  v = fma(s, v, V(5.40397917702171048937e-01));
  v = fma(s, v, V(1.06420880400844228286e-01));
  v = fma(s, v, V(1.0));
  const auto small = x < 0.84375;
  const V ratio = where(small, p, u) / where(small, q, v);
  value = where(small, fma(x, ratio, x), 8.45062911510467529297e-01 + ratio);
  complement = where(small, 1.0 - value, (1.0 - 8.45062911510467529297e-01) - ratio);
}

template <class S, class A>
Vec<S, A> erf(Vec<S, A> x) {
  using V = Vec<S, A>;
  if constexpr (sizeof(S) == 4) {
    return in_double(x, [](auto wide) { return erf(wide); });
  } else {
    const V magnitude = abs(x);
    V value;
    V complement;
    erf_near(min_or_second(V(1.25), magnitude), value, complement);
    const auto far = magnitude > 1.25;
    if (any(far)) value = where(far, 1.0 - erfc_tail(clip(magnitude, 1.25, 7.0)), value);
    return bit_or(value, sign_bit(x));
  }
}

template <class S, class A>
Vec<S, A> erfc(Vec<S, A> x) {
  using V = Vec<S, A>;
  if constexpr (sizeof(S) == 4) {
    return in_double(x, [](auto wide) { return erfc(wide); });
  } else {
    const V magnitude = abs(x);
    V value;
    V complement;
    erf_near(min_or_second(V(1.25), magnitude), value, complement);
    V result = where(x < 0.0, 1.0 + value, complement);
    const auto far = magnitude > 1.25;
    if (any(far)) {
      const V tail = erfc_tail(clip(magnitude, 1.25, 28.0));
      result = where(far, where(x < 0.0, 2.0 - tail, tail), result);
    }
    return result;
  }
}

namespace {

/// The k-th derivative of π·cot(πx), from cot' = −π(1 + cot²) applied to a polynomial in the cotangent.
double cotangent_derivative(int k, double x) {
  constexpr double pi = 3.14159265358979323846;
  constexpr int most = 24;
  if (k > most) return __builtin_nan("");
  const double fraction = x - ::nearbyint(x);
  const double c = ::cos(pi * fraction) / ::sin(pi * fraction);
  double coefficients[most + 2] = {0.0, pi};
  for (int step = 0; step < k; ++step) {
    double next[most + 2] = {};
    for (int i = 1; i <= step + 1; ++i) {
      next[i - 1] -= pi * i * coefficients[i];
      next[i + 1] -= pi * i * coefficients[i];
    }
    for (int i = 0; i < most + 2; ++i) coefficients[i] = next[i];
  }
  double sum = 0.0;
  for (int i = k + 1; i >= 0; --i) sum = sum * c + coefficients[i];
  return sum;
}

/// The derivative of order k of digamma at x: upwards by the recurrence, then the asymptotic series.
double polygamma_scalar(int k, double x) {
  constexpr double bernoulli[] = {1.0 / 6,       -1.0 / 30,       1.0 / 42,       -1.0 / 30,
                                  5.0 / 66,      -691.0 / 2730,   7.0 / 6,        -3617.0 / 510,
                                  43867.0 / 798, -174611.0 / 330, 854513.0 / 138, -236364091.0 / 2730};
  if (x != x || k < 0) return __builtin_nan("");
  if (x <= 0.0) {
    if (x == ::floor(x)) {
      if (k == 0) return x == 0.0 ? ::copysign(__builtin_inf(), -x) : __builtin_nan("");
      return k % 2 == 1 ? __builtin_inf() : __builtin_nan("");
    }
    if (x > -0.5) {  // so that the reflection's difference does not cancel near 0
      const double above = polygamma_scalar(k, x + 1.0);
      double term = 1.0 / x;
      for (int i = 1; i <= k; ++i) term *= -i / x;
      return above - term;
    }
    const double mirrored = polygamma_scalar(k, 1.0 - x);
    return (k % 2 == 0 ? mirrored : -mirrored) - cotangent_derivative(k, x);
  }
  if (x == __builtin_inf()) return k == 0 ? x : 0.0;
  double factorial = 1.0;  // (k − 1)!, 1 for k = 0
  for (int i = 2; i < k; ++i) factorial *= i;
  double sum = 0.0;  // Σ 1/x^(k + 1), times k!, with its sign below
  double y = x;
  for (; y < 12.0 + k; y += 1.0) {
    double power = 1.0 / y;
    for (int i = 0; i < k; ++i) power /= y;
    sum += power;
  }
  const double square = 1.0 / (y * y);
  if (k == 0) {
    double series = 0.0;
    for (int j = 8; j >= 1; --j) series = (series + bernoulli[j - 1] / (2.0 * j)) * square;
    return ::log(y) - 0.5 / y - series - sum;
  }
  double power = 1.0;
  for (int i = 0; i < k; ++i) power /= y;
  const double whole = factorial * k;
  double series = factorial * power + 0.5 * whole * power / y;
  double factor = whole * (k + 1) / 2.0;  // (2j + k − 1)! / (2j)! at j = 1
  double term = power * square;
  for (int j = 1; j <= 12; ++j) {
    series += bernoulli[j - 1] * factor * term;
    factor *= (2.0 * j + k) * (2.0 * j + k + 1) / ((2.0 * j + 1) * (2.0 * j + 2));
    term *= square;
  }
  const double value = series + whole * sum;
  return k % 2 == 1 ? value : -value;
}

}  // namespace

template <class S, class A>
Vec<S, A> lgamma(Vec<S, A> x) {
  return by_lane(x, [](S lane) {
    int sign;  // ::lgamma would write a global
    return static_cast<S>(::lgamma_r(static_cast<double>(lane), &sign));
  });
}

template <class S, class A>
Vec<S, A> polygamma(int order, Vec<S, A> x) {
  return by_lane(x, [order](S lane) { return static_cast<S>(polygamma_scalar(order, static_cast<double>(lane))); });
}

template <class S, class A>
Vec<S, A> digamma(Vec<S, A> x) {
  return polygamma(0, x);
}
template <class S, class A>
Vec<S, A> trigamma(Vec<S, A> x) {
  return polygamma(1, x);
}

template <class S, class A>
Vec<S, A> power(Vec<S, A> a, Vec<S, A> b) {
  return by_lane(a, b, [](S base, S exponent) {
    if (exponent == S(2)) return base * base;
    if (exponent == S(1)) return base;
    if constexpr (sizeof(S) == 4)
      return ::powf(base, exponent);
    else
      return ::pow(base, exponent);
  });
}

}  // namespace frost::kernels
