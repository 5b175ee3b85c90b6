#pragma once

#include <cstddef>
#include <cstdint>

#include <xsimd/xsimd.hpp>

// Note [One vocabulary]
// A functor's text serves vectors and tensors: operators, comparisons, `where` and the operations' names, found by
// argument-dependent lookup, with double scalars on either side. xsimd's own functions have other names and, some of
// them, other values at the edges, so a type of our own carries the vocabulary. Every name here depends on the
// architecture, so that no function compiled for one can serve another.
namespace frost::kernels {

template <class S, class A>
struct Vec;

template <class S, class A>
struct Mask {
  using Bits = xsimd::batch_bool<S, A>;
  using V = Vec<S, A>;
  Bits bits;

  friend Mask operator&(Mask a, Mask b) { return {a.bits & b.bits}; }
  friend Mask operator|(Mask a, Mask b) { return {a.bits | b.bits}; }
  friend Mask operator!(Mask a) { return {~a.bits}; }
  friend bool any(Mask a) { return xsimd::any(a.bits); }
  friend V where(Mask c, V a, V b) { return xsimd::select(c.bits, a.batch, b.batch); }
};

template <class S, class A>
struct Vec {
  using Scalar = S;
  using Arch = A;
  using Batch = xsimd::batch<S, A>;
  using M = Mask<S, A>;
  static constexpr std::int64_t size = static_cast<std::int64_t>(Batch::size);

  Batch batch;

  Vec() = default;
  Vec(double value) : batch(static_cast<S>(value)) {}
  Vec(Batch value) : batch(value) {}

  static Vec load(const S* p) { return Batch::load_unaligned(p); }
  void store(S* p) const { batch.store_unaligned(p); }

  friend Vec operator+(Vec a, Vec b) { return a.batch + b.batch; }
  friend Vec operator-(Vec a, Vec b) { return a.batch - b.batch; }
  friend Vec operator*(Vec a, Vec b) { return a.batch * b.batch; }
  friend Vec operator/(Vec a, Vec b) { return a.batch / b.batch; }
  friend Vec operator-(Vec a) { return a.batch ^ Batch(S(-0.0)); }
  friend M operator<(Vec a, Vec b) { return {a.batch < b.batch}; }
  friend M operator<=(Vec a, Vec b) { return {a.batch <= b.batch}; }
  friend M operator>(Vec a, Vec b) { return {a.batch > b.batch}; }
  friend M operator>=(Vec a, Vec b) { return {a.batch >= b.batch}; }
  friend M operator==(Vec a, Vec b) { return {a.batch == b.batch}; }
  friend M operator!=(Vec a, Vec b) { return !(a == b); }  // xsimd's is false for NaN on AVX

  /// a · b + c, fused where the architecture can.
  friend Vec fma(Vec a, Vec b, Vec c) { return xsimd::fma(a.batch, b.batch, c.batch); }
  /// c − a · b.
  friend Vec fnma(Vec a, Vec b, Vec c) { return xsimd::fnma(a.batch, b.batch, c.batch); }
  friend Vec bit_and(Vec a, Vec b) { return a.batch & b.batch; }
  friend Vec bit_or(Vec a, Vec b) { return a.batch | b.batch; }
  friend Vec bit_xor(Vec a, Vec b) { return a.batch ^ b.batch; }

  /// The larger, the smaller; b where either is NaN.
  friend Vec max_or_second(Vec a, Vec b) { return xsimd::max(a.batch, b.batch); }
  friend Vec min_or_second(Vec a, Vec b) { return xsimd::min(a.batch, b.batch); }
  friend Vec maximum(Vec a, Vec b) { return where(a != a, a, max_or_second(a, b)); }
  friend Vec minimum(Vec a, Vec b) { return where(a != a, a, min_or_second(a, b)); }
  friend Vec clip(Vec x, Vec low, Vec high) { return min_or_second(high, max_or_second(low, x)); }

