#include <frost/layers/functional_call.hpp>

#include "expect.hpp"

#include <frost/autograd/substitute.hpp>

namespace frost {

namespace {

template <class Input>
Tensor call_with(const Layer& layer, const Tensors& weights, const Input& x, const CallOptions& options) {
  const Parameters all = layer.weights(), trained = layer.trainable_weights();
  detail::expect(weights.size() == all.size() || weights.size() == trained.size(),
                 "functional_call: got {} weights for '{}'; expected {}, or the {} that train", weights.size(),
                 layer.name(), all.size(), trained.size());
  const detail::Substituted substituted(weights.size() == all.size() ? all : trained, weights);
  return layer(x, options);
}

}  // namespace

Tensor functional_call(const Layer& layer, const Tensors& weights, const Tensor& x, const CallOptions& options) {
  return call_with(layer, weights, x, options);
}
Tensor functional_call(const Layer& layer, const Tensors& weights, const Tensors& xs, const CallOptions& options) {
  return call_with(layer, weights, xs, options);
}

}  // namespace frost
