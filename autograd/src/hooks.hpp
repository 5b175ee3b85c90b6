#pragma once
#include "node.hpp"

namespace frost::detail {

/// Shows a complete gradient to the hooks of an output, and returns what they make of it.
Tensor after_hooks(Hooks& hooks, int output, Tensor gradient);

/// Shows the gradients that a walk gathered for a node's outputs to its hooks.
inline void run_hooks(Node& node, Tensor* gradients) {
  if (!node.notes) [[likely]]
    return;
  for (int k = 0; k < node.output_count; ++k) gradients[k] = after_hooks(node.notes->hooks, k, gradients[k]);
}

}  // namespace frost::detail
