#include <frost/layers/watch.hpp>

#include "expect.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/checkpoint.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/autograd/logits.hpp>
#include <frost/layers/graph.hpp>

#include <algorithm>
#include <mutex>

namespace frost {

using detail::expect;

namespace {

std::mutex watcher_mutex;

// Stands for the thread; no two that live have the same.
const void* this_thread() {
  thread_local const char here = 0;
  return &here;
}

// A result that nothing recorded becomes a leaf of its own, at which the recording starts.
void start_recording(Tensor& y) {
  if (y.present() && has_values(y) && is_grad_enabled() && is_floating(y.dtype()) && !y.requires_grad())
    y = y.detach().set_requires_grad(true);
}

}  // namespace

void detail::Graph::show_watchers(const LayerBase& layer, Tensors& ys) {
  if (std::any_of(ys.begin(), ys.end(), [](const Tensor& y) { return !has_values(y); })) return;
  std::vector<Tensors*> own;
  {
    const std::lock_guard lock(watcher_mutex);
    for (const Watcher& watcher : layer.watchers_)
      if (watcher.thread == this_thread()) own.push_back(watcher.outputs);
  }
  if (own.empty()) return;
  const DoneOnce aside(0);  // that somebody watches is no part of what a checkpoint repeats
  for (Tensor& y : ys) {
    start_recording(y);
    lose_logits(y);  // the gradient of the loss is to come by here
  }
  for (Tensors* outputs : own) *outputs = ys;
}

void detail::Graph::add_watcher(LayerBase& layer, Tensors* outputs) {
  const std::lock_guard lock(watcher_mutex);
  layer.watchers_.push_back({this_thread(), outputs});
  ++layer.watched_;
}

void detail::Graph::remove_watcher(LayerBase& layer, Tensors* outputs) {
  const std::lock_guard lock(watcher_mutex);
  std::erase_if(layer.watchers_, [&](const Watcher& watcher) { return watcher.outputs == outputs; });
  --layer.watched_;
}

Watch::Watch(const Layer& layer) : layer_(layer) {
  expect(static_cast<bool>(layer), "Watch: the layer is absent");
  detail::Graph::add_watcher(layer_.base(), &outputs_);
}
Watch::~Watch() { detail::Graph::remove_watcher(layer_.base(), &outputs_); }

Tensor Watch::output() const {
  expect<GraphError>(!outputs_.empty(), "Watch: the layer '{}' was not called since it is watched", layer_.name());
  expect<GraphError>(outputs_.size() == 1, "Watch: the layer '{}' has {} outputs; use outputs()", layer_.name(),
                     outputs_.size());
  return outputs_[0];
}
Tensors Watch::outputs() const { return outputs_; }

}  // namespace frost
