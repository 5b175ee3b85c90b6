#pragma once
#include <frost/autograd/tensor.hpp>

namespace frost {

// Losses of y_pred (p) against y_true (t), each the mean over everything but the class axis, a scalar. Both are
// differentiable where both are floating. In the formulas n is the number of terms of the mean and g the gradient of
// the loss y; dp = dy_pred, dt = dy_true. Throws: ShapeError when the shapes differ, ValueError when dtypes differ or a
// label is out of range.

/// y = mean (t − p)². dp = −2·g·(t − p) / n; dt = −dp.
FROST_API Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred);
/// y = mean |t − p|. dp = −g·sign(t − p) / n, 0 where they are equal; dt = −dp.
FROST_API Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred);
/// y = mean Σ t·ln(t / p) over the last axis, both clipped to [1e-7, 1]. dp = −g·t / (n·p); dt = g·(ln(t / p) + 1) / n;
/// 0 where clipped.
FROST_API Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred);
/// y = mean max(1 − t·p, 0) for labels ±1; labels that are all 0 or 1 are mapped to them. dp = −g·t / n where t·p < 1,
/// else 0; dt = −g·p / n there, twice that for mapped labels.
FROST_API Tensor hinge(const Tensor& y_true, const Tensor& y_pred);
/// y = mean(p − t·ln(p + 1e-7)). dp = g·(1 − t / (p + 1e-7)) / n; dt = −g·ln(p + 1e-7) / n.
FROST_API Tensor poisson(const Tensor& y_true, const Tensor& y_pred);

struct HuberOptions {
  double delta = 1;
};
/// y = mean of e²/2 for |e| ≤ delta, else delta·|e| − delta²/2, with e = t − p (Huber 1964). dt = g·clip(e, −delta,
/// delta) / n; dp = −dt.
FROST_API Tensor huber(const Tensor& y_true, const Tensor& y_pred, const HuberOptions& options = {});

struct CosineSimilarityOptions {
  std::int64_t axis = -1;
};
/// y = −mean c, c = t·p / (|t|·|p|) along an axis, 0 for a zero vector. dp = −g·(t / |t| − c·p / |p|) / (n·|p|), 0 at a
/// zero vector; dt the same with t and p exchanged.
FROST_API Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred,
                                   const CosineSimilarityOptions& options = {});

struct BinaryCrossentropyOptions {
  bool from_logits = false;
};
/// y = −mean(t·ln p + (1 − t)·ln(1 − p)), p clipped to [1e-7, 1 − 1e-7], or with from_logits the sigmoid of y_pred,
/// without overflow. dp = g·(p − t) / (p·(1 − p)·n), 0 where clipped; from logits dy_pred = g·(p − t) / n.
FROST_API Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                     const BinaryCrossentropyOptions& options = {});

struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
};
/// y = −mean ln p[label] over rows, p the softmax of y_pred with from_logits, else y_pred divided by its sum and
/// clipped to [1e-7, 1 − 1e-7]. With t the one-hot label: from logits dy_pred = g·(p − t) / n; else dp = −g·t / (p·n),
/// 0 where clipped, and through the division dy_pred = (dp − Σ dp·p) / Σ y_pred. Shapes: y_true (…) or (…, 1), int64;
/// y_pred (…, classes).
FROST_API Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                                 const SparseCategoricalCrossentropyOptions& options = {});

struct CategoricalCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0;
};
/// y = −mean Σ t·ln p over the last axis, p as for the sparse loss. label_smoothing s uses t·(1 − s) + s/classes. From
/// logits dy_pred = g·(p·Σ t − t) / n, else as for the sparse loss; dt = −g·(1 − s)·ln p / n.
FROST_API Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                          const CategoricalCrossentropyOptions& options = {});

}  // namespace frost
