#pragma once

#include <cmath>

#include "kernels/simd/exponential.hpp"

// Trigonometric and hyperbolic functions and their inverses; float32 is computed in float64, except tanh.
namespace frost::kernels {

/// Splits x into n·π/2 + r with |r| ≤ π/4, for |x| < 1e6 (π/2 in three parts: each product with n is exact).
template <class A>
Vec<double, A> quarter_turns(Vec<double, A> x, Vec<double, A>& n) {
  using V = Vec<double, A>;
  n = round_to_integer(x * V(0.63661977236758134));
  const V r = fnma(n, V(6.07710050630396597660e-11), fnma(n, V(1.57079632673412561417e+00), x));
  return fnma(n, V(2.02226624879595063154e-21), r);
}

/// sin r and cos r for |r| ≤ π/4. After fdlibm's k_sin.c and k_cos.c.
template <class A>
Vec<double, A> sin_core(Vec<double, A> r) {
  using V = Vec<double, A>;
  const V z = r * r;
  V p = fma(z, V(1.58969099521155010221e-10), V(-2.50507602534068634195e-08));
  p = fma(z, p, V(2.75573137070700676789e-06));
  p = fma(z, p, V(-1.98412698298579493134e-04));
  p = fma(z, p, V(8.33333333332248946124e-03));
  p = fma(z, p, V(-1.66666666666666324348e-01));
  return fma(z * r, p, r);
}

template <class A>
Vec<double, A> cos_core(Vec<double, A> r) {
  using V = Vec<double, A>;
  const V z = r * r;
  V p = fma(z, V(-1.13596475577881948265e-11), V(2.08757232129817482790e-09));
  p = fma(z, p, V(-2.75573143513906633035e-07));
  p = fma(z, p, V(2.48015872894767294178e-05));
  p = fma(z, p, V(-1.38888888888741095749e-03));
  p = fma(z, p, V(4.16666666666666019037e-02));
  const V half = 0.5 * z;
  const V w = 1.0 - half;
  return w + (((1.0 - w) - half) + z * z * p);
}

/// The sine of r + n·π/2.
template <class A>
Vec<double, A> sin_of_turns(Vec<double, A> r, Vec<double, A> n) {
  using V = Vec<double, A>;
  const V quarter = n - 4.0 * round_to_integer(n * 0.25 - 0.375);  // 0, 1, 2 or 3
  const auto odd = (quarter == 1.0) | (quarter == 3.0);
  const V value = where(odd, cos_core(r), sin_core(r));
  return where(quarter >= 2.0, -value, value);
}

/// `value` where |x| < 1e6, else f of the lane.
template <class A, class F>
Vec<double, A> unless_huge(Vec<double, A> x, Vec<double, A> value, F f) {
  const auto huge = !(abs(x) < 1e6);
  return any(huge) ? where(huge, by_lane(x, f), value) : value;
}

template <class S, class A>
Vec<S, A> sin(Vec<S, A> x) {
  if constexpr (sizeof(S) == 4) {
    return in_double(x, [](auto wide) { return sin(wide); });
  } else {
    Vec<S, A> n;
    const Vec<S, A> r = quarter_turns(x, n);
    const Vec<S, A> value = where(x == 0.0, x, sin_of_turns(r, n));
    return unless_huge(x, value, [](double lane) { return ::sin(lane); });
  }
}

template <class S, class A>
Vec<S, A> cos(Vec<S, A> x) {
  if constexpr (sizeof(S) == 4) {
    return in_double(x, [](auto wide) { return cos(wide); });
  } else {
    Vec<S, A> n;
    const Vec<S, A> r = quarter_turns(x, n);
    return unless_huge(x, sin_of_turns(r, n + 1.0), [](double lane) { return ::cos(lane); });
  }
}

template <class S, class A>
Vec<S, A> tan(Vec<S, A> x) {
  if constexpr (sizeof(S) == 4) {
    return in_double(x, [](auto wide) { return tan(wide); });
  } else {
    Vec<S, A> n;
    const Vec<S, A> r = quarter_turns(x, n);
    const Vec<S, A> value = sin_of_turns(r, n) / sin_of_turns(r, n + 1.0);
    return unless_huge(x, where(x == 0.0, x, value), [](double lane) { return ::tan(lane); });
  }
}

template <class S, class A>
Vec<S, A> asin(Vec<S, A> x) {
  if constexpr (sizeof(S) == 4)
    return in_double(x, [](auto wide) { return asin(wide); });
  else
    return xsimd::asin(x.batch);
}

template <class S, class A>
Vec<S, A> acos(Vec<S, A> x) {
  if constexpr (sizeof(S) == 4)
    return in_double(x, [](auto wide) { return acos(wide); });
  else
    return xsimd::acos(x.batch);
}

template <class S, class A>
Vec<S, A> atan(Vec<S, A> x) {
  if constexpr (sizeof(S) == 4)
    return in_double(x, [](auto wide) { return atan(wide); });
  else
    return xsimd::atan(x.batch);
}

template <class S, class A>
Vec<S, A> atan2(Vec<S, A> y, Vec<S, A> x) {
  return by_lane(y, x, [](S a, S b) { return static_cast<S>(::atan2(a, b)); });
}

template <class S, class A>
Vec<S, A> sinh(Vec<S, A> x) {
  using V = Vec<S, A>;
  if constexpr (sizeof(S) == 4) {
    return in_double(x, [](auto wide) { return sinh(wide); });
  } else {
    const V e = expm1(clip(abs(x), 0.0, 709.0));  // (e + e/(e + 1))/2
    const V half = exp(0.5 * abs(x));
    const V value = where(abs(x) < 22.0, 0.5 * (e + e / (e + 1.0)), 0.5 * half * half);
    return bit_or(value, sign_bit(x));
  }
}

template <class S, class A>
Vec<S, A> cosh(Vec<S, A> x) {
  using V = Vec<S, A>;
  if constexpr (sizeof(S) == 4) {
    return in_double(x, [](auto wide) { return cosh(wide); });
  } else {
    const V half = exp(0.5 * abs(x));  // its square may overflow where half of it does not
    return 0.5 * half * half + 0.5 / half / half;
  }
}

template <class S, class A>
Vec<S, A> asinh(Vec<S, A> x) {
  if constexpr (sizeof(S) == 4)
    return in_double(x, [](auto wide) { return asinh(wide); });
  else
    return xsimd::asinh(x.batch);
}

template <class S, class A>
Vec<S, A> acosh(Vec<S, A> x) {
  if constexpr (sizeof(S) == 4)
    return in_double(x, [](auto wide) { return acosh(wide); });
  else
    return where(x < 1.0, Vec<S, A>(__builtin_nan("")), Vec<S, A>(xsimd::acosh(x.batch)));
}

template <class S, class A>
Vec<S, A> atanh(Vec<S, A> x) {
  if constexpr (sizeof(S) == 4)
    return in_double(x, [](auto wide) { return atanh(wide); });
  else
    return xsimd::atanh(x.batch);
}

template <class S, class A>
Vec<S, A> floor(Vec<S, A> x) {
  if constexpr (xsimd::batch<S, A>::size * sizeof(S) > 16) return xsimd::floor(x.batch);
  const Vec<S, A> r = round(x);
  return bit_or(where(r > x, r - 1.0, r), sign_bit(x));
}

template <class S, class A>
Vec<S, A> ceil(Vec<S, A> x) {
  return -floor(-x);
}

/// Half to even.
template <class S, class A>
Vec<S, A> round(Vec<S, A> x) {
  const Vec<S, A> big(FloatFormat<S>::exponent_reader);
  const Vec<S, A> magnitude = abs(x);
  const Vec<S, A> rounded = (magnitude + big) - big;
  return where(magnitude < big, bit_or(rounded, sign_bit(x)), x);
}

}  // namespace frost::kernels
