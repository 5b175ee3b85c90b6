#pragma once
#include "node.hpp"

#include <frost/autograd/anomaly.hpp>

namespace frost::detail {

/// Writes the path of the layers that this thread is in to a node.
void note_path(Node& node);

/// Throws where results hold a NaN or an infinity that the inputs do not explain.
void check_results(const char* name, const Op& op, const Inputs& x, const Tensor* y, int outputs);

/// The same for the gradient of a node's input, given the gradients of its outputs.
void check_gradient(const Node& node, int input, const Tensor* incoming, const Tensor& gradient);

/// While it lives, what this thread computes is not looked at: it is part of a gradient, which is.
class Quiet {
 public:
  explicit Quiet(bool quiet = true) : before_(std::exchange(thread_state().is_quiet, quiet)) {}
  ~Quiet() { thread_state().is_quiet = before_; }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  bool before_;
};

}  // namespace frost::detail
