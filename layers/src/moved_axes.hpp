#pragma once
#include "expect.hpp"

#include <frost/autograd/ops.hpp>

#include <algorithm>

namespace frost::detail {

/// An axis, counted from the front, of an input of `rank` axes. Throws: ValueError for the batch axis and for one that
/// the input does not have.
inline std::int64_t axis_from_front(const char* layer, std::int64_t axis, const Shape& input) {
  const auto rank = static_cast<std::int64_t>(input.size());
  const std::int64_t from_front = axis < 0 ? axis + rank : axis;
  expect(from_front >= 1 && from_front < rank, "{}: got axis {} for an input of shape {}; expected one from 1 to {}",
         layer, axis, to_string(input), rank - 1);
  return from_front;
}
/// The same of several, in rising order, each once.
inline std::vector<std::int64_t> axes_from_front(const char* layer, const Axes& axes, const Shape& input) {
  std::vector<std::int64_t> sorted;
  for (const std::int64_t axis : axes) sorted.push_back(axis_from_front(layer, axis, input));
  std::sort(sorted.begin(), sorted.end());
  expect(!sorted.empty() && std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(),
         "{}: got {} axes, some of them twice; expected one or more, each once", layer, sorted.size());
  return sorted;
}

/// An input whose normalised axes come last: how it got there, and how the result goes back.
class MovedAxes {
 public:
  /// `axes` rise.
  MovedAxes(const std::vector<std::int64_t>& axes, int rank) {
    for (std::int64_t axis = 0; axis < rank; ++axis)
      if (std::find(axes.begin(), axes.end(), axis) == axes.end()) order_.push_back(axis);
    order_.insert(order_.end(), axes.begin(), axes.end());
    is_moved_ = !std::is_sorted(order_.begin(), order_.end());
    back_.resize(order_.size());
    for (std::size_t i = 0; i < order_.size(); ++i)
      back_[static_cast<std::size_t>(order_[i])] = static_cast<std::int64_t>(i);
  }
  Tensor to_last(const Tensor& x) const { return is_moved_ ? transpose(x, order_) : x; }
  Tensor back(const Tensor& y) const { return is_moved_ ? transpose(y, back_) : y; }

 private:
  std::vector<std::int64_t> order_, back_;
  bool is_moved_ = false;
};

}  // namespace frost::detail
