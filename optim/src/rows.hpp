#pragma once
#include <frost/autograd/tensor.hpp>

#include <cstddef>
#include <vector>

namespace frost::optim {

/// The values of a weight's frozen rows, taken before an update and put back after it.
class FrozenRows {
 public:
  explicit FrozenRows(const Tensor& weight);
  void restore(Tensor& weight) const;
  /// Sets these rows of a state's tensors to zero.
  void clear(Tensors& tensors) const;

 private:
  const std::vector<bool>& rows_;
  std::size_t row_bytes_;
  std::vector<std::byte> values_;
};

/// Σ g² over the rows of the weight that are not frozen.
double sum_of_squares(const Tensor& weight, const Tensor& gradient);

}  // namespace frost::optim
