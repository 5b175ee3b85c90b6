#pragma once
#include <frost/autograd/tensor.hpp>

namespace frost {

/// The tape below a tensor as a Graphviz digraph: a box for each node with its operation, the shapes of its results and
/// what it keeps, green ellipses for leaves whose gradient is computed, and, apart and joined by dashed lines, blue
/// ones for frozen leaves that a node keeps. Other inputs, of which nothing is kept or known, are dots. In anomaly mode
/// nodes carry the path of their layer.
FROST_API std::string to_dot(const Tensor& output);

/// Why a tensor has no gradient, or gets none, in words: it is frozen, paused, computed, an integer, was cut from the
/// tape, or no backward pass has reached it. "it has one" where it has.
FROST_API std::string why_no_gradient(const Tensor& tensor);
/// The same for the gradient of `output` by the tensor, which also says whether the output depends on it.
FROST_API std::string why_no_gradient(const Tensor& tensor, const Tensor& output);

}  // namespace frost
