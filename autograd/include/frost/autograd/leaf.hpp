#pragma once
#include <frost/autograd/frozen_part.hpp>
#include <frost/autograd/tensor.hpp>

// What freezing knows about a leaf beyond its flag. It lives on the leaf, so that optimizers need to know no layer.
namespace frost::detail {

/// Whether the leaf is trained now: it requires a gradient, is not paused, and not all of it is frozen. A frozen or
/// computed tensor is not.
FROST_API bool is_trained(const Tensor& leaf);

/// A paused leaf is not recorded and not trained, but keeps its flag, its gradient and its optimizers' states.
/// Pauses are counted. `set_requires_grad(true)` lifts those that are there; later ones pause again.
FROST_API bool is_paused(const Tensor& leaf);
FROST_API void pause(const Tensor& leaf);
FROST_API void resume(const Tensor& leaf);

/// Whether optimizers keep the leaf's state while it is frozen.
FROST_API bool keeps_state(const Tensor& leaf);
FROST_API void set_keeps_state(const Tensor& leaf, bool keeps);

/// The part of the leaf that is frozen; absent when there is none.
FROST_API const Ref<FrozenPart>& frozen_part(const Tensor& leaf);
/// Freezes that part and no other. A gradient keeps what stays trained; what was frozen before has none.
/// Throws: ShapeError when the flags do not fit.
FROST_API void set_frozen_part(const Tensor& leaf, const FrozenPart::Flags& flags);

/// A gradient as it is stored. Of a leaf that is frozen in part only what trained when it was made has one.
struct StoredGradient {
  Tensor values = {};  ///< of what `without` leaves; absent when there is no gradient
  Ref<FrozenPart> without = {};
};
FROST_API StoredGradient stored_gradient(const Tensor& leaf);
FROST_API void store_gradient(const Tensor& leaf, const StoredGradient& gradient);

/// The leaf's flags and its frozen part, taken to be put back later. Of the pauses it is noted how many were lifted.
struct LeafState {
  bool trainable = false;
  bool keeps_state = false;
  std::int32_t lifted = 0;
  Ref<FrozenPart> part = {};
};
FROST_API LeafState leaf_state(const Tensor& leaf);
FROST_API void restore_leaf_state(const Tensor& leaf, const LeafState& state);

}  // namespace frost::detail
