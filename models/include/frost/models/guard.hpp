#pragma once
#include <frost/models/freeze.hpp>

#include <memory>

namespace frost {

/// Pauses what a selector selects: while the guard lives it is neither recorded nor trained, and layers are called as
/// frozen ones are. It is a pause and no freeze: flags, gradients and optimizer states are kept, `zero_grad` passes
/// over them, and leaving, by an exception too, restores them exactly.
///
///     FreezeGuard guard(critic, everything());         // train the generator through the critic
///     bce(ones({n, 1}), critic(generator(noise))).backward();
///     optimizer.step();
///
/// Guards nest. A `set_trainable`, `freeze` or `thaw` under a guard, anywhere in the model, acts at once and is undone
/// on leaving: a `set_trainable(true)` trains what the guard pauses. What a paused layer or model takes in under the
/// guard is paused with it.
class FROST_API FreezeGuard {
 public:
  /// Of the options `what` and `keep_stochastic` count.
  /// Throws: ValueError as `freeze` does, and when a selected layer is not built.
  [[nodiscard]] FreezeGuard(const Layer& model, const Selector& selector, const FreezeOptions& options = {});
  ~FreezeGuard();
  FreezeGuard(const FreezeGuard&) = delete;
  FreezeGuard& operator=(const FreezeGuard&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace frost
