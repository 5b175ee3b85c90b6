#pragma once
#include <frost/autograd/logits.hpp>
#include <frost/models/loss.hpp>

namespace frost::models {

/// The losses that have a name.
enum class LossKind {
  categorical_crossentropy,
  sparse_categorical_crossentropy,
  binary_crossentropy,
  mean_squared_error,
  mean_absolute_error,
  kl_divergence,
  hinge,
  poisson,
  huber,
  cosine_similarity,
  function,
  none,
};

/// Whether a name, or its short form, is a loss; if so, `kind` is set.
bool find_loss(const std::string& name, LossKind& kind);
/// "'a', 'b' or 'c'", for messages.
std::string loss_names();

/// The values with the axes of their mask made one: (N, T, C) to (N·T, C). Throws: ShapeError when it does not fit.
Tensor merge_axes(const Tensor& y, const Tensor& mask);

/// The targets with, or without, a last axis of size 1, as the output of this shape has it; others stay as they are.
Tensor with_rank_of(const Tensor& y_true, const Shape& output);
/// Throws: ShapeError, in the name of `what`, where a function gave (N, N, …) for N rows though neither of what it was
/// given has N columns: it has broadcast every row against every other.
void expect_not_crossed(const std::string& what, const Tensor& result, const Tensor& y_true, const Tensor& y_pred);

/// What a loss' elements are multiplied by, each where it is present.
struct LossWeights {
  LossWeights() = default;
  /// Of `count` rows.
  LossWeights(const Tensor& rows, const Tensor& mask, std::int64_t count);

  Tensor rows;         // one a row
  Tensor mask;         // booleans, for the first axes of the output: (N, T)
  double counted = 0;  // how many rows or, with a mask, steps the loss is the mean of
};

/// One output's loss, ready to be computed.
class ResolvedLoss {
 public:
  /// That of an output which is not trained on.
  ResolvedLoss() = default;
  /// Throws: ValueError for an unknown name.
  explicit ResolvedLoss(const Loss& loss);

  bool is_there() const { return kind_ != LossKind::none; }

  LossKind kind() const { return kind_; }
  const std::string& name() const { return name_; }
  /// What makes the probabilities of which the loss is computed from their logits.
  detail::Squashing squashing() const;

  /// The targets as the loss takes them: of the dtype, and of the shape where only an axis of size 1 differs.
  /// `shape` is the output's, −1 where a size is unknown. `what` is who asks and about which output.
  /// Throws: ShapeError, ValueError when they do not fit or a label is out of range.
  Tensor targets(const Tensor& y_true, const Shape& shape, DType dtype, const std::string& what) const;

  /// The sum of the weighted loss divided by the number of rows or, with a mask, of the steps that count, as in Keras
  /// 3: 0 where none does. From `logits` where they are present.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& logits, const LossWeights& weights) const;

 private:
  Tensor mean(const Tensor& y_true, const Tensor& y_pred, const Tensor& logits) const;
  Tensor each(const Tensor& y_true, const Tensor& y_pred, const Tensor& logits) const;

  LossKind kind_ = LossKind::none;
  std::string name_;
  LossFunction function_;
};

}  // namespace frost::models
