#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

/// While it lives, what a layer gives is recorded and remembered, though everything be frozen: the way to gradients of
/// inner results (Grad-CAM, saliency). No flag changes, and no weight gets a gradient that it would not get without.
///
///     Watch watch(model.get_layer("conv5"));
///     Tensor y = model(x);
///     Tensor g = grad(y.sum(), {watch.output()})[0];   // how the score depends on the feature map
///
/// It sees the calls of the thread that made it; other threads may call the same layer, and watch it, at the same time.
/// What is below the layer stays as frozen as it is. To differentiate by an input of the model no watch is needed:
/// `x.set_requires_grad(true)`.
class FROST_API Watch {
 public:
  /// Throws: ValueError for an absent layer.
  [[nodiscard]] explicit Watch(const Layer& layer);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// What the layer gave in its latest call. Throws: GraphError when it was not called, or gave several tensors.
  Tensor output() const;
  /// The same for a layer with several outputs; empty when it was not called.
  Tensors outputs() const;

 private:
  Layer layer_;
  Tensors outputs_;
};

}  // namespace frost
