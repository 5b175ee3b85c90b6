#pragma once
#include "op.hpp"

#include <frost/autograd/make.hpp>

// Example inputs for rows: float64, the same at every call, away from kinks where the row's rule has any.
namespace frost::detail {

/// Values of a normal distribution, chosen by `seed`.
Tensor normal(const Shape& shape, std::uint64_t seed = 1);
/// Values spread over (low, high), chosen by `seed`.
Tensor between(double low, double high, const Shape& shape, std::uint64_t seed = 1);
/// Integers in low, …, high − 1, chosen by `seed`.
Tensor integers(std::int64_t low, std::int64_t high, const Shape& shape, std::uint64_t seed = 1);

}  // namespace frost::detail
