#pragma once
#include <frost/models/freeze.hpp>

#include <cstdint>
#include <vector>

namespace frost {

/// Freezes rows of a weight, entries along its first axis: rows of an embedding, for instance. They keep every bit,
/// whatever optimizer, decay or momentum; norms and penalties pass over them; gradients (`grad()` shows zeros in their
/// place) and optimizer states are stored for the other rows alone. It is independent of the weight's flag: `thaw` and
/// `set_trainable(true)` leave frozen rows frozen, `thaw_rows` ends it. A weight with frozen rows counts as trainable,
/// one with nothing else does not. Gives the number of elements in the given rows.
/// Throws: ValueError for a row that is negative or out of range, or a weight that is absent, no leaf or not floating;
/// then nothing is changed.
FROST_API FreezeResult freeze_rows(const Tensor& weight, const std::vector<std::int64_t>& rows);
/// Undoes `freeze_rows` for these rows. Optimizers start afresh with them, step count included, once they have a
/// gradient; the other rows' states go on.
FROST_API FreezeResult thaw_rows(const Tensor& weight, const std::vector<std::int64_t>& rows);

/// The same along any axis, negative ones counted from the end: single neurons of a Dense kernel are
/// freeze_slices(kernel, 1, {3, 5}). An element is frozen while its index along any axis is.
FROST_API FreezeResult freeze_slices(const Tensor& weight, std::int64_t axis, const std::vector<std::int64_t>& indices);
FROST_API FreezeResult thaw_slices(const Tensor& weight, std::int64_t axis, const std::vector<std::int64_t>& indices);
/// Indices start, … before stop. Throws: as above, also unless 0 ≤ start ≤ stop ≤ the axis' size.
FROST_API FreezeResult freeze_slices(const Tensor& weight, std::int64_t axis, std::int64_t start, std::int64_t stop);
FROST_API FreezeResult thaw_slices(const Tensor& weight, std::int64_t axis, std::int64_t start, std::int64_t stop);

}  // namespace frost
