#pragma once
#include "trainer.hpp"

#include <frost/autograd/contents.hpp>
#include <frost/models/training.hpp>

namespace frost::models {

/// The data of a call of `fit`, checked and prepared; and prepared anew when a callback writes them.
class FitData {
 public:
  /// The trainer outlives it. Throws: ShapeError, ValueError.
  FitData(const Trainer& trainer, const TensorList& x, const TensorList& y, const FitOptions& options);

  const Rows& training() const { return training_; }
  /// Without rows where there is nothing to validate on.
  const Rows& validation() const { return validation_; }

  enum class Change { nothing, targets, inputs };
  /// What was written since it was last asked, prepared anew; `targets` are weights too, and `inputs` all.
  /// Throws: ShapeError, ValueError for values that do not fit.
  Change look();

 private:
  struct Seen {
    Tensor tensor;
    detail::Contents contents;
    bool is_input;
  };
  void prepare();

  const Trainer& trainer_;
  TensorList x_, y_;
  Tensor weights_;
  std::map<std::int64_t, double> class_weight_;
  double validation_split_;
  ValidationData validation_data_;
  Rows training_, validation_;
  std::vector<Seen> seen_;
};

}  // namespace frost::models
