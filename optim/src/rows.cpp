#include "rows.hpp"

#include "kernels/optimizer.hpp"

#include <frost/autograd/leaf.hpp>

#include <cstring>

namespace frost::optim {

namespace {

std::byte* bytes_of(Tensor& t) {
  return t.dtype() == DType::float32 ? reinterpret_cast<std::byte*>(t.mutable_data<float>().data())
                                     : reinterpret_cast<std::byte*>(t.mutable_data<double>().data());
}
const std::byte* bytes_of(const Tensor& t) {
  return t.dtype() == DType::float32 ? reinterpret_cast<const std::byte*>(t.data<float>().data())
                                     : reinterpret_cast<const std::byte*>(t.data<double>().data());
}

template <class S>
double sum_of_squares_of(const Tensor& weight, const Tensor& gradient) {
  const auto sum = optimizer_loops<S>().sum_of_squares;
  const std::vector<bool>& frozen = detail::frozen_rows(weight);
  const S* g = gradient.data<S>().data();
  if (frozen.empty()) return sum(g, gradient.size());
  const auto width = gradient.size() / static_cast<std::int64_t>(frozen.size());
  double total = 0;
  for (std::size_t row = 0; row < frozen.size(); ++row)
    if (!frozen[row]) total += sum(g + static_cast<std::int64_t>(row) * width, width);
  return total;
}

}  // namespace

FrozenRows::FrozenRows(const Tensor& weight)
    : rows_(detail::frozen_rows(weight)),
      row_bytes_(static_cast<std::size_t>(weight.size()) * size_of(weight.dtype()) / rows_.size()) {
  const std::byte* from = bytes_of(weight);
  for (std::size_t row = 0; row < rows_.size(); ++row)
    if (rows_[row]) values_.insert(values_.end(), from + row * row_bytes_, from + (row + 1) * row_bytes_);
}

void FrozenRows::restore(Tensor& weight) const {
  std::byte* to = bytes_of(weight);
  const std::byte* from = values_.data();
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (!rows_[row]) continue;
    std::memcpy(to + row * row_bytes_, from, row_bytes_);
    from += row_bytes_;
  }
}

void FrozenRows::clear(Tensors& tensors) const {
  for (Tensor& t : tensors) {
    std::byte* to = bytes_of(t);
    for (std::size_t row = 0; row < rows_.size(); ++row)
      if (rows_[row]) std::memset(to + row * row_bytes_, 0, row_bytes_);
  }
}

double sum_of_squares(const Tensor& weight, const Tensor& gradient) {
  return gradient.dtype() == DType::float32 ? sum_of_squares_of<float>(weight, gradient)
                                            : sum_of_squares_of<double>(weight, gradient);
}

}  // namespace frost::optim
