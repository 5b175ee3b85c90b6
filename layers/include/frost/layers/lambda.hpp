#pragma once
#include <frost/autograd/given.hpp>
#include <frost/layers/layer.hpp>

#include <concepts>
#include <functional>

namespace frost {

struct LambdaOptions {
  /// Whether the function draws random numbers, or mixes the rows of a batch: then what it gives is never cached.
  bool is_random = false;
  std::string name = {};
};

/// A function as a layer, of a tensor or of several: Lambda([](const Tensor& x) { return square(x); }). While a model
/// is built it meets tensors with shapes and no values. What it knows beside its arguments is not the layer's: weights
/// belong into a class that derives from LayerBase. It cannot be written into a config.
class FROST_API Lambda : public Layer {
 public:
  template <class F>
  requires(!std::derived_from<F, Layer>) explicit Lambda(const F& function, const LambdaOptions& options = {})
      : Lambda(several(function), options, 0) {}

 private:
  using Function = std::function<Tensor(const Tensors&)>;
  Lambda(Function function, const LambdaOptions& options, int);
  static const Tensor& only(const Tensors& xs);

  template <class F>
  static Function several(const F& function) {
    detail::given_function("Lambda", function);
    if constexpr (std::is_invocable_r_v<Tensor, const F&, const Tensor&>)
      return [function](const Tensors& xs) -> Tensor { return function(only(xs)); };
    else
      return [function](const Tensors& xs) -> Tensor { return function(xs); };
  }
};

}  // namespace frost
