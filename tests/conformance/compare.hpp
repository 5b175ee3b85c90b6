#pragma once
#include <frost/autograd/tensor.hpp>

#include <optional>
#include <string>

namespace conformance {

struct Tolerance {
  double absolute, relative;
};
constexpr Tolerance for_values{1e-9, 1e-7};
constexpr Tolerance for_derivatives{1e-8, 1e-6};

/// What is wrong with `ours`, if anything: shape, dtype, or the largest error beyond |ours − reference| ≤ absolute +
/// relative·|reference|. NaN matches NaN, an infinity the same infinity, integers and booleans themselves.
std::optional<std::string> mismatch(const frost::Tensor& ours, const frost::Tensor& reference, Tolerance tolerance);

}  // namespace conformance
