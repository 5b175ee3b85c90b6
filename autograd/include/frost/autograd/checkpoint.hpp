#pragma once
#include <frost/autograd/given.hpp>
#include <frost/autograd/tensor.hpp>

#include <cstdint>
#include <functional>

namespace frost {

namespace detail {

FROST_API Tensor run_checkpointed(std::function<Tensor(const Tensors&)> f, const Tensors& xs);

template <class F>
Tensor checkpoint_many(const F& f, const Tensors& xs) {
  return run_checkpointed([f = given_function("checkpoint", f)](const Tensors& x) -> Tensor { return f(x); }, xs);
}
template <class F>
Tensor checkpoint_one(const F& f, const Tensor& x) {
  return run_checkpointed([f = given_function("checkpoint", f)](const Tensors& xs) -> Tensor { return f(xs[0]); }, {x});
}

/// Whether this thread runs a checkpoint's function, for the first time or again.
FROST_API bool is_checkpointed();
/// What a flag is, `now` or, inside a checkpoint's function, as its first run found it, whatever was frozen or thawed
/// since; what a computation depends on is asked through this. The flag's address says which one it is; `made_in` is
/// the run in which what has it was made.
FROST_API bool decided(const void* flag, std::uint32_t made_in, bool now);

/// The run of a checkpoint's function that this thread is in, the innermost; 0: none.
FROST_API std::uint32_t current_run();

/// While it lives, inside a checkpoint's function, something is done that its second run does not do again, such as
/// building a layer that was made outside. What a run made itself, the second run makes and builds as well.
class FROST_API DoneOnce {
 public:
  /// Of an object that was made in a run.
  [[nodiscard]] explicit DoneOnce(std::uint32_t made_in);
  ~DoneOnce();
  DoneOnce(const DoneOnce&) = delete;
  DoneOnce& operator=(const DoneOnce&) = delete;

 private:
  void* journal_;
  std::uint32_t run_;
};

}  // namespace detail

/// f(x), of which only x is kept: the backward pass runs f again for what its rules read (Chen et al. 2016). A chain of
/// n operations in √n checkpoints keeps about √n results and costs one forward pass more.
///
///     Tensor h = checkpoint([&](const Tensor& t) { return tanh(matmul(t, w)); }, x);
///     Tensor y = checkpoint(block, h);   // a layer or a model
///
/// f takes a Tensor or, given several, Tensors; it is copied and must hold what it uses for as long as the result is
/// on the tape. Gradients reach x and every trainable leaf and computed tensor that f uses, and equal those without the
/// checkpoint to the bit as long as each leaf is used once in f. Frozen leaves cost nothing; where nothing that f
/// uses requires a gradient, nothing is kept. `create_graph` works.
///
/// The first run decides what is computed: the second meets the same random numbers (dropout), flags of layers and
/// weights, and values of leaves, and neither moves generators nor assigns to leaves (moving statistics). Penalties of
/// activities reach what is below. f must do the same both times: what it writes elsewhere is written twice; a
/// CallContext is to be held by value. Throws: what f throws; in the backward pass GraphError, when a leaf that f read
/// was overwritten since, or when the second run draws otherwise or gives another shape.
template <class F>
Tensor checkpoint(const F& f, const Tensor& x) {
  if constexpr (std::is_invocable_v<const F&, const Tensor&>)
    return detail::checkpoint_one(f, x);
  else
    return detail::checkpoint_many(f, {x});
}
/// The same for several inputs.
template <class F>
Tensor checkpoint(const F& f, const Tensors& xs) {
  return detail::checkpoint_many(f, xs);
}

}  // namespace frost
