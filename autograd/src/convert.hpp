#pragma once
#include "check.hpp"

#include <frost/autograd/scalar.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

namespace frost::detail {

/// Whether int64 has a place for x once its fraction is cut off.
template <class F>
bool fits_int64(F x) {
  return x >= F(-0x1p63) && x < F(0x1p63);
}

/// A number as an element of a tensor: a fraction is cut off for int64, what is not 0 is true.
/// Throws: ValueError for what the type has no place for.
template <class S>
S converted(const char* op, const Scalar& value) {
  if constexpr (std::is_same_v<S, std::int64_t>) {
    if (value.is_integer()) return value.integer();
    expect(fits_int64(value.value()), "{}: got {}; int64 has no place for it", op, value.value());
    return static_cast<S>(value.value());
  } else if constexpr (std::is_floating_point_v<S>) {
    const S result = static_cast<S>(value.value());
    expect(!std::isinf(result) || std::isinf(value.value()), "{}: got {}; float32 ends at {}", op, value.value(),
           std::numeric_limits<S>::max());
    return result;
  } else {
    return value.value() != 0;
  }
}

/// An integer that is given as any number. Throws: ValueError for a fraction and for what int64 has no place for.
inline std::int64_t whole(const char* op, const char* name, const Scalar& value) {
  if (value.is_integer()) return value.integer();
  const double v = value.value();
  expect(fits_int64(v) && v == std::floor(v), "{}: got {} {}; expected an integer of 64 bits", op, name, v);
  return static_cast<std::int64_t>(v);
}

}  // namespace frost::detail
