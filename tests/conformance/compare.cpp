#include "compare.hpp"

#include <frost/autograd.hpp>

#include <cmath>
#include <cstdio>
#include <limits>

namespace conformance {

using namespace frost;

namespace {

std::string text(double v) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.12g", v);
  return buffer;
}

template <class T>
std::string text(T v) {
  return std::to_string(v);
}

// How far apart two values are: 0 when they match whatever the tolerance, infinite when nothing finite says.
double error_of(double ours, double reference) {
  if (std::isnan(ours) && std::isnan(reference)) return 0;
  if (!std::isfinite(ours) || !std::isfinite(reference))
    return ours == reference ? 0 : std::numeric_limits<double>::infinity();
  return std::abs(ours - reference);
}
double error_of(std::int64_t ours, std::int64_t reference) {
  return ours == reference ? 0 : std::abs(static_cast<double>(ours) - static_cast<double>(reference));
}

std::string place(std::int64_t i, const Shape& shape) {
  Shape index = shape;
  for (std::size_t axis = shape.size(); axis-- > 0; i /= shape[axis]) index[axis] = i % shape[axis];
  return to_string(index);
}

template <class T>
std::optional<std::string> compare(const Tensor& ours, const Tensor& reference, Tolerance tolerance) {
  const auto a = ours.data<T>(), b = reference.data<T>();
  constexpr bool exact = !std::is_floating_point_v<T>;
  using Wide = std::conditional_t<exact, std::int64_t, double>;
  std::int64_t wrong = 0;
  std::size_t worst = 0;
  double largest = -1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double error = error_of(static_cast<Wide>(a[i]), static_cast<Wide>(b[i]));
    const double allowed = exact ? 0 : tolerance.absolute + tolerance.relative * std::abs(static_cast<double>(b[i]));
    if (error == 0 || (std::isfinite(error) && error <= allowed)) continue;
    ++wrong;
    if (error > largest) {
      largest = error;
      worst = i;
    }
  }
  if (wrong == 0) return std::nullopt;
  return "largest error " + text(largest) + " at " + place(static_cast<std::int64_t>(worst), ours.shape()) + "; got " +
         text(static_cast<Wide>(a[worst])) + "; expected " + text(static_cast<Wide>(b[worst])) + "; " + text(wrong) +
         " of " + text(a.size()) + " elements differ";
}

}  // namespace

std::optional<std::string> mismatch(const Tensor& ours, const Tensor& reference, Tolerance tolerance) {
  if (!ours.present()) return "is absent; expected shape " + to_string(reference.shape());
  if (ours.shape() != reference.shape())
    return "has another shape; got " + to_string(ours.shape()) + "; expected " + to_string(reference.shape());
  if (ours.dtype() != reference.dtype())
    return std::string("has another dtype; got ") + name_of(ours.dtype()) + "; expected " + name_of(reference.dtype());
  switch (reference.dtype()) {
    case DType::float32:
      return compare<float>(ours, reference, tolerance);
    case DType::float64:
      return compare<double>(ours, reference, tolerance);
    case DType::int64:
      return compare<std::int64_t>(ours, reference, tolerance);
    case DType::boolean:
      break;
  }
  return compare<bool>(ours, reference, tolerance);
}

}  // namespace conformance
