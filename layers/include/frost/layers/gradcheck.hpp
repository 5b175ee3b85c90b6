#pragma once
#include <frost/autograd/gradcheck.hpp>
#include <frost/layers/layer.hpp>

namespace frost {

namespace detail {

/// A loss and what it is compared with; null and empty where the outputs themselves are checked.
struct GradcheckLoss {
  const void* function = nullptr;
  Tensor (*call)(const void* function, const Tensor& y_true, const Tensor& y_pred) = nullptr;
  Tensor y_true = {};
};
FROST_API GradcheckReport gradcheck_layer(const Layer& layer, const Tensors& xs, const GradcheckLoss& loss,
                                          const GradcheckOptions& options);

template <class F>
GradcheckReport gradcheck_loss(const Layer& layer, const Tensors& xs, const Tensor& y_true, const F& loss,
                               const GradcheckOptions& options) {
  const auto call = [&loss](const Tensor& t, const Tensor& p) -> Tensor { return loss(t, p); };
  return gradcheck_layer(layer, xs,
                         {&call,
                          [](const void* function, const Tensor& t, const Tensor& p) {
                            return (*static_cast<decltype(&call)>(function))(t, p);
                          },
                          y_true},
                         options);
}

}  // namespace detail

/// Checks a layer or a model: the gradients of its outputs by the inputs and by every trainable weight, at rest and in
/// training. A float64 copy is checked; the layer, which is built if it is not, stays as it is.
///
///     GradcheckReport r = gradcheck(model, x, {.every_freeze_pattern = true});
///
/// In training random layers draw the same numbers at every call, and states (moving statistics) start from the same
/// values; what is random in spite of that is left out of the check of training, and a note says so. Frozen weights
/// stay frozen; one that is frozen in part is checked as a whole. With `every_freeze_pattern` inputs and weights are
/// frozen in turn; a layer that computes something else when it is frozen (BatchNormalization) is checked against
/// itself. Throws: ValueError as for functions, or when the layer's class cannot be copied; see
/// LayerBase::copy_unbuilt.
template <std::derived_from<Layer> L>
GradcheckReport gradcheck(const L& layer, const Tensor& x, const GradcheckOptions& options = {}) {
  return detail::gradcheck_layer(layer, {x}, {}, options);
}
/// The same for several inputs.
template <std::derived_from<Layer> L>
GradcheckReport gradcheck(const L& layer, const Tensors& xs, const GradcheckOptions& options = {}) {
  return detail::gradcheck_layer(layer, xs, {}, options);
}
/// Checks the gradients of loss(y_true, model(x)), where the loss is any function of two tensors.
template <std::derived_from<Layer> L, class F>
requires std::is_invocable_r_v<Tensor, const F&, const Tensor&, const Tensor&> GradcheckReport
gradcheck(const L& model, const Tensor& x, const Tensor& y_true, const F& loss, const GradcheckOptions& options = {}) {
  return detail::gradcheck_loss(model, {x}, y_true, loss, options);
}
/// The same for several inputs.
template <std::derived_from<Layer> L, class F>
requires std::is_invocable_r_v<Tensor, const F&, const Tensor&, const Tensor&> GradcheckReport gradcheck(
    const L& model, const Tensors& xs, const Tensor& y_true, const F& loss, const GradcheckOptions& options = {}) {
  return detail::gradcheck_loss(model, xs, y_true, loss, options);
}

}  // namespace frost
