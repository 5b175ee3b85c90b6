#pragma once
#include <frost/autograd/counted.hpp>
#include <frost/autograd/tensor.hpp>

#include <functional>

namespace frost {

namespace detail {

/// A function that a tensor's gradient is shown to.
struct FROST_API Hook : Counted {
  Hook(std::function<Tensor(const Tensor&)> f, int output_number) : call(std::move(f)), output(output_number) {}
  virtual ~Hook();

  std::function<Tensor(const Tensor&)> call;  // empty: removed
  int output;                                 // which of its node's outputs
};
using Hooks = std::vector<Ref<Hook>>;

FROST_API Ref<Hook> add_hook(const Tensor& tensor, std::function<Tensor(const Tensor&)> call);

}  // namespace detail

/// What takes a hook away again. It may outlive the tensor, and may be dropped: the hook then stays.
class FROST_API HookHandle {
 public:
  HookHandle() = default;
  explicit HookHandle(const detail::Ref<detail::Hook>& hook) : hook_(hook) {}

  void remove() const;

 private:
  detail::Ref<detail::Hook> hook_;
};

/// Shows the gradient of a tensor to a function `Tensor(const Tensor&)` or `void(const Tensor&)` once it is complete,
/// in every later pass of `backward` or `grad` that computes it. What the function returns takes the gradient's place,
/// for what was computed before and for what the leaf accumulates; returning `Tensor{}` leaves the gradient as it is.
///
///     HookHandle handle = register_hook(h, [](const Tensor& g) { return clip(g, -1., 1.); });
///     loss.backward();
///     handle.remove();
///
/// The tensor may be a leaf or a computed one. A leaf's hooks see what a pass adds to its gradient; a frozen leaf's
/// sleep. Hooks run in the order of their registration. Tensors without hooks cost nothing.
/// Throws: ValueError unless the tensor is floating. A replacement of another shape or dtype is an error of the
/// backward pass, which leaves every gradient as it was.
template <class F>
HookHandle register_hook(const Tensor& tensor, F hook) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&, const Tensor&>>)
    return HookHandle(detail::add_hook(tensor, [hook = std::move(hook)](const Tensor& g) mutable {
      hook(g);
      return Tensor();
    }));
  else
    return HookHandle(detail::add_hook(tensor, std::move(hook)));
}

}  // namespace frost
