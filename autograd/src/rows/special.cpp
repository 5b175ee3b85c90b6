#include "elementwise.hpp"
#include "families.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

// Special functions whose kernels are plain loops.
namespace frost {

using namespace detail;

namespace {

// --------------------------------------------------------------------------------------------------------- logaddexp

// a − b, 0 where both are the same infinity.
Tensor difference(const Tensor& a, const Tensor& b) { return where(logical_and(equal(a, b), isinf(a)), 0., a - b); }

template <class S>
S log_add_exp(S a, S b) {
  if (a == b) return a + std::numbers::ln2_v<S>;
  return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
}

Samples logaddexp_samples() {
  const auto call = [](const Tensors& x) { return logaddexp(x[0], x[1]); };
  return {{{normal({3, 4}), normal({3, 4}, 2)}, call},
          {{normal({3, 1}), normal({4}, 2)}, call},
          {{normal({}), normal({2, 3}, 2)}, call}};
}

// y = ln(eᵃ + eᵇ)        da = g·sigmoid(a − b)        db = g·sigmoid(b − a)
constinit const Op logaddexp_op{
    .name = "logaddexp",
    .broadcasts = true,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          broadcast_shape("logaddexp", x, y);
          expect_floating("logaddexp", x[0]);
        },
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          const BroadcastPlan plan = plan_broadcast(shape_of(x[0]), shape_of(x[1]), shape_of(y[0]));
          const std::int64_t step_a = plan.operands != kernels::Operands::scalar_vector;
          const std::int64_t step_b = plan.operands != kernels::Operands::vector_scalar;
          dispatch_floating(x[0].dtype(), [&]<class S>(S) {
            const S *a = raw<S>(x[0]), *b = raw<S>(x[1]);
            S* to = raw_out<S>(y[0]);
            plan.each_run([&](std::int64_t at_a, std::int64_t at_b, std::int64_t at_y, std::int64_t n) {
              for (std::int64_t i = 0; i < n; ++i)
                to[at_y + i] = log_add_exp(a[at_a + i * step_a], b[at_b + i * step_b]);
            });
          });
        },
    .rules = {{{"a", reads_input(0) | reads_input(1),
                [](const Saved& s, const Tensor& g) { return g * sigmoid(difference(s.input(0), s.input(1))); }},
               {"b", reads_input(0) | reads_input(1),
                [](const Saved& s, const Tensor& g) { return g * sigmoid(difference(s.input(1), s.input(0))); }}}},
    .samples = logaddexp_samples,
};

// ------------------------------------------------------------------------------------------------------------ erfinv

// Giles' polynomial (2010), good to single precision, then Newton steps: near ±1 on ln erfc, which is nearly a parabola
// and does not cancel.
double inverse_erf(double x) {
  if (!(std::abs(x) < 1))
    return std::abs(x) == 1 ? std::copysign(std::numeric_limits<double>::infinity(), x)
                            : std::numeric_limits<double>::quiet_NaN();
  double w = -std::log((1 - x) * (1 + x)), y = 0;
  if (w < 5) {
    w -= 2.5;
    for (const double c : {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
                           -0.00125372503, -0.00417768164, 0.246640727, 1.50140941})
      y = c + y * w;
  } else {
    w = std::sqrt(w) - 3;
    for (const double c : {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
                           0.00943887047, 1.00167406, 2.83297682})
      y = c + y * w;
  }
  y *= x;
  const double tail = 1 - std::abs(x);
  double z = std::abs(y), step = 1;
  for (int i = 0; i < 20 && std::abs(step) > 1e-15 * z; ++i) {
    const double slope = std::numbers::inv_sqrtpi * 2 * std::exp(-z * z);  // of erf
    step =
        std::abs(x) > 0.5 ? std::log(std::erfc(z) / tail) * std::erfc(z) / slope : (std::abs(x) - std::erf(z)) / slope;
    z += step;
  }
  return std::copysign(z, x);
}

// y with erf(y) = x        dx = g·√π/2·e^(y²)
constinit const Op erfinv_op{
    .name = "erfinv",
    .shape = [](const Inputs& x, const Attrs&, Specs& y) { same_shape_floating("erfinv", x, y); },
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          dispatch_floating(x[0].dtype(), [&]<class S>(S) {
            const S* from = raw<S>(x[0]);
            S* to = raw_out<S>(y[0]);
            parallel_for(shape_of(x[0]).count(), [&](std::int64_t begin, std::int64_t end) {
              for (std::int64_t i = begin; i < end; ++i)
                to[i] = static_cast<S>(inverse_erf(static_cast<double>(from[i])));
            });
          });
        },
    .rules = {{{"x", reads_output(),
                [](const Saved& s, const Tensor& g) {
                  return g * (std::sqrt(std::numbers::pi) / 2 * exp(square(s.output())));
                }}}},
    .samples =
        [] {
          const auto call = [](const Tensors& x) { return erfinv(x[0]); };
          return Samples{{{between(-0.9, 0.9, {3, 4})}, call}, {{between(-0.5, 0.5, {}, 2)}, call}};
        },
};

}  // namespace

Tensor logaddexp(const Tensor& a, const Tensor& b) { return apply(logaddexp_op, {&a, &b}); }
Tensor logaddexp(const Tensor& a, Scalar b) { return logaddexp(a, scalar_like("logaddexp", b, a)); }
Tensor logaddexp(Scalar a, const Tensor& b) { return logaddexp(scalar_like("logaddexp", a, b), b); }
Tensor erfinv(const Tensor& x) { return apply(erfinv_op, {&x}); }

namespace detail {

Family special_rows() {
  static constexpr const Op* rows[] = {&logaddexp_op, &erfinv_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
