#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

/// The layer's or model's result as a function of its weights too: `weights` stand in for weights(), or for
/// trainable_weights() when there are as many of those, in their order. So hessian, hvp, jacobian, vjp and jvp take a
/// model's weights:
///
///     const auto loss = [&](const Tensors& w) { return mean(square(functional_call(model, w, x) - y)); };
///     std::vector<Tensors> h = hessian(loss, model.trainable_weights());
///
/// The layer's own weights keep values, flags and gradients; states that the call would update, such as moving
/// statistics, are updated in what stands in for them. No other thread may use the layer meanwhile. As
/// torch.func.functional_call. Throws: ValueError when the number of weights or a dtype differs, ShapeError for another
/// shape, and what the call throws.
FROST_API Tensor functional_call(const Layer& layer, const Tensors& weights, const Tensor& x,
                                 const CallOptions& options = {});
FROST_API Tensor functional_call(const Layer& layer, const Tensors& weights, const Tensors& xs,
                                 const CallOptions& options = {});

}  // namespace frost
