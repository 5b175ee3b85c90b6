#pragma once
#include "check.hpp"

#include <algorithm>

// What an index or a slice names, for whoever reads it and whoever writes it.
namespace frost::detail {

/// The place along an axis that an index names, which counts from the end when negative.
/// Throws: ShapeError, in the name of `op`, when it is out of range.
inline std::int64_t normalize_place(const char* op, std::int64_t index, const Shape& shape, std::size_t axis) {
  const std::int64_t n = shape[axis];
  expect<ShapeError>(index >= -n && index < n,
                     "{}: index out of range; got {} for axis {} of shape {}; expected {} to {}", op, index, axis,
                     text(shape), -n, n - 1);
  return index < 0 ? index + n : index;
}

/// The entries start, start + step, … of an axis.
struct SliceRange {
  std::int64_t start, step, count;
};

/// Those before `stop`, with NumPy's meaning of negative and large bounds. Throws: ValueError, in the name of `op`,
/// unless the step is positive.
inline SliceRange slice_range(const char* op, std::int64_t size, std::int64_t start, std::int64_t stop,
                              std::int64_t step) {
  expect(step > 0, "{}: got step {}; expected 1 or more; flip reverses an axis", op, step);
  const auto bound = [size](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + size : i, 0, size); };
  const std::int64_t first = bound(start), end = std::max(bound(stop), first);
  return {first, step, (end - first) / step + ((end - first) % step != 0)};
}

}  // namespace frost::detail
