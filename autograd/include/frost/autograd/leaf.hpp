#pragma once
#include <frost/autograd/tensor.hpp>

#include <vector>

// What freezing knows about a leaf beyond its flag. It lives on the leaf, so that optimizers need to know no layer.
namespace frost::detail {

/// Whether the leaf is trained now: it requires a gradient and is not paused. A frozen or computed tensor is not.
FROST_API bool is_trained(const Tensor& leaf);

/// A paused leaf is not recorded and not trained, but keeps its flag, its gradient and its optimizers' states.
/// Pauses are counted.
FROST_API bool is_paused(const Tensor& leaf);
FROST_API void pause(const Tensor& leaf);
FROST_API void resume(const Tensor& leaf);

/// Whether optimizers keep the leaf's state while it is frozen.
FROST_API bool keeps_state(const Tensor& leaf);
FROST_API void set_keeps_state(const Tensor& leaf, bool keeps);

/// One flag a row along the first axis, true where it is frozen; empty when no row is.
FROST_API const std::vector<bool>& frozen_rows(const Tensor& leaf);
/// Throws: ShapeError unless there are no flags or as many as rows.
FROST_API void set_frozen_rows(const Tensor& leaf, std::vector<bool> rows);

}  // namespace frost::detail
