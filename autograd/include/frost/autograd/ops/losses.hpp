#pragma once
#include <frost/autograd/tensor.hpp>

namespace frost {

// Losses of y_pred (p) against y_true (t), each the mean over everything but the class axis, a scalar. Both are
// differentiable where both are floating. Throws: ShapeError when the shapes differ, ValueError when dtypes differ or a
// label is out of range.

/// mean (t − p)².
FROST_API Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred);
/// mean |t − p|.
FROST_API Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred);
/// mean Σ t·ln(t / p) over the last axis, both clipped to [1e-7, 1].
FROST_API Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred);
/// mean max(1 − t·p, 0) for labels ±1; labels that are all 0 or 1 are mapped to them.
FROST_API Tensor hinge(const Tensor& y_true, const Tensor& y_pred);
/// mean(p − t·ln(p + 1e-7)).
FROST_API Tensor poisson(const Tensor& y_true, const Tensor& y_pred);

struct HuberOptions {
  double delta = 1;
};
/// mean of e²/2 for |e| ≤ delta, else delta·|e| − delta²/2, with e = t − p (Huber 1964).
FROST_API Tensor huber(const Tensor& y_true, const Tensor& y_pred, const HuberOptions& options = {});

struct CosineSimilarityOptions {
  std::int64_t axis = -1;
};
/// −mean of the cosine of the angle between t and p along an axis; 0 for a zero vector.
FROST_API Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred,
                                   const CosineSimilarityOptions& options = {});

struct BinaryCrossentropyOptions {
  bool from_logits = false;
};
/// −mean(t·ln p + (1 − t)·ln(1 − p)), p clipped to [1e-7, 1 − 1e-7]; from logits without overflow.
FROST_API Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                     const BinaryCrossentropyOptions& options = {});

struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
};
/// −mean ln p[label] over rows, p the softmax of y_pred with from_logits, else y_pred divided by its sum and clipped to
/// [1e-7, 1 − 1e-7]. Shapes: y_true (…) or (…, 1), int64; y_pred (…, classes).
FROST_API Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                                 const SparseCategoricalCrossentropyOptions& options = {});

struct CategoricalCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0;
};
/// −mean Σ t·ln p over the last axis, p as for the sparse loss. label_smoothing s uses t·(1 − s) + s/classes.
FROST_API Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                          const CategoricalCrossentropyOptions& options = {});

}  // namespace frost
