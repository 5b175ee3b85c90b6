#include "casts.hpp"

#include "expect.hpp"

#include <frost/autograd/abstract.hpp>

#include <cmath>

namespace frost::models {

namespace {

constexpr double end_of_int64 = 9223372036854775808.;  // 2⁶³

template <class S>
void expect_values(const Tensor& x, DType dtype, const std::string& what) {
  std::size_t element = 0;
  for (const S value : x.data<S>()) {
    const auto v = static_cast<double>(value);
    if (dtype == DType::boolean)
      expect(v == 0 || v == 1, "{}: a value is neither 0 nor 1; got {} at element {}; expected boolean values", what,
             value, element);
    else
      expect(v == std::floor(v) && v >= -end_of_int64 && v < end_of_int64,
             "{}: a value is no whole number of 64 bits; got {} at element {} of {} values; expected int64", what,
             value, element, name_of(x.dtype()));
    ++element;
  }
}

}  // namespace

Tensor cast_to(const Tensor& x, DType dtype, const std::string& what) {
  if (x.dtype() == dtype) return x;
  if (is_floating(dtype) || x.dtype() == DType::boolean) return x.to(dtype);
  expect(!x.requires_grad(),
         "{}: a {} tensor that requires a gradient was given where {} is expected; got shape {}. "
         "Hint: detach() it, or give the Input a floating dtype",
         what, name_of(x.dtype()), name_of(dtype), to_string(x.shape()));
  expect(has_values(x), "{}: got {}; expected {}", what, name_of(x.dtype()), name_of(dtype));
  switch (x.dtype()) {
    case DType::float32:
      expect_values<float>(x, dtype, what);
      break;
    case DType::float64:
      expect_values<double>(x, dtype, what);
      break;
    default:
      expect_values<std::int64_t>(x, dtype, what);
  }
  return x.to(dtype);
}

}  // namespace frost::models
