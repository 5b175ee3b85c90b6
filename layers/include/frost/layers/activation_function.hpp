#pragma once
#include <frost/autograd/given.hpp>
#include <frost/autograd/tensor.hpp>

#include <concepts>
#include <functional>

namespace frost {

/// What a layer applies to its result: one of Keras' activations by name, or a function Tensor(const Tensor&). The
/// known names are linear, relu, relu6, leaky_relu, elu, selu, gelu, silu (swish), mish, sigmoid, log_sigmoid,
/// hard_sigmoid (clip(x/6 + 0.5, 0, 1)), keras2_hard_sigmoid (clip(x/5 + 0.5, 0, 1), what Keras 2 calls so), tanh,
/// softmax, log_softmax (over the last axis), softplus, softsign, exponential. Empty: linear. Throws: ValueError for
/// another name.
class FROST_API ActivationFunction {
 public:
  ActivationFunction() = default;
  ActivationFunction(const char* name);
  ActivationFunction(const std::string& name);
  template <class F>
  requires(std::is_invocable_r_v<Tensor, const F&, const Tensor&>) ActivationFunction(const F& function)
      : name_("custom"), function_(detail::given_function("activation", function)) {}

  const std::string& name() const { return name_; }
  bool is_linear() const { return !known_ && !function_; }
  Tensor operator()(const Tensor& x) const { return known_ ? known_(x) : function_ ? function_(x) : x; }
  /// The same of a tensor that is not needed any more: where nothing is recorded, the result may take its place.
  Tensor operator()(Tensor&& x) const;

 private:
  std::string name_ = "linear";
  Tensor (*known_)(const Tensor&) = nullptr;
  std::function<Tensor(const Tensor&)> function_;
};

}  // namespace frost
