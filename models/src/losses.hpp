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
};

/// Whether a name, or its short form, is a loss; if so, `kind` is set.
bool find_loss(const std::string& name, LossKind& kind);
/// "'a', 'b' or 'c'", for messages.
std::string loss_names();

/// One output's loss, ready to be computed.
class ResolvedLoss {
 public:
  /// Throws: ValueError for an unknown name.
  explicit ResolvedLoss(const Loss& loss);

  LossKind kind() const { return kind_; }
  const std::string& name() const { return name_; }

  /// The targets as the loss takes them: of the dtype, and of the shape where only an axis of size 1 differs.
  /// `shape` is the output's, −1 where a size is unknown. `what` is who asks and about which output.
  /// Throws: ShapeError, ValueError when they do not fit or a label is out of range.
  Tensor targets(const Tensor& y_true, const Shape& shape, DType dtype, const std::string& what) const;

  /// The mean over rows, weighted by `weights` (one a row) where it is present. From `logits` where they are present.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& logits, const Tensor& weights) const;

 private:
  Tensor mean(const Tensor& y_true, const Tensor& y_pred, const Tensor& logits) const;
  Tensor each(const Tensor& y_true, const Tensor& y_pred, const Tensor& logits) const;

  LossKind kind_;
  std::string name_;
  LossFunction function_;
};

}  // namespace frost::models
