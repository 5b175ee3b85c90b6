#include "elementwise.hpp"
#include "families.hpp"
#include "logits_note.hpp"

#include <limits>

// Operations on each element of one tensor. The functors in kernels/ hold the formulas.
namespace frost {

using namespace detail;
namespace k = kernels;

namespace {

template <class F>
Samples on(Tensor (*draw)(const Shape&), Tensor (*call)(const Tensors&)) {
  return {{{draw({3, 4})}, call}, {{draw({5})}, call}, {{draw({})}, call}};
}

Tensor any_value(const Shape& shape) { return normal(shape); }
Tensor positive(const Shape& shape) { return between(0.3, 3, shape); }
Tensor inside_one(const Shape& shape) { return between(-0.9, 0.9, shape); }
Tensor above_one(const Shape& shape) { return between(1.2, 4, shape); }
Tensor above_minus_one(const Shape& shape) { return between(-0.7, 3, shape); }
Tensor fractions(const Shape& shape) { return between(0.1, 0.4, shape) + floor(between(-3, 3, shape, 2)); }
Tensor away_from_zero(const Shape& shape) {
  return between(0.2, 3, shape) * (2. * floor(between(0, 2, shape, 2)) - 1.);
}

template <class F>
Tensor (*const function_of)(const Tensor&) = nullptr;
template <>
Tensor (*const function_of<k::Negative>)(const Tensor&) = negative;
template <>
Tensor (*const function_of<k::Abs>)(const Tensor&) = abs;
template <>
Tensor (*const function_of<k::Sign>)(const Tensor&) = sign;
template <>
Tensor (*const function_of<k::Exp>)(const Tensor&) = exp;
template <>
Tensor (*const function_of<k::Expm1>)(const Tensor&) = expm1;
template <>
Tensor (*const function_of<k::Log>)(const Tensor&) = log;
template <>
Tensor (*const function_of<k::Log1p>)(const Tensor&) = log1p;
template <>
Tensor (*const function_of<k::Log2>)(const Tensor&) = log2;
template <>
Tensor (*const function_of<k::Sqrt>)(const Tensor&) = sqrt;
template <>
Tensor (*const function_of<k::Rsqrt>)(const Tensor&) = rsqrt;
template <>
Tensor (*const function_of<k::Square>)(const Tensor&) = square;
template <>
Tensor (*const function_of<k::Reciprocal>)(const Tensor&) = reciprocal;
template <>
Tensor (*const function_of<k::Sin>)(const Tensor&) = sin;
template <>
Tensor (*const function_of<k::Cos>)(const Tensor&) = cos;
template <>
Tensor (*const function_of<k::Tan>)(const Tensor&) = tan;
template <>
Tensor (*const function_of<k::Asin>)(const Tensor&) = asin;
template <>
Tensor (*const function_of<k::Acos>)(const Tensor&) = acos;
template <>
Tensor (*const function_of<k::Atan>)(const Tensor&) = atan;
template <>
Tensor (*const function_of<k::Sinh>)(const Tensor&) = sinh;
template <>
Tensor (*const function_of<k::Cosh>)(const Tensor&) = cosh;
template <>
Tensor (*const function_of<k::Tanh>)(const Tensor&) = tanh;
template <>
Tensor (*const function_of<k::Asinh>)(const Tensor&) = asinh;
template <>
Tensor (*const function_of<k::Acosh>)(const Tensor&) = acosh;
template <>
Tensor (*const function_of<k::Atanh>)(const Tensor&) = atanh;
template <>
Tensor (*const function_of<k::Erf>)(const Tensor&) = erf;
template <>
Tensor (*const function_of<k::Lgamma>)(const Tensor&) = lgamma;
template <>
Tensor (*const function_of<k::Digamma>)(const Tensor&) = digamma;
template <>
Tensor (*const function_of<k::Trigamma>)(const Tensor&) = trigamma;
template <>
Tensor (*const function_of<k::Floor>)(const Tensor&) = floor;
template <>
Tensor (*const function_of<k::Ceil>)(const Tensor&) = ceil;
template <>
Tensor (*const function_of<k::Round>)(const Tensor&) = round;
template <>
Tensor (*const function_of<k::Sigmoid>)(const Tensor&) = sigmoid;
template <>
Tensor (*const function_of<k::Softplus>)(const Tensor&) = softplus;
template <>
Tensor (*const function_of<k::Softsign>)(const Tensor&) = softsign;
template <>
Tensor (*const function_of<k::Relu>)(const Tensor&) = relu;
template <>
Tensor (*const function_of<k::Relu6>)(const Tensor&) = relu6;
template <>
Tensor (*const function_of<k::Selu>)(const Tensor&) = selu;
template <>
Tensor (*const function_of<k::Silu>)(const Tensor&) = silu;
template <>
Tensor (*const function_of<k::Mish>)(const Tensor&) = mish;
template <>
Tensor (*const function_of<k::LogSigmoid>)(const Tensor&) = log_sigmoid;
template <>
Tensor (*const function_of<k::HardSigmoid>)(const Tensor&) = hard_sigmoid;

template <class F, Tensor (*Draw)(const Shape&)>
Samples samples_of() {
  return on<F>(Draw, [](const Tensors& x) { return function_of<F>(x[0]); });
}

constinit const Op negative_op = make_unary<k::Negative>(samples_of<k::Negative, any_value>);
constinit const Op abs_op = make_unary<k::Abs>(samples_of<k::Abs, away_from_zero>);
constinit const Op sign_op = make_unary<k::Sign>(samples_of<k::Sign, away_from_zero>);
constinit const Op exp_op = make_unary<k::Exp>(samples_of<k::Exp, any_value>);
constinit const Op expm1_op = make_unary<k::Expm1>(samples_of<k::Expm1, any_value>);
constinit const Op log_op = make_unary<k::Log>(samples_of<k::Log, positive>);
constinit const Op log1p_op = make_unary<k::Log1p>(samples_of<k::Log1p, above_minus_one>);
constinit const Op log2_op = make_unary<k::Log2>(samples_of<k::Log2, positive>);
constinit const Op sqrt_op = make_unary<k::Sqrt>(samples_of<k::Sqrt, positive>);
constinit const Op rsqrt_op = make_unary<k::Rsqrt>(samples_of<k::Rsqrt, positive>);
constinit const Op square_op = make_unary<k::Square>(samples_of<k::Square, any_value>);
constinit const Op reciprocal_op = make_unary<k::Reciprocal>(samples_of<k::Reciprocal, away_from_zero>);
constinit const Op sin_op = make_unary<k::Sin>(samples_of<k::Sin, any_value>);
constinit const Op cos_op = make_unary<k::Cos>(samples_of<k::Cos, any_value>);
constinit const Op tan_op = make_unary<k::Tan>(samples_of<k::Tan, any_value>);
constinit const Op asin_op = make_unary<k::Asin>(samples_of<k::Asin, inside_one>);
constinit const Op acos_op = make_unary<k::Acos>(samples_of<k::Acos, inside_one>);
constinit const Op atan_op = make_unary<k::Atan>(samples_of<k::Atan, any_value>);
constinit const Op sinh_op = make_unary<k::Sinh>(samples_of<k::Sinh, any_value>);
constinit const Op cosh_op = make_unary<k::Cosh>(samples_of<k::Cosh, any_value>);
constinit const Op tanh_op = make_unary<k::Tanh>(samples_of<k::Tanh, any_value>);
constinit const Op asinh_op = make_unary<k::Asinh>(samples_of<k::Asinh, any_value>);
constinit const Op acosh_op = make_unary<k::Acosh>(samples_of<k::Acosh, above_one>);
constinit const Op atanh_op = make_unary<k::Atanh>(samples_of<k::Atanh, inside_one>);
constinit const Op erf_op = make_unary<k::Erf>(samples_of<k::Erf, any_value>);
constinit const Op lgamma_op = make_unary<k::Lgamma>(samples_of<k::Lgamma, positive>);
constinit const Op digamma_op = make_unary<k::Digamma>(samples_of<k::Digamma, positive>);
constinit const Op trigamma_op = make_unary<k::Trigamma>(samples_of<k::Trigamma, positive>);
constinit const Op floor_op = make_unary<k::Floor>(samples_of<k::Floor, fractions>);
constinit const Op ceil_op = make_unary<k::Ceil>(samples_of<k::Ceil, fractions>);
constinit const Op round_op = make_unary<k::Round>(samples_of<k::Round, fractions>);
constinit const Op sigmoid_op = make_unary<k::Sigmoid>(samples_of<k::Sigmoid, any_value>);
constinit const Op softplus_op = make_unary<k::Softplus>(samples_of<k::Softplus, any_value>);
constinit const Op softsign_op = make_unary<k::Softsign>(samples_of<k::Softsign, away_from_zero>);
constinit const Op relu_op = make_unary<k::Relu>(samples_of<k::Relu, away_from_zero>);
constinit const Op relu6_op = make_unary<k::Relu6>(samples_of<k::Relu6, away_from_zero>);
constinit const Op selu_op = make_unary<k::Selu>(samples_of<k::Selu, away_from_zero>);
constinit const Op silu_op = make_unary<k::Silu>(samples_of<k::Silu, any_value>);
constinit const Op mish_op = make_unary<k::Mish>(samples_of<k::Mish, any_value>);
constinit const Op log_sigmoid_op = make_unary<k::LogSigmoid>(samples_of<k::LogSigmoid, any_value>);
constinit const Op hard_sigmoid_op = make_unary<k::HardSigmoid>(samples_of<k::HardSigmoid, any_value>);

constinit const Op polygamma_op = make_unary<k::Polygamma>(
    [] { return on<k::Polygamma>(positive, [](const Tensors& x) { return polygamma(2, x[0]); }); });
constinit const Op leaky_relu_op = make_unary<k::LeakyRelu>(
    [] { return on<k::LeakyRelu>(away_from_zero, [](const Tensors& x) { return leaky_relu(x[0], 0.3); }); });
constinit const Op elu_op =
    make_unary<k::Elu>([] { return on<k::Elu>(away_from_zero, [](const Tensors& x) { return elu(x[0], 0.7); }); });
constinit const Op gelu_op = make_unary<k::Gelu>([] {
  Samples samples = on<k::Gelu>(any_value, [](const Tensors& x) { return gelu(x[0]); });
  samples.push_back({{normal({3, 4})}, [](const Tensors& x) { return gelu(x[0], {.approximate = true}); }});
  return samples;
});
constinit const Op clip_op =
    make_unary<k::Clip>([] { return on<k::Clip>(any_value, [](const Tensors& x) { return clip(x[0], -0.5, 0.6); }); });

template <class F>
Tensor apply_functor(const Op& op, const F& f, const Tensor& x) {
  return apply(op, f, {&x});
}

}  // namespace

Tensor exp(const Tensor& x) { return apply(exp_op, {&x}); }
Tensor expm1(const Tensor& x) { return apply(expm1_op, {&x}); }
Tensor log(const Tensor& x) { return apply(log_op, {&x}); }
Tensor log1p(const Tensor& x) { return apply(log1p_op, {&x}); }
Tensor log2(const Tensor& x) { return apply(log2_op, {&x}); }
Tensor sqrt(const Tensor& x) { return apply(sqrt_op, {&x}); }
Tensor rsqrt(const Tensor& x) { return apply(rsqrt_op, {&x}); }
Tensor reciprocal(const Tensor& x) { return apply(reciprocal_op, {&x}); }
Tensor sin(const Tensor& x) { return apply(sin_op, {&x}); }
Tensor cos(const Tensor& x) { return apply(cos_op, {&x}); }
Tensor tan(const Tensor& x) { return apply(tan_op, {&x}); }
Tensor asin(const Tensor& x) { return apply(asin_op, {&x}); }
Tensor acos(const Tensor& x) { return apply(acos_op, {&x}); }
Tensor atan(const Tensor& x) { return apply(atan_op, {&x}); }
Tensor sinh(const Tensor& x) { return apply(sinh_op, {&x}); }
Tensor cosh(const Tensor& x) { return apply(cosh_op, {&x}); }
Tensor tanh(const Tensor& x) { return apply(tanh_op, {&x}); }
Tensor asinh(const Tensor& x) { return apply(asinh_op, {&x}); }
Tensor acosh(const Tensor& x) { return apply(acosh_op, {&x}); }
Tensor atanh(const Tensor& x) { return apply(atanh_op, {&x}); }
Tensor erf(const Tensor& x) { return apply(erf_op, {&x}); }
Tensor lgamma(const Tensor& x) { return apply(lgamma_op, {&x}); }
Tensor digamma(const Tensor& x) { return apply(digamma_op, {&x}); }
Tensor trigamma(const Tensor& x) { return apply(trigamma_op, {&x}); }
Tensor floor(const Tensor& x) { return apply(floor_op, {&x}); }
Tensor ceil(const Tensor& x) { return apply(ceil_op, {&x}); }
Tensor round(const Tensor& x) { return apply(round_op, {&x}); }
Tensor sigmoid(const Tensor& x) {
  if (!keeps_logits(Squashing::sigmoid)) [[likely]]
    return apply(sigmoid_op, {&x});
  const Tensor kept = x;  // shared, so that the result does not take its place
  Tensor y = apply(sigmoid_op, {&kept});
  keep_logits(kept, y, Squashing::sigmoid);
  return y;
}
Tensor softplus(const Tensor& x) { return apply(softplus_op, {&x}); }
Tensor softsign(const Tensor& x) { return apply(softsign_op, {&x}); }
Tensor relu(const Tensor& x) { return apply(relu_op, {&x}); }
Tensor relu6(const Tensor& x) { return apply(relu6_op, {&x}); }
Tensor selu(const Tensor& x) { return apply(selu_op, {&x}); }
Tensor silu(const Tensor& x) { return apply(silu_op, {&x}); }
Tensor mish(const Tensor& x) { return apply(mish_op, {&x}); }
Tensor log_sigmoid(const Tensor& x) { return apply(log_sigmoid_op, {&x}); }
Tensor hard_sigmoid(const Tensor& x) { return apply(hard_sigmoid_op, {&x}); }

// Those that make sense for integers too.
Tensor negative(const Tensor& x) {
  return x.present() && x.dtype() == DType::int64 ? 0. - x : apply(negative_op, {&x});
}
Tensor abs(const Tensor& x) {
  return x.present() && x.dtype() == DType::int64 ? maximum(x, 0. - x) : apply(abs_op, {&x});
}
Tensor sign(const Tensor& x) {
  return x.present() && x.dtype() == DType::int64 ? minimum(maximum(x, -1.), 1.) : apply(sign_op, {&x});
}
Tensor square(const Tensor& x) { return x.present() && x.dtype() == DType::int64 ? x * x : apply(square_op, {&x}); }
Tensor operator-(const Tensor& x) { return negative(x); }

Tensor polygamma(std::int64_t order, const Tensor& x) {
  expect(order >= 1, "polygamma: got order {}; expected 1 or more", order);
  return apply_functor(polygamma_op, k::Polygamma{static_cast<int>(order)}, x);
}
Tensor leaky_relu(const Tensor& x, double alpha) {
  expect(alpha >= 0, "leaky_relu: got alpha {}; expected 0 or more", alpha);
  return apply_functor(leaky_relu_op, k::LeakyRelu{alpha}, x);
}
Tensor elu(const Tensor& x, double alpha) { return apply_functor(elu_op, k::Elu{alpha}, x); }
Tensor gelu(const Tensor& x, const GeluOptions& options) {
  return apply_functor(gelu_op, k::Gelu{options.approximate}, x);
}
Tensor clip(const Tensor& x, Scalar min, Scalar max) {
  const bool ordered =
      min.is_integer() && max.is_integer() ? min.integer() <= max.integer() : min.value() <= max.value();
  expect(ordered, "clip: the lower bound is above the upper one; got {} and {}", min.value(), max.value());
  if (x.present() && x.dtype() == DType::int64) {  // a bound beyond int64 is none
    const Tensor above = min.value() < -0x1p63 ? x : maximum(x, min);
    return max.value() >= 0x1p63 && !max.is_integer() ? above : minimum(above, max);
  }
  double low = min.value(), high = max.value();
  if (x.present() && x.dtype() == DType::float32) {
    constexpr double most = std::numeric_limits<float>::max(), infinity = std::numeric_limits<double>::infinity();
    expect(low <= most && high >= -most, "clip: got bounds {} and {}; float32 ends at {}", low, high, most);
    if (low < -most) low = -infinity;
    if (high > most) high = infinity;
  }
  return apply_functor(clip_op, k::Clip{low, high}, x);
}

namespace detail {

Family unary_rows() {
  static constexpr const Op* rows[] = {
      &negative_op,     &abs_op,       &sign_op,       &exp_op,        &expm1_op, &log_op,   &log1p_op, &log2_op,
      &sqrt_op,         &rsqrt_op,     &square_op,     &reciprocal_op, &sin_op,   &cos_op,   &tan_op,   &asin_op,
      &acos_op,         &atan_op,      &sinh_op,       &cosh_op,       &tanh_op,  &asinh_op, &acosh_op, &atanh_op,
      &erf_op,          &lgamma_op,    &digamma_op,    &trigamma_op,   &floor_op, &ceil_op,  &round_op, &sigmoid_op,
      &softplus_op,     &softsign_op,  &relu_op,       &relu6_op,      &selu_op,  &silu_op,  &mish_op,  &log_sigmoid_op,
      &hard_sigmoid_op, &polygamma_op, &leaky_relu_op, &elu_op,        &gelu_op,  &clip_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
