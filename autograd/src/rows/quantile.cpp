#include "axes.hpp"
#include "elementwise.hpp"

#include <cmath>
#include <limits>

// Quantiles: sorted elements, and the two beside each place.
namespace frost {

using namespace detail;

namespace {

struct Places {
  Tensor below, above;  // indices into the sorted elements
  Tensor part;          // of the way from one to the other
};

Places places_of(const char* op, const std::vector<double>& q, std::int64_t n, DType dtype) {
  std::vector<std::int64_t> below, above;
  std::vector<double> part;
  for (const double fraction : q) {
    expect(fraction >= 0 && fraction <= 1, "{}: got q = {}; expected 0 to 1", op, fraction);
    const double place = fraction * static_cast<double>(n - 1), whole = std::floor(place);
    below.push_back(static_cast<std::int64_t>(whole));
    above.push_back(static_cast<std::int64_t>(std::ceil(place)));
    part.push_back(place - whole);
  }
  const auto k = static_cast<std::int64_t>(q.size());
  return {from_vector(below, {k}), from_vector(above, {k}), from_vector(part, {k, 1}).to(dtype)};
}

Tensor quantiles(const char* op, const Tensor& x, const Quantiles& q, const Axes& axes, bool keepdims) {
  const ReduceAttrs attrs = reduce_attrs(op, x, axes, keepdims);
  const std::int64_t n = reduced_count(shape_of(x), attrs);
  expect<ShapeError>(n > 0,
                     "{}: nothing to choose from; got shape {}; expected one element or more along the reduced axes",
                     op, text(x));
  const Tensor floating = is_floating(x.dtype()) ? x : x.to(DType::float64);
  const Places at = places_of(op, q.values(), n, floating.dtype());
  const Tensor sorted = sort(group_recorded(floating, attrs), 1);  // [outer,n,inner]
  const Tensor below = take(sorted, at.below, 1), above = take(sorted, at.above, 1);
  // Equal elements are their own mean, to the bit and where they are infinite.
  const Tensor between = where(equal(below, above), below, below * (1. - at.part) + above * at.part);
  const Tensor is_nan = isnan(sorted.slice(1, n - 1, n));
  const Tensor y = where(is_nan, std::numeric_limits<double>::quiet_NaN(), between);
  Shape shape = reduced_shape(shape_of(x), attrs).dims();
  if (!q.is_list()) return reshape(y, shape);
  shape.insert(shape.begin(), static_cast<std::int64_t>(q.values().size()));
  return reshape(transpose(y, {1, 0, 2}), shape);
}

}  // namespace

Tensor quantile(const Tensor& x, const Quantiles& q, const Axes& axes, bool keepdims) {
  return quantiles("quantile", x, q, axes, keepdims);
}

Tensor quantile(const Tensor& x, const Tensor& q, const Axes& axes, bool keepdims) {
  expect(q.present(), "quantile: q is absent");
  expect_floating("quantile", q);
  expect<ShapeError>(shape_of(q).rank() <= 1, "quantile: got q of shape {}; expected a scalar or a vector", text(q));
  const Tensor wide = q.detach().to(DType::float64);
  const std::span<const double> values = wide.data<double>();
  if (shape_of(q).rank() == 0) return quantiles("quantile", x, values[0], axes, keepdims);
  return quantiles("quantile", x, std::vector<double>(values.begin(), values.end()), axes, keepdims);
}

Tensor median(const Tensor& x, const Axes& axes, bool keepdims) { return quantiles("median", x, 0.5, axes, keepdims); }

}  // namespace frost
