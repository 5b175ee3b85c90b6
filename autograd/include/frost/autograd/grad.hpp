#pragma once
#include <frost/autograd/tensor.hpp>

namespace frost {

struct BackwardOptions {
  /// d loss / d this tensor; of this tensor's shape and dtype. Absent: 1, for a one-element tensor.
  Tensor grad_output = {};
  /// Keeps what the tape saved, so that a second pass may follow.
  bool retain_graph = false;
};

struct GradOptions {
  Tensor grad_output = {};
  /// Records the gradients themselves, so that they can be differentiated again. Implies retain_graph.
  bool create_graph = false;
  bool retain_graph = false;
  /// An input that the output does not depend on gets an absent gradient instead of an error.
  bool allow_unused = false;
};

/// The gradients d⟨grad_output, output⟩ / d inputs[i], leaving every `.grad()` alone. Inputs may be leaves or computed.
/// A leaf that was frozen since the forward pass counts as unused.
/// Throws: GraphError if the graph is gone or an input is unused; ShapeError if grad_output does not fit.
FROST_API Tensors grad(const Tensor& output, const Tensors& inputs, const GradOptions& options = {});

/// While it lives, this thread records nothing.
class FROST_API NoGrad {
 public:
  [[nodiscard]] NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};

/// While it lives, this thread records again, inside a NoGrad or inside a gradient rule.
class FROST_API EnableGrad {
 public:
  [[nodiscard]] EnableGrad();
  ~EnableGrad();
  EnableGrad(const EnableGrad&) = delete;
  EnableGrad& operator=(const EnableGrad&) = delete;

 private:
  bool before_;
};

/// While it lives, operations recorded by this thread keep what second derivatives may need, though freezing made it
/// unnecessary for the first.
class FROST_API KeepInputs {
 public:
  [[nodiscard]] KeepInputs();
  ~KeepInputs();
  KeepInputs(const KeepInputs&) = delete;
  KeepInputs& operator=(const KeepInputs&) = delete;

 private:
  bool before_;
};

/// Whether this thread records operations now.
FROST_API bool is_grad_enabled();

}  // namespace frost
