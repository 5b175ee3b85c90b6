#include <frost/autograd/abstract.hpp>

#include "array.hpp"

namespace frost {

Tensor abstract_tensor(const Shape& shape, DType dtype) {
  return detail::make_abstract(detail::make_shape(shape), dtype);
}

bool has_values(const Tensor& tensor) { return tensor && !detail::is_abstract(tensor); }

}  // namespace frost
