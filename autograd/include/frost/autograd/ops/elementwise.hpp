#pragma once
#include <frost/autograd/scalar.hpp>
#include <frost/autograd/tensor.hpp>

namespace frost {

// Operations on each element. In the formulas g is the gradient of the result y. Shapes broadcast as NumPy's do; the
// dtypes of two tensors must agree, and a C++ scalar takes the tensor's; an integer is exact beside int64. Throws:
// ShapeError when shapes do not broadcast, ValueError when dtypes differ, an integer tensor meets a fraction or
// a floating function, or the dtype has no place for a scalar.

/// y = a + b. da = g; db = g.
FROST_API Tensor add(const Tensor& a, const Tensor& b);
FROST_API Tensor add(const Tensor& a, Scalar b);
FROST_API Tensor add(Scalar a, const Tensor& b);
/// y = a − b. da = g; db = −g.
FROST_API Tensor subtract(const Tensor& a, const Tensor& b);
FROST_API Tensor subtract(const Tensor& a, Scalar b);
FROST_API Tensor subtract(Scalar a, const Tensor& b);
/// y = a·b. da = g·b; db = g·a.
FROST_API Tensor multiply(const Tensor& a, const Tensor& b);
FROST_API Tensor multiply(const Tensor& a, Scalar b);
FROST_API Tensor multiply(Scalar a, const Tensor& b);
/// y = a / b; floating only. da = g / b; db = −g·y / b.
FROST_API Tensor divide(const Tensor& a, const Tensor& b);
FROST_API Tensor divide(const Tensor& a, Scalar b);
FROST_API Tensor divide(Scalar a, const Tensor& b);
/// y = aᵇ; floating only. da = g·b·a^(b − 1); db = g·y·ln a, 0 at a = 0 with b > 0.
FROST_API Tensor power(const Tensor& a, const Tensor& b);
FROST_API Tensor power(const Tensor& a, Scalar b);
FROST_API Tensor power(Scalar a, const Tensor& b);
/// y = max(a, b). da = g where a > b, g/2 where a = b, else 0; db = g − da.
FROST_API Tensor maximum(const Tensor& a, const Tensor& b);
FROST_API Tensor maximum(const Tensor& a, Scalar b);
FROST_API Tensor maximum(Scalar a, const Tensor& b);
/// y = min(a, b). da = g where a < b, g/2 where a = b, else 0; db = g − da.
FROST_API Tensor minimum(const Tensor& a, const Tensor& b);
FROST_API Tensor minimum(const Tensor& a, Scalar b);
FROST_API Tensor minimum(Scalar a, const Tensor& b);
/// the angle of the point (b, a), in radians. da = g·b / (a² + b²); db = −g·a / (a² + b²).
FROST_API Tensor atan2(const Tensor& a, const Tensor& b);
FROST_API Tensor atan2(const Tensor& a, Scalar b);
FROST_API Tensor atan2(Scalar a, const Tensor& b);
/// y = ln(eᵃ + eᵇ) without overflow; −∞ for two of them. da = g·sigmoid(a − b); db = g·sigmoid(b − a).
FROST_API Tensor logaddexp(const Tensor& a, const Tensor& b);
FROST_API Tensor logaddexp(const Tensor& a, Scalar b);
FROST_API Tensor logaddexp(Scalar a, const Tensor& b);
/// y = a where condition is true, else b. da = g where true, db = g where false.
FROST_API Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
FROST_API Tensor where(const Tensor& condition, const Tensor& a, Scalar b);
FROST_API Tensor where(const Tensor& condition, Scalar a, const Tensor& b);

/// y = a + b, a − b, a·b, a / b: add, subtract, multiply, divide, with their gradients.
inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator+(const Tensor& a, Scalar b) { return add(a, b); }
inline Tensor operator+(Scalar a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator-(const Tensor& a, Scalar b) { return subtract(a, b); }
inline Tensor operator-(Scalar a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return multiply(a, b); }
inline Tensor operator*(const Tensor& a, Scalar b) { return multiply(a, b); }
inline Tensor operator*(Scalar a, const Tensor& b) { return multiply(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return divide(a, b); }
inline Tensor operator/(const Tensor& a, Scalar b) { return divide(a, b); }
inline Tensor operator/(Scalar a, const Tensor& b) { return divide(a, b); }
/// y = −x. dx = −g.
FROST_API Tensor operator-(const Tensor& x);

// Comparisons give bool tensors.

/// y = (a < b). No gradient.
FROST_API Tensor operator<(const Tensor& a, const Tensor& b);
FROST_API Tensor operator<(const Tensor& a, Scalar b);
FROST_API Tensor operator<(Scalar a, const Tensor& b);
/// y = (a ≤ b). No gradient.
FROST_API Tensor operator<=(const Tensor& a, const Tensor& b);
FROST_API Tensor operator<=(const Tensor& a, Scalar b);
FROST_API Tensor operator<=(Scalar a, const Tensor& b);
/// y = (a > b). No gradient.
FROST_API Tensor operator>(const Tensor& a, const Tensor& b);
FROST_API Tensor operator>(const Tensor& a, Scalar b);
FROST_API Tensor operator>(Scalar a, const Tensor& b);
/// y = (a ≥ b). No gradient.
FROST_API Tensor operator>=(const Tensor& a, const Tensor& b);
FROST_API Tensor operator>=(const Tensor& a, Scalar b);
FROST_API Tensor operator>=(Scalar a, const Tensor& b);
/// y = (a = b); NaN equals nothing. No gradient.
FROST_API Tensor equal(const Tensor& a, const Tensor& b);
FROST_API Tensor equal(const Tensor& a, Scalar b);
FROST_API Tensor equal(Scalar a, const Tensor& b);
/// y = (a ≠ b). No gradient.
FROST_API Tensor not_equal(const Tensor& a, const Tensor& b);
FROST_API Tensor not_equal(const Tensor& a, Scalar b);
FROST_API Tensor not_equal(Scalar a, const Tensor& b);

/// y = (a = b), y = (a ≠ b): equal, not_equal. No gradient.
inline Tensor operator==(const Tensor& a, const Tensor& b) { return equal(a, b); }
inline Tensor operator==(const Tensor& a, Scalar b) { return equal(a, b); }
inline Tensor operator==(Scalar a, const Tensor& b) { return equal(a, b); }
inline Tensor operator!=(const Tensor& a, const Tensor& b) { return not_equal(a, b); }
inline Tensor operator!=(const Tensor& a, Scalar b) { return not_equal(a, b); }
inline Tensor operator!=(Scalar a, const Tensor& b) { return not_equal(a, b); }

/// y = −x. dx = −g.
FROST_API Tensor negative(const Tensor& x);
/// y = |x|. dx = g·sign(x); 0 at 0.
FROST_API Tensor abs(const Tensor& x);
/// y = −1, 0 or 1. dx = 0.
FROST_API Tensor sign(const Tensor& x);
/// y = eˣ. dx = g·y.
FROST_API Tensor exp(const Tensor& x);
/// y = eˣ − 1, accurate near 0. dx = g·(y + 1).
FROST_API Tensor expm1(const Tensor& x);
/// y = ln x. dx = g / x.
FROST_API Tensor log(const Tensor& x);
/// y = ln(1 + x), accurate near 0. dx = g / (1 + x).
FROST_API Tensor log1p(const Tensor& x);
/// y = log₂ x. dx = g / (x·ln 2).
FROST_API Tensor log2(const Tensor& x);
/// y = √x. dx = g / (2·y).
FROST_API Tensor sqrt(const Tensor& x);
/// y = 1/√x. dx = −g·y³/2.
FROST_API Tensor rsqrt(const Tensor& x);
/// y = x². dx = 2·x·g.
FROST_API Tensor square(const Tensor& x);
/// y = 1/x. dx = −g·y².
FROST_API Tensor reciprocal(const Tensor& x);
/// y = sin x. dx = g·cos x.
FROST_API Tensor sin(const Tensor& x);
/// y = cos x. dx = −g·sin x.
FROST_API Tensor cos(const Tensor& x);
/// y = tan x. dx = g·(1 + y²).
FROST_API Tensor tan(const Tensor& x);
/// y = arcsin x. dx = g / √(1 − x²).
FROST_API Tensor asin(const Tensor& x);
/// y = arccos x. dx = −g / √(1 − x²).
FROST_API Tensor acos(const Tensor& x);
/// y = arctan x. dx = g / (1 + x²).
FROST_API Tensor atan(const Tensor& x);
/// y = sinh x. dx = g·cosh x.
FROST_API Tensor sinh(const Tensor& x);
/// y = cosh x. dx = g·sinh x.
FROST_API Tensor cosh(const Tensor& x);
/// y = tanh x. dx = g·(1 − y²).
FROST_API Tensor tanh(const Tensor& x);
/// y = arsinh x. dx = g / √(x² + 1).
FROST_API Tensor asinh(const Tensor& x);
/// y = arcosh x. dx = g / √(x² − 1).
FROST_API Tensor acosh(const Tensor& x);
/// y = artanh x. dx = g / (1 − x²).
FROST_API Tensor atanh(const Tensor& x);
/// y = 2/√π ∫₀ˣ e^(−t²) dt. dx = g·2/√π·e^(−x²).
FROST_API Tensor erf(const Tensor& x);
/// The y with erf(y) = x; ±∞ at ±1, NaN beyond. dx = g·√π/2·e^(y²). Started as in Giles (2010).
FROST_API Tensor erfinv(const Tensor& x);
/// y = ln|Γ(x)|. dx = g·digamma(x).
FROST_API Tensor lgamma(const Tensor& x);
/// y = d ln|Γ(x)| / dx. dx = g·trigamma(x).
FROST_API Tensor digamma(const Tensor& x);
/// y = d² ln|Γ(x)| / dx². dx = g·polygamma(2, x).
FROST_API Tensor trigamma(const Tensor& x);
/// the largest integer ≤ x. dx = 0.
FROST_API Tensor floor(const Tensor& x);
/// the smallest integer ≥ x. dx = 0.
FROST_API Tensor ceil(const Tensor& x);
/// the nearest integer, halves to even. dx = 0.
FROST_API Tensor round(const Tensor& x);
/// y = 1 / (1 + e^(−x)). dx = g·y·(1 − y).
FROST_API Tensor sigmoid(const Tensor& x);
/// y = ln(1 + eˣ), without overflow. dx = g·sigmoid(x).
FROST_API Tensor softplus(const Tensor& x);
/// y = x / (1 + |x|). dx = g / (1 + |x|)².
FROST_API Tensor softsign(const Tensor& x);
/// y = max(x, 0). dx = g where x > 0, else 0.
FROST_API Tensor relu(const Tensor& x);
/// y = min(max(x, 0), 6). dx = g where 0 < x < 6, else 0.
FROST_API Tensor relu6(const Tensor& x);
/// y = λx for x > 0, else λα(eˣ − 1); λ = 1.0507…, α = 1.6733… (Klambauer et al. 2017). dx = λg or g·(y + λα).
FROST_API Tensor selu(const Tensor& x);
/// y = x·sigmoid(x). dx = g·(σ + x·σ·(1 − σ)), σ = sigmoid(x).
FROST_API Tensor silu(const Tensor& x);
/// y = x·tanh(softplus(x)) (Misra 2019). dx = g·dy/dx.
FROST_API Tensor mish(const Tensor& x);
/// y = −softplus(−x). dx = g·sigmoid(−x).
FROST_API Tensor log_sigmoid(const Tensor& x);
/// y = clip(x/6 + 0.5, 0, 1). dx = g/6 where |x| < 3, else 0.
FROST_API Tensor hard_sigmoid(const Tensor& x);
/// The n-th derivative of digamma; order ≥ 1. dx = g·polygamma(order + 1, x).
FROST_API Tensor polygamma(std::int64_t order, const Tensor& x);
/// y = x for x > 0, else alpha·x. dx = g or alpha·g (the lower side's at 0).
FROST_API Tensor leaky_relu(const Tensor& x, double alpha = 0.2);  // alpha ≥ 0
/// y = x for x > 0, else alpha·(eˣ − 1). dx = g or g·(y + alpha).
FROST_API Tensor elu(const Tensor& x, double alpha = 1);

struct GeluOptions {
  bool approximate = false;
};
/// y = x·Φ(x) with Φ the normal distribution function, or its tanh approximation (Hendrycks and Gimpel 2016).
/// dx = g·(Φ(x) + x·φ(x)).
FROST_API Tensor gelu(const Tensor& x, const GeluOptions& options = {});
/// y = min(max(x, min), max), of int64 too. dx = g where min ≤ x ≤ max, else 0. Throws: ValueError when min > max.
FROST_API Tensor clip(const Tensor& x, Scalar min, Scalar max);

}  // namespace frost
