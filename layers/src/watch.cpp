#include <frost/layers/watch.hpp>

#include "expect.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/checkpoint.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/autograd/logits.hpp>
#include <frost/layers/graph.hpp>

#include <algorithm>

namespace frost {

using detail::expect;

namespace {

// A result that nothing recorded becomes a leaf of its own, at which the recording starts.
void start_recording(Tensor& y) {
  if (y && has_values(y) && is_grad_enabled() && is_floating(y.dtype()) && !y.requires_grad())
    y = y.detach().set_requires_grad(true);
}

}  // namespace

void detail::Graph::show_watchers(const LayerBase& layer, Tensors& ys) {
  if (std::any_of(ys.begin(), ys.end(), [](const Tensor& y) { return !has_values(y); })) return;
  const DoneOnce aside(0);  // that somebody watches is no part of what a checkpoint repeats
  for (Tensor& y : ys) {
    start_recording(y);
    lose_logits(y);  // the gradient of the loss is to come by here
  }
  for (Tensors* seen : layer.watchers_) *seen = ys;
}

Watch::Watch(const Layer& layer) : layer_(layer) {
  expect(static_cast<bool>(layer), "Watch: the layer is absent");
  detail::Graph::watchers(layer_.base()).push_back(&outputs_);
}
Watch::~Watch() { std::erase(detail::Graph::watchers(layer_.base()), &outputs_); }

Tensor Watch::output() const {
  expect<GraphError>(!outputs_.empty(), "Watch: the layer '{}' was not called since it is watched", layer_.name());
  expect<GraphError>(outputs_.size() == 1, "Watch: the layer '{}' has {} outputs; use outputs()", layer_.name(),
                     outputs_.size());
  return outputs_[0];
}
Tensors Watch::outputs() const { return outputs_; }

}  // namespace frost
