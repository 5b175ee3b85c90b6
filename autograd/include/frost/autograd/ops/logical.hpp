#pragma once
#include <frost/autograd/tensor.hpp>

#include <optional>

namespace frost {

// Questions about each element, answered by bool tensors, and what rests on them. None but nan_to_num, masked_select
// and boolean_mask is differentiable. Throws: ValueError for an absent tensor or a dtype that does not fit, ShapeError
// when shapes do not broadcast.

/// y = a ∧ b; numbers count as true unless they are 0. No gradient. Shapes: a and b broadcast.
FROST_API Tensor logical_and(const Tensor& a, const Tensor& b);
/// y = a ∨ b; as logical_and. No gradient.
FROST_API Tensor logical_or(const Tensor& a, const Tensor& b);
/// y = a ⊕ b, true where exactly one is; as logical_and. No gradient.
FROST_API Tensor logical_xor(const Tensor& a, const Tensor& b);
/// y = ¬x; numbers count as true unless they are 0. No gradient.
FROST_API Tensor logical_not(const Tensor& x);
/// y = a ∧ b, a ∨ b, a ⊕ b, ¬x of bool tensors. They bind more loosely than comparisons do: write (x > 0.) & (x < 1.).
/// Throws: ValueError for another dtype; logical_and and its kin take numbers. No gradient.
FROST_API Tensor operator&(const Tensor& a, const Tensor& b);
FROST_API Tensor operator|(const Tensor& a, const Tensor& b);
FROST_API Tensor operator^(const Tensor& a, const Tensor& b);
FROST_API Tensor operator~(const Tensor& x);
/// y = (x is NaN); false for integers and booleans. No gradient.
FROST_API Tensor isnan(const Tensor& x);
/// y = (|x| = ∞); false for integers and booleans. No gradient.
FROST_API Tensor isinf(const Tensor& x);
/// y = (|x| < ∞); true for integers and booleans. No gradient.
FROST_API Tensor isfinite(const Tensor& x);

struct NanToNumOptions {
  double nan = 0;
  std::optional<double> posinf = {};  // absent: the largest finite number of the dtype
  std::optional<double> neginf = {};  // absent: its negative
};
/// y = x with numbers in place of NaN, ∞ and −∞, as numpy.nan_to_num; floating only. dx = g where x is finite, else 0.
FROST_API Tensor nan_to_num(const Tensor& x, const NanToNumOptions& options = {});

/// y = the elements of x where mask is true, in x's order; mask is bool and broadcasts with x, as torch.masked_select.
/// dx = g at these elements, else 0. Shapes: y (number of true values).
FROST_API Tensor masked_select(const Tensor& x, const Tensor& mask);
/// y = the entries of x where mask is true: mask has the sizes of the axes from `axis` on, which become one, as
/// tensorflow.boolean_mask and x[mask] in NumPy. dx = g at these entries, else 0. Shapes: x (…, mask's shape, …).
FROST_API Tensor boolean_mask(const Tensor& x, const Tensor& mask, std::int64_t axis = 0);

}  // namespace frost
