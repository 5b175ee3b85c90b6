#pragma once
#include <frost/autograd/tensor.hpp>

// The fused cross-entropies, for arguments that the public losses have checked.
namespace frost::detail {

/// −mean Σ y_true·ln softmax(logits) over the last axis.
Tensor softmax_crossentropy(const Tensor& y_true, const Tensor& logits);
/// −mean ln softmax(logits)[label]; one int64 label a row, in range.
Tensor sparse_softmax_crossentropy(const Tensor& labels, const Tensor& logits);

/// Throws: ShapeError, in the name of `op`, unless there is a last axis.
void expect_class_axis(const char* op, const Tensor& y_pred);
/// Labels as (…, 1) beside y_pred of shape (…, classes).
Tensor labels_in_column(const Tensor& labels, const Tensor& y_pred);

}  // namespace frost::detail
