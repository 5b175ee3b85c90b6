#include "hooks.hpp"

#include "check.hpp"

#include <mutex>

namespace frost {

namespace detail {

namespace {

// Hooks of shared leaves may be looked at by walks of several threads while one of them is taken away.
std::mutex& hook_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

Hook::~Hook() = default;

Ref<Hook> add_hook(const Tensor& tensor, std::function<Tensor(const Tensor&)> call) {
  expect(tensor.present(), "register_hook: the tensor is absent");
  expect(is_floating(tensor.dtype()), "register_hook: got {}; expected a floating tensor: others have no gradient",
         name_of(tensor.dtype()));
  expect(static_cast<bool>(call), "register_hook: the function is empty");
  TensorImpl* t = impl(tensor);
  const Ref<Hook> hook(new Hook(std::move(call), t->output));
  const std::lock_guard lock(hook_mutex());
  if (!t->node) {
    leaf_of(t).hooks.push_back(hook);
    return hook;
  }
  if (!t->node->notes) t->node->notes = new NodeNotes;
  t->node->notes->hooks.push_back(hook);
  return hook;
}

namespace {

std::function<Tensor(const Tensor&)> call_of(const Hook& hook) {
  const std::lock_guard lock(hook_mutex());
  return hook.call;
}

}  // namespace

Tensor after_hooks(Hooks& hooks, int output, Tensor gradient) {
  Hooks present;  // a hook may remove itself, or add others
  {
    const std::lock_guard lock(hook_mutex());
    std::erase_if(hooks, [](const Ref<Hook>& hook) { return !hook->call; });
    present = hooks;
  }
  for (const Ref<Hook>& hook : present) {
    if (!gradient.present() || hook->output != output) continue;
    const auto call = call_of(*hook);
    if (!call) continue;
    Tensor replacement = call(gradient);
    if (!replacement.present()) continue;
    expect<ShapeError>(shape_of(replacement) == shape_of(gradient),
                       "register_hook: the hook returned a gradient of the wrong shape; got {}; expected {}",
                       text(replacement), text(gradient));
    expect(replacement.dtype() == gradient.dtype(),
           "register_hook: the hook returned a gradient of the wrong dtype; got {}; expected {}",
           name_of(replacement.dtype()), name_of(gradient.dtype()));
    gradient = std::move(replacement);
  }
  return gradient;
}

}  // namespace detail

void HookHandle::remove() const {
  if (!hook_) return;
  std::function<Tensor(const Tensor&)> removed;
  const std::lock_guard lock(detail::hook_mutex());
  std::swap(hook_->call, removed);
}

}  // namespace frost
