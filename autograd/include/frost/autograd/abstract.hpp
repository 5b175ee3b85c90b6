#pragma once
#include <frost/autograd/tensor.hpp>

namespace frost {

/// A tensor with a shape and no values. Operations on it compute shapes alone, so that a layer can be asked for the
/// shape of its result; reading its values is an error. Throws: ShapeError for a negative size.
FROST_API Tensor abstract_tensor(const Shape& shape, DType dtype = default_dtype());

/// Whether a tensor has values: false when it is absent, or has a shape alone because a model is being built.
FROST_API bool has_values(const Tensor& tensor);

}  // namespace frost
