#pragma once
#include <frost/autograd/tensor.hpp>

// A function of the weights that it holds, as a function of tensors that it is given.
namespace frost::detail {

/// While it lives, leaves show other values, and what is computed from them is recorded as computed from those. Their
/// names and flags stay; whatever writes them writes what stands in for them. No other thread may use the leaves.
class FROST_API Substituted {
 public:
  /// Throws: ShapeError, ValueError unless every value has its leaf's shape and dtype; then nothing is changed.
  [[nodiscard]] Substituted(const Tensors& leaves, const Tensors& values);
  ~Substituted();
  Substituted(const Substituted&) = delete;
  Substituted& operator=(const Substituted&) = delete;

 private:
  Tensors leaves_, stand_ins_;
};

}  // namespace frost::detail
