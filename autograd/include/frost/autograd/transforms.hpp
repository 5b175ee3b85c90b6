#pragma once
#include <frost/autograd/tensor.hpp>

#include <functional>

// Derivatives of functions. Inputs are any floating tensors: whether they require gradients neither matters nor
// changes, and no `.grad()` is read or written. What a function holds besides its arguments (weights, frozen or not) is
// a constant, but under `create_graph`. They work under NoGrad too.
namespace frost {

using TensorFunction = std::function<Tensor(const Tensor&)>;
using TensorsFunction = std::function<Tensor(const std::vector<Tensor>&)>;

struct TransformOptions {
  /// Records the results, so that they can be differentiated again: by the inputs that are recorded, and by what the
  /// function holds.
  bool create_graph = false;
};

/// v ↦ (vᵀ ∂f/∂xᵢ)ᵢ at the point where it was made. May be called again and again, and outlive everything else.
class FROST_API Pullback {
 public:
  Pullback() = default;
  /// v has the shape and dtype of the output; the results those of the inputs, zeros where f does not depend on one.
  /// Throws: ShapeError, ValueError when v does not fit.
  Tensors operator()(const Tensor& v) const;

 private:
  friend struct VjpMaker;
  Tensor output_;
  Tensors inputs_;
  bool create_graph_ = false;
};

struct Vjp {
  Tensor output = {};
  Pullback pullback = {};
};

/// y = f(x₀, …, xₙ) and its pullback v ↦ (vᵀ ∂y/∂xᵢ)ᵢ, from one pass through f.
///
///     auto [y, pullback] = vjp([](const auto& x) { return x[0] * exp(x[1]); }, {a, b});
///     Tensors g = pullback(ones_like(y));
///
/// Throws: ValueError unless every input and the result are floating.
FROST_API Vjp vjp(const TensorsFunction& f, const Tensors& inputs, const TransformOptions& options = {});

struct Jvp {
  Tensor output = {};
  Tensor tangent = {};
};

/// y = f(x₀, …, xₙ) and the tangent Σᵢ ∂y/∂xᵢ·tᵢ, of y's shape: the pullback is linear in v, so its own gradient by v
/// is the tangent (Townsend 2017). Needs the second derivatives of what f is made of to exist, not their values.
/// Throws: ShapeError, ValueError unless every tangent has its input's shape and dtype.
FROST_API Jvp jvp(const TensorsFunction& f, const Tensors& inputs, const Tensors& tangents,
                  const TransformOptions& options = {});

/// J = ∂f(x)/∂x, of shape f(x).shape + x.shape; a backward pass for each element of f(x).
FROST_API Tensor jacobian(const TensorFunction& f, const Tensor& x, const TransformOptions& options = {});

/// H = ∂²f(x)/∂x², of shape x.shape + x.shape, for an f with one element; a backward pass for each element of x.
/// Throws: ShapeError when f(x) has any other number of elements.
FROST_API Tensor hessian(const TensorFunction& f, const Tensor& x, const TransformOptions& options = {});

/// H·v, of x's shape, without H: the gradient of ⟨∂f/∂x, v⟩ (Pearlmutter 1994).
/// Throws: ShapeError when f(x) has more than one element, or v not x's shape; ValueError when the dtypes differ.
FROST_API Tensor hvp(const TensorFunction& f, const Tensor& x, const Tensor& v, const TransformOptions& options = {});

}  // namespace frost
