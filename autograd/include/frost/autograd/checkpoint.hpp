#pragma once
#include <frost/autograd/tensor.hpp>

#include <functional>

namespace frost {

namespace detail {

FROST_API Tensor run_checkpointed(std::function<Tensor(const Tensors&)> f, const Tensors& xs);

template <class F>
Tensor checkpoint_many(const F& f, const Tensors& xs) {
  return run_checkpointed([f](const Tensors& x) -> Tensor { return f(x); }, xs);
}
template <class F>
Tensor checkpoint_one(const F& f, const Tensor& x) {
  return run_checkpointed([f](const Tensors& xs) -> Tensor { return f(xs[0]); }, {x});
}

/// Whether this thread runs a checkpoint's function, for the first time or again.
FROST_API bool is_checkpointed();
/// Whether this thread runs a checkpoint's function again: what counts calls or moves states does not now.
FROST_API bool is_recomputing();

/// While it lives, inside a checkpoint's function, random numbers are drawn that its second run does not draw again:
/// those of what is done once, such as building a layer.
class FROST_API DrawnOnce {
 public:
  [[nodiscard]] DrawnOnce();
  ~DrawnOnce();
  DrawnOnce(const DrawnOnce&) = delete;
  DrawnOnce& operator=(const DrawnOnce&) = delete;

 private:
  void* before_;
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
/// uses requires a gradient, nothing is kept. Random numbers (dropout) are the same in both runs, and the second moves
/// no generator. `create_graph` works. f must do the same both times: what it writes outside is written twice.
/// Throws: what f throws; in the backward pass GraphError, when a trainable leaf was assigned in between, or the second
/// run draws other random numbers or gives another shape.
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
