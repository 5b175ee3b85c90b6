#pragma once
#include <frost/autograd/tensor.hpp>

// Tensors over memory that is not Frost's, such as a file's that is mapped.
namespace frost::detail {

/// A leaf that shows `shape` elements at `data`, which is never written: what writes the leaf copies first. `release`
/// is called with `context` when the last tensor or node that keeps the values is gone. memory_stats() does not count
/// it. Throws: ShapeError for a shape that no memory holds; then nothing is released.
FROST_API Tensor make_foreign(const void* data, const Shape& shape, DType dtype, void (*release)(void* context),
                              void* context);

/// Has a leaf show the values of another tensor, in the same memory, until one of them is written. What nodes saved of
/// the leaf stays. Throws: GraphError on a computed leaf; ShapeError, ValueError when shape or dtype differ.
FROST_API void show_values(const Tensor& leaf, const Tensor& values);

}  // namespace frost::detail
