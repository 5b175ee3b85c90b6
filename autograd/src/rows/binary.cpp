#include "convert.hpp"
#include "elementwise.hpp"
#include "families.hpp"
#include "kernels/integer.hpp"

#include <cmath>
#include <optional>

// Operations on each pair of elements of two tensors that broadcast. The functors in kernels/ hold the formulas.
namespace frost {

using namespace detail;
namespace k = kernels;

namespace {

// The int64 kernel of an operation, where it has one: exact, modulo 2⁶⁴.
template <class F>
constexpr std::optional<k::IntegerBinary> integer = {};
template <>
constexpr std::optional<k::IntegerBinary> integer<k::Add> = k::IntegerBinary::add;
template <>
constexpr std::optional<k::IntegerBinary> integer<k::Subtract> = k::IntegerBinary::subtract;
template <>
constexpr std::optional<k::IntegerBinary> integer<k::Multiply> = k::IntegerBinary::multiply;
template <>
constexpr std::optional<k::IntegerBinary> integer<k::Maximum> = k::IntegerBinary::maximum;
template <>
constexpr std::optional<k::IntegerBinary> integer<k::Minimum> = k::IntegerBinary::minimum;

template <class F>
void compute(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  if (x[0].dtype() != DType::int64) return binary_compute<F>(x, attrs, y);
  if constexpr (integer<F>.has_value()) {
    const BroadcastPlan plan = plan_broadcast(shape_of(x[0]), shape_of(x[1]), shape_of(y[0]));
    const auto *a = raw<std::int64_t>(x[0]), *b = raw<std::int64_t>(x[1]);
    auto* to = raw_out<std::int64_t>(y[0]);
    plan.each_run([&](std::int64_t at_a, std::int64_t at_b, std::int64_t at_y, std::int64_t n) {
      k::integer_binary(*integer<F>, plan.operands, a + at_a, b + at_b, to + at_y, n);
    });
  }
}

template <class F>
void shape(const Inputs& x, const Attrs&, Specs& y) {
  broadcast_shape(F::name, x, y);
  if constexpr (integer<F>.has_value())
    expect(x[0].dtype() != DType::boolean, "{}: booleans have no arithmetic; convert with to(DType::int64)", F::name);
  else
    expect_floating(F::name, x[0]);
}

Tensor first(const Saved&, const Tensor& g) { return g; }

template <class F>
constexpr Op make_binary(Samples (*samples)()) {
  constexpr bool passes_a = std::is_same_v<F, k::Add> || std::is_same_v<F, k::Subtract>;
  constexpr bool passes_b = std::is_same_v<F, k::Add>;
  return {.name = F::name,
          .broadcasts = true,
          .shape = shape<F>,
          .compute = compute<F>,
          .rules = {{{"a", F::reads_a, passes_a ? first : binary_gradient<F, 0>},
                     {"b", F::reads_b, passes_b ? first : binary_gradient<F, 1>}}},
          .samples = samples};
}

Samples pairs(Tensor (*draw)(const Shape&, std::uint64_t), Tensor (*call)(const Tensors&)) {
  return {{{draw({3, 4}, 1), draw({3, 4}, 2)}, call},
          {{draw({2, 1, 3}, 1), draw({4, 1}, 2)}, call},
          {{draw({3}, 1), draw({}, 2)}, call},
          {{draw({1}, 1), draw({2, 2}, 2)}, call}};
}
Tensor any_value(const Shape& shape, std::uint64_t seed) { return normal(shape, seed); }
Tensor positive(const Shape& shape, std::uint64_t seed) { return between(0.4, 2.5, shape, seed); }

constinit const Op add_op =
    make_binary<k::Add>([] { return pairs(any_value, [](const Tensors& x) { return add(x[0], x[1]); }); });
constinit const Op subtract_op =
    make_binary<k::Subtract>([] { return pairs(any_value, [](const Tensors& x) { return subtract(x[0], x[1]); }); });
constinit const Op multiply_op =
    make_binary<k::Multiply>([] { return pairs(any_value, [](const Tensors& x) { return multiply(x[0], x[1]); }); });
constinit const Op divide_op =
    make_binary<k::Divide>([] { return pairs(positive, [](const Tensors& x) { return divide(x[0], x[1]); }); });
constinit const Op power_op =
    make_binary<k::Power>([] { return pairs(positive, [](const Tensors& x) { return power(x[0], x[1]); }); });
constinit const Op maximum_op =
    make_binary<k::Maximum>([] { return pairs(any_value, [](const Tensors& x) { return maximum(x[0], x[1]); }); });
constinit const Op minimum_op =
    make_binary<k::Minimum>([] { return pairs(any_value, [](const Tensors& x) { return minimum(x[0], x[1]); }); });
constinit const Op atan2_op =
    make_binary<k::Atan2>([] { return pairs(positive, [](const Tensors& x) { return atan2(x[0], x[1]); }); });

}  // namespace

namespace detail {

Tensor scalar_like(const char* op, Scalar value, const Tensor& like) {
  expect(like.present(), "{}: the tensor is absent", op);
  Tensor scalar = make_tensor(scalar_shape(), like.dtype());
  switch (like.dtype()) {
    case DType::float32:
      *raw_out<float>(scalar) = converted<float>(op, value);
      break;
    case DType::float64:
      *raw_out<double>(scalar) = value.value();
      break;
    case DType::int64:
      expect(value.is_integer() || !std::isfinite(value.value()) || value.value() == std::floor(value.value()),
             "{}: a fraction beside integers; got {} and int64; convert the tensor with to(DType::float32)", op,
             value.value());
      *raw_out<std::int64_t>(scalar) = converted<std::int64_t>(op, value);
      break;
    case DType::boolean:
      expect(value.value() == 0 || value.value() == 1,
             "{}: a number beside booleans; got {} and bool; convert the tensor with to(DType::int64)", op,
             value.value());
      *raw_out<bool>(scalar) = value.value() != 0;
      break;
  }
  impl(scalar)->buffer->borrowed = true;
  return scalar;
}

Family binary_rows() {
  static constexpr const Op* rows[] = {&add_op,   &subtract_op, &multiply_op, &divide_op,
                                       &power_op, &maximum_op,  &minimum_op,  &atan2_op};
  return rows;
}

}  // namespace detail

namespace {

Tensor with_scalar(const Op& op, const Tensor& a, Scalar b) {
  const Tensor scalar = scalar_like(op.name, b, a);
  return apply(op, {&a, &scalar});
}
Tensor with_scalar(const Op& op, Scalar a, const Tensor& b) {
  const Tensor scalar = scalar_like(op.name, a, b);
  return apply(op, {&scalar, &b});
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) { return apply(add_op, {&a, &b}); }
Tensor add(const Tensor& a, Scalar b) { return with_scalar(add_op, a, b); }
Tensor add(Scalar a, const Tensor& b) { return with_scalar(add_op, a, b); }
Tensor subtract(const Tensor& a, const Tensor& b) { return apply(subtract_op, {&a, &b}); }
Tensor subtract(const Tensor& a, Scalar b) { return with_scalar(subtract_op, a, b); }
Tensor subtract(Scalar a, const Tensor& b) { return with_scalar(subtract_op, a, b); }
Tensor multiply(const Tensor& a, const Tensor& b) { return apply(multiply_op, {&a, &b}); }
Tensor multiply(const Tensor& a, Scalar b) { return with_scalar(multiply_op, a, b); }
Tensor multiply(Scalar a, const Tensor& b) { return with_scalar(multiply_op, a, b); }
Tensor divide(const Tensor& a, const Tensor& b) { return apply(divide_op, {&a, &b}); }
Tensor divide(const Tensor& a, Scalar b) { return with_scalar(divide_op, a, b); }
Tensor divide(Scalar a, const Tensor& b) { return with_scalar(divide_op, a, b); }
Tensor power(const Tensor& a, const Tensor& b) { return apply(power_op, {&a, &b}); }
Tensor power(const Tensor& a, Scalar b) { return with_scalar(power_op, a, b); }
Tensor power(Scalar a, const Tensor& b) { return with_scalar(power_op, a, b); }
Tensor maximum(const Tensor& a, const Tensor& b) { return apply(maximum_op, {&a, &b}); }
Tensor maximum(const Tensor& a, Scalar b) { return with_scalar(maximum_op, a, b); }
Tensor maximum(Scalar a, const Tensor& b) { return with_scalar(maximum_op, a, b); }
Tensor minimum(const Tensor& a, const Tensor& b) { return apply(minimum_op, {&a, &b}); }
Tensor minimum(const Tensor& a, Scalar b) { return with_scalar(minimum_op, a, b); }
Tensor minimum(Scalar a, const Tensor& b) { return with_scalar(minimum_op, a, b); }
Tensor atan2(const Tensor& a, const Tensor& b) { return apply(atan2_op, {&a, &b}); }
Tensor atan2(const Tensor& a, Scalar b) { return with_scalar(atan2_op, a, b); }
Tensor atan2(Scalar a, const Tensor& b) { return with_scalar(atan2_op, a, b); }

}  // namespace frost
