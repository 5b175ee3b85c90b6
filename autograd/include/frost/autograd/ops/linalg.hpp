#pragma once
#include <frost/autograd/tensor.hpp>

namespace frost {

struct MatmulOptions {
  bool transpose_a = false;
  bool transpose_b = false;
};
/// The matrix product of the last two axes, the others broadcast; a vector counts as a row (a) or a column (b).
/// y = a·b. da = g·bᵀ; db = aᵀ·g. Throws: ShapeError when the inner sizes differ or an operand is a scalar.
FROST_API Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options = {});

/// y = x·kernel + bias over the last axis. dx = g·kernelᵀ; dkernel = xᵀ·g; dbias = Σ g.
/// Shapes: x (…, in), kernel (in, out), bias (out) or absent; y (…, out).
FROST_API Tensor linear(const Tensor& x, const Tensor& kernel, const Tensor& bias = {});

}  // namespace frost
