#pragma once
#include <frost/models/model.hpp>

namespace frost::models {

/// Which rows of the data a batch holds: start, … before stop, or what `order` has at these places.
struct RowRange {
  std::int64_t start = 0, stop = 0;
  Tensor order = {};

  std::int64_t count() const { return stop - start; }
};

/// Rows of inputs, targets and weights that were checked. `weights` may be absent: all 1.
struct Rows {
  Tensors x = {};
  Tensors y = {};
  Tensor weights = {};
  std::int64_t count = 0;
  /// What x is the input of: a part of the model that ends as the model does. Absent: the model itself.
  Model part = {};
  /// The masks of x, absent where there are none.
  Tensors masks = {};

  /// Not recorded.
  Rows slice(std::int64_t start, std::int64_t stop) const;
  Rows at(const RowRange& range) const;
};

}  // namespace frost::models