  friend Vec sign_bit(Vec x) { return x.batch & Batch(S(-0.0)); }
  friend Vec abs(Vec x) { return xsimd::abs(x.batch); }
  friend Vec sqrt(Vec x) { return xsimd::sqrt(x.batch); }
  friend Vec rsqrt(Vec x) { return Vec(1.0) / sqrt(x); }
  friend Vec reciprocal(Vec x) { return Vec(1.0) / x; }
  friend Vec square(Vec x) { return x * x; }
  friend Vec zeros_like(Vec) { return Vec(0.0); }
  friend Vec sign(Vec x) { return where(x > 0.0, 1.0, where(x < 0.0, -1.0, x)); }
};

/// The vector of n < size elements at p, padded with `fill`.
template <class V>
V load_part(const typename V::Scalar* p, std::int64_t n, double fill) {
  typename V::Scalar t[V::size];
  V(fill).store(t);
  for (std::int64_t i = 0; i < n; ++i) t[i] = p[i];
  return V::load(t);
}

template <class V>
void store_part(V v, typename V::Scalar* p, std::int64_t n) {
  typename V::Scalar t[V::size];
  v.store(t);
  for (std::int64_t i = 0; i < n; ++i) p[i] = t[i];
}

/// Calls body(load, store) for each vector of n elements. load(p, fill = 0) and store(v, p) move it; the last vector is
/// padded, so that bits do not depend on an element's place.
template <class V, class Body>
void for_each_vector(std::int64_t n, Body body) {
  using S = typename V::Scalar;
  std::int64_t i = 0;
  for (; i + V::size <= n; i += V::size) {
    body([i](const S* p, double = 0.0) { return V::load(p + i); }, [i](V v, S* p) { v.store(p + i); });
  }
  if (const std::int64_t rest = n - i; rest > 0) {
    body([i, rest](const S* p, double fill = 0.0) { return load_part<V>(p + i, rest, fill); },
         [i, rest](V v, S* p) { store_part(v, p + i, rest); });
  }
}

/// The lanes folded in pairs by f(scalar, scalar).
template <class S, class A, class F>
S fold_lanes(Vec<S, A> x, F f) {
  S t[Vec<S, A>::size];
  x.store(t);
  for (std::int64_t half = Vec<S, A>::size / 2; half > 0; half /= 2) {
    for (std::int64_t i = 0; i < half; ++i) t[i] = f(t[i], t[i + half]);
  }
  return t[0];
}

template <class S, class A>
S sum_lanes(Vec<S, A> x) {
  return fold_lanes(x, [](S a, S b) { return a + b; });
}

/// The largest lane; NaN where one is.
template <class S, class A>
S max_lanes(Vec<S, A> x) {
  return fold_lanes(x, [](S a, S b) { return a != a || a > b ? a : b; });
}

/// f applied to each lane: for functions without a vector form.
template <class S, class A, class F>
Vec<S, A> by_lane(Vec<S, A> x, F f) {
  S t[Vec<S, A>::size];
  x.store(t);
  for (S& element : t) element = f(element);
  return Vec<S, A>::load(t);
}

template <class S, class A, class F>
Vec<S, A> by_lane(Vec<S, A> x, Vec<S, A> y, F f) {
  constexpr std::int64_t size = Vec<S, A>::size;
  S t[size];
  S u[size];
  x.store(t);
  y.store(u);
  for (std::int64_t i = 0; i < size; ++i) t[i] = f(t[i], u[i]);
  return Vec<S, A>::load(t);
}

/// f of a float vector computed in double precision.
template <class A, class F>
Vec<float, A> in_double(Vec<float, A> x, F f) {
  using Wide = Vec<double, A>;
  constexpr std::int64_t size = Vec<float, A>::size;
  float t[size];
  double u[size];
  x.store(t);
  for (std::int64_t i = 0; i < size; ++i) u[i] = static_cast<double>(t[i]);
  f(Wide::load(u)).store(u);
  f(Wide::load(u + Wide::size)).store(u + Wide::size);
  for (std::int64_t i = 0; i < size; ++i) t[i] = static_cast<float>(u[i]);
  return Vec<float, A>::load(t);
}

template <class A, class F>
Vec<float, A> in_double(Vec<float, A> x, Vec<float, A> y, F f) {
  using Wide = Vec<double, A>;
  constexpr std::int64_t size = Vec<float, A>::size;
  float t[size];
  double u[size];
  double v[size];
  x.store(t);
  for (std::int64_t i = 0; i < size; ++i) u[i] = static_cast<double>(t[i]);
  y.store(t);
  for (std::int64_t i = 0; i < size; ++i) v[i] = static_cast<double>(t[i]);
  for (std::int64_t i = 0; i < size; i += Wide::size) f(Wide::load(u + i), Wide::load(v + i)).store(u + i);
  for (std::int64_t i = 0; i < size; ++i) t[i] = static_cast<float>(u[i]);
  return Vec<float, A>::load(t);
}

}  // namespace frost::kernels
