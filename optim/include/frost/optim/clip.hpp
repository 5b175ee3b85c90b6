#pragma once
#include <frost/autograd/tensor.hpp>

namespace frost {

/// Scales the gradients of the trainable weights so that the norm of all of them together is at most max_norm, and
/// gives the norm that it was. Weights that are frozen, paused or without a gradient are left out.
/// Throws: ValueError unless max_norm ≥ 0.
FROST_API double clip_grad_norm(const Tensors& weights, double max_norm);

}  // namespace frost
