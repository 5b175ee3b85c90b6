#pragma once
#include "array.hpp"

// Copies between arrangements of the same elements: transposed, broadcast, sliced, reversed.
namespace frost::detail {

class StridedCopy {
 public:
  static constexpr int max_axes = 64;

  /// Adds an axis inside those added so far, with the elements from one entry to the next on both sides. Neighbours
  /// along which both sides go on in the same way become one.
  void axis(std::int64_t size, std::int64_t from, std::int64_t to) {
    count_ *= size;
    if (size == 1) return;
    if (axes_ > 0 && axis_[axes_ - 1].from == size * from && axis_[axes_ - 1].to == size * to) {
      axis_[axes_ - 1] = {axis_[axes_ - 1].size * size, from, to};
      return;
    }
    axis_[axes_++] = {size, from, to};
  }

  /// Copies elements of `bytes` bytes: 1, 4 or 8.
  void run(const void* from, void* to, std::size_t bytes) const;

 private:
  struct Axis {
    std::int64_t size, from, to;
  };
  template <class T>
  void run_typed(const T* from, T* to) const;

  Axis axis_[max_axes];
  int axes_ = 0;
  std::int64_t count_ = 1;
};

/// A copy of x with its axes in another order: axis i of the result is axis order[i] of x.
Tensor permuted(const Tensor& x, const std::uint8_t* order);
void permute(const Tensor& x, const std::uint8_t* order, Tensor& y);
/// Fills y with x, which broadcasts to its shape.
void broadcast(const Tensor& x, Tensor& y);

/// The elements from one entry to the next along each axis.
inline void steps_of(const ShapeRef& shape, std::int64_t* steps) {
  std::int64_t along = 1;
  for (int i = shape.rank(); i-- > 0; along *= shape[i]) steps[i] = along;
}

}  // namespace frost::detail
