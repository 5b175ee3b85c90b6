#pragma once
#include "node.hpp"

namespace frost::detail {

/// Throws, in the name of `op`, unless the output is on the tape.
void expect_recorded(const char* op, const Tensor& output);

/// The gradient that a pass starts from: the given one, checked, or 1 for a tensor with one element.
Tensor starting_gradient(const char* op, const Tensor& output, const Tensor& given);

}  // namespace frost::detail
