#pragma once
#include <frost/autograd/given.hpp>
#include <frost/autograd/tensor.hpp>

#include <functional>
#include <initializer_list>
#include <type_traits>
#include <vector>

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

struct Jvp {
  Tensor output = {};
  Tensor tangent = {};
};

namespace detail {
FROST_API Vjp vjp_of(const TensorsFunction& f, const Tensors& xs, const TransformOptions& options);
FROST_API Jvp jvp_of(const TensorsFunction& f, const Tensors& xs, const Tensors& tangents,
                     const TransformOptions& options);
FROST_API Tensors jacobians_of(const TensorsFunction& f, const Tensors& xs, const TransformOptions& options);
FROST_API std::vector<Tensors> hessians_of(const TensorsFunction& f, const Tensors& xs,
                                           const TransformOptions& options);
FROST_API Tensors hvps_of(const TensorsFunction& f, const Tensors& xs, const Tensors& vs,
                          const TransformOptions& options);

/// The function of a tensor or of a list, by what it is called with.
template <class F>
TensorsFunction of_one(const char* who, const F& f) {
  static_assert(std::is_invocable_r_v<Tensor, const F&, const Tensor&>,
                "beside one tensor x the function is Tensor f(const Tensor&); beside a list {x, ...} it is "
                "Tensor f(const Tensors&)");
  given_function(who, f);
  return [f](const Tensors& xs) { return f(xs[0]); };
}
template <class F>
TensorsFunction of_list(const char* who, const F& f) {
  static_assert(std::is_invocable_r_v<Tensor, const F&, const Tensors&>,
                "beside a list {x, ...} the function is Tensor f(const Tensors&); beside one tensor x it is "
                "Tensor f(const Tensor&)");
  return given_function(who, f);
}
}  // namespace detail

// Each takes a function of one tensor with one tensor, or a function of a list with a list: which, the second argument
// says. A model's weights are a list through `functional_call`.

/// y = f(x₀, …, xₙ) and its pullback v ↦ (vᵀ ∂y/∂xᵢ)ᵢ, from one pass through f.
///
///     auto [y, pullback] = vjp([](const auto& x) { return x[0] * exp(x[1]); }, {a, b});
///     Tensors g = pullback(ones_like(y));
///
/// Throws: ValueError unless every input and the result are floating.
template <class F>
Vjp vjp(const F& f, const Tensors& xs, const TransformOptions& options = {}) {
  return detail::vjp_of(detail::of_list("vjp", f), xs, options);
}
template <class F>
Vjp vjp(const F& f, std::initializer_list<Tensor> xs, const TransformOptions& options = {}) {
  return detail::vjp_of(detail::of_list("vjp", f), xs, options);
}
template <class F>
Vjp vjp(const F& f, const Tensor& x, const TransformOptions& options = {}) {
  return detail::vjp_of(detail::of_one("vjp", f), {x}, options);
}

/// y = f(x₀, …, xₙ) and the tangent Σᵢ ∂y/∂xᵢ·tᵢ, of y's shape: the pullback is linear in v, so its own gradient by v
/// is the tangent (Townsend 2017). Needs the second derivatives of what f is made of to exist, not their values.
/// Throws: ShapeError, ValueError unless every tangent has its input's shape and dtype.
template <class F>
Jvp jvp(const F& f, const Tensors& xs, const Tensors& tangents, const TransformOptions& options = {}) {
  return detail::jvp_of(detail::of_list("jvp", f), xs, tangents, options);
}
template <class F>
Jvp jvp(const F& f, std::initializer_list<Tensor> xs, std::initializer_list<Tensor> tangents,
        const TransformOptions& options = {}) {
  return detail::jvp_of(detail::of_list("jvp", f), xs, tangents, options);
}
template <class F>
Jvp jvp(const F& f, const Tensor& x, const Tensor& tangent, const TransformOptions& options = {}) {
  return detail::jvp_of(detail::of_one("jvp", f), {x}, {tangent}, options);
}

/// J = ∂f(x)/∂x, of shape f(x).shape + x.shape, one for each x of a list; a backward pass for each element of f(x).
template <class F>
Tensor jacobian(const F& f, const Tensor& x, const TransformOptions& options = {}) {
  return detail::jacobians_of(detail::of_one("jacobian", f), {x}, options)[0];
}
template <class F>
Tensors jacobian(const F& f, const Tensors& xs, const TransformOptions& options = {}) {
  return detail::jacobians_of(detail::of_list("jacobian", f), xs, options);
}
template <class F>
Tensors jacobian(const F& f, std::initializer_list<Tensor> xs, const TransformOptions& options = {}) {
  return detail::jacobians_of(detail::of_list("jacobian", f), xs, options);
}

/// H = ∂²f(x)/∂x², of shape x.shape + x.shape, for an f with one element; a backward pass for each element of x. Of a
/// list the blocks ∂²f/∂xᵢ∂xⱼ, of shape xᵢ.shape + xⱼ.shape. Throws: ShapeError when f(x) has any other number of
/// elements.
template <class F>
Tensor hessian(const F& f, const Tensor& x, const TransformOptions& options = {}) {
  return detail::hessians_of(detail::of_one("hessian", f), {x}, options)[0][0];
}
template <class F>
std::vector<Tensors> hessian(const F& f, const Tensors& xs, const TransformOptions& options = {}) {
  return detail::hessians_of(detail::of_list("hessian", f), xs, options);
}
template <class F>
std::vector<Tensors> hessian(const F& f, std::initializer_list<Tensor> xs, const TransformOptions& options = {}) {
  return detail::hessians_of(detail::of_list("hessian", f), xs, options);
}

/// H·v, of x's shape, without H: the gradient of ⟨∂f/∂x, v⟩ (Pearlmutter 1994); of a list (Σⱼ ∂²f/∂xᵢ∂xⱼ·vⱼ)ᵢ.
/// Throws: ShapeError when f(x) has more than one element, or v not x's shape; ValueError when the dtypes differ.
template <class F>
Tensor hvp(const F& f, const Tensor& x, const Tensor& v, const TransformOptions& options = {}) {
  return detail::hvps_of(detail::of_one("hvp", f), {x}, {v}, options)[0];
}
template <class F>
Tensors hvp(const F& f, const Tensors& xs, const Tensors& vs, const TransformOptions& options = {}) {
  return detail::hvps_of(detail::of_list("hvp", f), xs, vs, options);
}
template <class F>
Tensors hvp(const F& f, std::initializer_list<Tensor> xs, std::initializer_list<Tensor> vs,
            const TransformOptions& options = {}) {
  return detail::hvps_of(detail::of_list("hvp", f), xs, vs, options);
}

}  // namespace frost
