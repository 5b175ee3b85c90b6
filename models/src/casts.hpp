#pragma once
#include <frost/autograd/tensor.hpp>

#include <string>

namespace frost::models {

/// The values in another dtype, where they mean the same: numbers of any kind as floats, whole floats as integers, 0
/// and 1 as booleans. Recorded where x requires a gradient. `what` is whose values they are.
/// Throws: ValueError for values that the dtype has not, for a cast that would lose a gradient, and for floats without
/// values, as symbols have them, that are to be integers.
Tensor cast_to(const Tensor& x, DType dtype, const std::string& what);

}  // namespace frost::models
