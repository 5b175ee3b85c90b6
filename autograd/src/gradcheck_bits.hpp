#pragma once
#include <frost/autograd/tensor.hpp>

#include "array.hpp"
#include "gradcheck_difference.hpp"

#include <cstring>

// What the gradient checker reads of tensors.
namespace frost::detail {

inline std::vector<double> numbers(const Tensor& t) {
  const std::span<const double> data = t.data<double>();
  return {data.begin(), data.end()};
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  if (!a.present() || !b.present()) return !a.present() && !b.present();
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         (a.size() == 0 ||
          std::memcmp(impl(a)->data, impl(b)->data, static_cast<std::size_t>(a.size()) * size_of(a.dtype())) == 0);
}

inline bool same_bits(const Numbers& a, const Numbers& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].size() != b[i].size() ||
        (!a[i].empty() && std::memcmp(a[i].data(), b[i].data(), a[i].size() * sizeof(double)) != 0))
      return false;
  return true;
}

inline Shape index_of(std::size_t flat, const Shape& shape) {
  Shape index(std::vector<std::int64_t>(shape.size(), 0));
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = static_cast<std::int64_t>(flat) % shape[axis];
    flat /= static_cast<std::size_t>(shape[axis]);
  }
  return index;
}

}  // namespace frost::detail
