#pragma once

#include "kernels/simd/vec.hpp"

// Exponentials and logarithms, and what is made of them. Error: 2 units in the last place, denormal results included.
namespace frost::kernels {

template <class S>
struct FloatFormat;
template <>
struct FloatFormat<float> {
  using Bits = std::uint32_t;
  static constexpr int mantissa_bits = 23;
  static constexpr double rounder = 12582912.0;         // 1.5 · 2^23: adding it rounds to an integer
  static constexpr double biased_rounder = 12583039.0;  // … and leaves integer + 127 in the low bits
  static constexpr double exponent_reader = 8388608.0;  // 2^23
  static constexpr double bias = 127.0;
  static constexpr double ln2_high = 0.693359375;
  static constexpr double ln2_low = -2.12194440054690583e-4;
  static constexpr double exp_low = -104.5;
  static constexpr double exp_high = 89.0;
  static constexpr double smallest_normal = 1.17549435e-38;
  static constexpr double denormal_scale = 33554432.0;  // 2^25
  static constexpr double denormal_exponent = 25.0;
};
template <>
struct FloatFormat<double> {
  using Bits = std::uint64_t;
  static constexpr int mantissa_bits = 52;
  static constexpr double rounder = 6755399441055744.0;
  static constexpr double biased_rounder = 6755399441056767.0;
  static constexpr double exponent_reader = 4503599627370496.0;
  static constexpr double bias = 1023.0;
  static constexpr double ln2_high = 6.93147180369123816490e-01;
  static constexpr double ln2_low = 1.90821492927058770002e-10;
  static constexpr double exp_low = -746.0;
  static constexpr double exp_high = 710.0;
  static constexpr double smallest_normal = 2.2250738585072014e-308;
  static constexpr double denormal_scale = 18014398509481984.0;  // 2^54
  static constexpr double denormal_exponent = 54.0;
};

template <class S, class A>
Vec<S, A> round_to_integer(Vec<S, A> x) {  // |x| < 2^22
  return (x + FloatFormat<S>::rounder) - FloatFormat<S>::rounder;
}

/// 2^k of an integer k that is the exponent of a normal number.
template <class S, class A>
Vec<S, A> power_of_two(Vec<S, A> k) {
  using Bits = xsimd::batch<typename FloatFormat<S>::Bits, A>;
  const Vec<S, A> biased = k + FloatFormat<S>::biased_rounder;
  return xsimd::bitwise_cast<xsimd::batch<S, A>>(xsimd::bitwise_cast<Bits>(biased.batch)
                                                 << FloatFormat<S>::mantissa_bits);
}

/// Splits x into k·ln 2 + r with |r| ≤ ln(2)/2, and gives eʳ − 1.
template <class S, class A>
Vec<S, A> exp_reduced(Vec<S, A> x, Vec<S, A>& k) {
  using F = FloatFormat<S>;
  using V = Vec<S, A>;
  k = round_to_integer(x * V(1.4426950408889634));
  const V r = fnma(k, V(F::ln2_low), fnma(k, V(F::ln2_high), x));
  V p;
  if constexpr (sizeof(S) == 4) {
    p = fma(r, V(1.0 / 5040), V(1.0 / 720));
    p = fma(r, p, V(1.0 / 120));
  } else {
    p = fma(r, V(1.0 / 6227020800.0), V(1.0 / 479001600.0));
    p = fma(r, p, V(1.0 / 39916800.0));
    p = fma(r, p, V(1.0 / 3628800.0));
    p = fma(r, p, V(1.0 / 362880.0));
    p = fma(r, p, V(1.0 / 40320.0));
    p = fma(r, p, V(1.0 / 5040.0));
    p = fma(r, p, V(1.0 / 720.0));
    p = fma(r, p, V(1.0 / 120.0));
  }
  p = fma(r, p, V(1.0 / 24));
  p = fma(r, p, V(1.0 / 6));
  p = fma(r, p, V(0.5));
  return fma(r * r, p, r);
}

template <class S, class A>
Vec<S, A> exp(Vec<S, A> x) {
  using V = Vec<S, A>;
  V k;
  const V p = exp_reduced(clip(x, FloatFormat<S>::exp_low, FloatFormat<S>::exp_high), k);
  const V half = round_to_integer(k * 0.5);  // 2^k itself may be no normal number
  return (p + 1.0) * power_of_two(half) * power_of_two(k - half);
}

template <class S, class A>
Vec<S, A> expm1(Vec<S, A> x) {
  using V = Vec<S, A>;
  V k;
  const V p = exp_reduced(clip(x, -45.0, FloatFormat<S>::exp_high), k);
  const V half = round_to_integer(k * 0.5);
  const V rest = k - half;
  const V scale = power_of_two(half);
  const V value = fma(p, scale, scale - power_of_two(-rest)) * power_of_two(rest);
  return where(k == 0.0, where(x == 0.0, x, p), value);  // keeps −0
}

/// log(1 + f) + correction + k·ln 2 for 1 + f in [√½, √2]. After fdlibm's e_log.c.
template <class S, class A>
Vec<S, A> log_reduced(Vec<S, A> f, Vec<S, A> k, Vec<S, A> correction) {
  using V = Vec<S, A>;
  const V s = f / (f + 2.0);
  const V z = s * s;
  V r;
  if constexpr (sizeof(S) == 4) {
    r = fma(z, V(0.24279078841), V(0.28498786688));
    r = fma(z, r, V(0.40000972152));
    r = fma(z, r, V(0.66666662693));
  } else {
    r = fma(z, V(1.479819860511658591e-01), V(1.531383769920937332e-01));
    r = fma(z, r, V(1.818357216161805012e-01));
    r = fma(z, r, V(2.222219843214978396e-01));
    r = fma(z, r, V(2.857142874366239149e-01));
    r = fma(z, r, V(3.999999999940941908e-01));
    r = fma(z, r, V(6.666666666666735130e-01));
  }
  r = r * z;
  const V half_square = f * f * 0.5;
  const V low = fma(k, V(FloatFormat<S>::ln2_low), fma(s, half_square + r, correction));
  return fma(k, V(FloatFormat<S>::ln2_high), f - (half_square - low));
}

/// Splits positive x into 2^k · m with m in [√½, √2], and gives m.
template <class S, class A>
Vec<S, A> split_exponent(Vec<S, A> x, Vec<S, A>& k) {
  using F = FloatFormat<S>;
  using V = Vec<S, A>;
  using Batch = xsimd::batch<S, A>;
  using Bits = xsimd::batch<typename F::Bits, A>;
  const auto denormal = x < F::smallest_normal;
  const V y = where(denormal, x * F::denormal_scale, x);
  const Bits bits = xsimd::bitwise_cast<Bits>(y.batch);
  const V exponent =
      xsimd::bitwise_cast<Batch>((bits >> F::mantissa_bits) | xsimd::bitwise_cast<Bits>(Batch(S(F::exponent_reader))));
  const Bits mantissa_mask((typename F::Bits{1} << F::mantissa_bits) - 1);
  const V m = xsimd::bitwise_cast<Batch>((bits & mantissa_mask) | xsimd::bitwise_cast<Bits>(Batch(S(1))));
  const auto upper = m > 1.4142135623730951;
  k = exponent - (F::exponent_reader + F::bias) + where(upper, 1.0, 0.0) - where(denormal, F::denormal_exponent, 0.0);
  return where(upper, m * 0.5, m);
}

/// `value` where x is an ordinary argument of a logarithm, else what <cmath> gives.
template <class S, class A>
Vec<S, A> log_edges(Vec<S, A> x, Vec<S, A> value) {
  const Vec<S, A> infinity(__builtin_inf());
  const Vec<S, A> edge = where(x == 0.0, -infinity, where(x == infinity, infinity, __builtin_nan("")));
  return where((x > 0.0) & (x < infinity), value, edge);
}

template <class S, class A>
Vec<S, A> log(Vec<S, A> x) {
  Vec<S, A> k;
  const Vec<S, A> m = split_exponent(x, k);
  return log_edges(x, log_reduced(m - 1.0, k, Vec<S, A>(0.0)));
}

template <class S, class A>
Vec<S, A> log2(Vec<S, A> x) {
  Vec<S, A> k;
  const Vec<S, A> m = split_exponent(x, k);
  const Vec<S, A> fraction = log_reduced(m - 1.0, Vec<S, A>(0.0), Vec<S, A>(0.0));
  return log_edges(x, fma(fraction, Vec<S, A>(1.4426950408889634), k));
}

template <class S, class A>
Vec<S, A> log1p(Vec<S, A> x) {
  using V = Vec<S, A>;
  const V u = x + 1.0;
  V k;
  const V m = split_exponent(u, k);
  const auto plain = k == 0.0;
  const V lost = where(x > 1.0, 1.0 - (u - x), x - (u - 1.0)) / u;  // what rounding took from 1 + x
  const V value = log_reduced(where(plain, x, m - 1.0), k, where(plain, 0.0, lost));
  return where(abs(x) < FloatFormat<S>::smallest_normal, x, log_edges(u, value));
}

template <class S, class A>
Vec<S, A> sigmoid(Vec<S, A> x) {
  const Vec<S, A> e = exp(-abs(x));
  return where(x < 0.0, e, 1.0) / (e + 1.0);
}

template <class S, class A>
Vec<S, A> softplus(Vec<S, A> x) {
  return where(x > 0.0, x, 0.0) + log1p(exp(-abs(x)));
}

/// Rational for |x| < 9 in float32 (error 4 units in the last place); in float64 xsimd's.
template <class S, class A>
Vec<S, A> tanh(Vec<S, A> x) {
  using V = Vec<S, A>;
  if constexpr (sizeof(S) == 8) {
    const V magnitude = abs(x);
    const V far = 1.0 - 2.0 / (exp(magnitude + magnitude) + 1.0);
    const V near = xsimd::kernel::detail::tanh_kernel<typename V::Batch>::tanh(magnitude.batch);
    return bit_or(where(magnitude < 0.625, near, far), sign_bit(x));
  } else {
    const V c = clip(x, -7.90531110763549805, 7.90531110763549805);
    const V z = c * c;
    V p = fma(z, V(-2.76076847742355e-16), V(2.00018790482477e-13));
    p = fma(z, p, V(-8.60467152213735e-11));
    p = fma(z, p, V(5.12229709037114e-08));
    p = fma(z, p, V(1.48572235717979e-05));
    p = fma(z, p, V(6.37261928875436e-04));
    p = fma(z, p, V(4.89352455891786e-03));
    V q = fma(z, V(1.19825839466702e-06), V(1.18534705686654e-04));
    q = fma(z, q, V(2.26843463243900e-03));
    q = fma(z, q, V(4.89352518554385e-03));
    const V magnitude = abs(x);
    const V value = where(magnitude < 4e-4, x, c * p / q);
    return where(magnitude > 9.0, bit_or(V(1.0), sign_bit(x)), value);
  }
}

}  // namespace frost::kernels
