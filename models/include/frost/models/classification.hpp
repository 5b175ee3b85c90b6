#pragma once
#include <frost/models/model.hpp>
#include <frost/models/tensor_list.hpp>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace frost {

/// How often rows of one class were taken for another: int64 of shape (classes, classes), C[i, j] = #{n : y_true[n] = i
/// and y_pred[n] = j}. Both are labels, (N,) or (N, 1), or scores or one-hot rows, (N, classes), of which the largest
/// counts. 0 classes: one more than the largest label.
/// Throws: ShapeError for shapes that do not fit; ValueError for a label that is out of range.
FROST_API Tensor confusion_matrix(const Tensor& y_true, const Tensor& y_pred, std::int64_t classes = 0);

/// How well one class, or the mean of several, was found.
struct ClassScore {
  std::string name;
  double precision = 0;  // of those taken for it, the part that is it
  double recall = 0;     // of those that are it, the part taken for it
  double f1_score = 0;   // 2·precision·recall / (precision + recall)
  std::int64_t support = 0;
};

/// Printed with `<<` as scikit-learn prints its own. What would be divided by 0 counts 0. Without names the classes are
/// those that occur, in the targets or in the predictions.
struct ClassificationReport {
  std::vector<ClassScore> classes = {};
  double accuracy = 0;
  ClassScore macro_average = {};     // every class counts the same
  ClassScore weighted_average = {};  // by its support
  Tensor confusion = {};
  int digits = 2;

  /// The text that `<<` prints.
  FROST_API std::string text() const;
  operator std::string() const { return text(); }
};
FROST_API std::ostream& operator<<(std::ostream& out, const ClassificationReport& report);

struct ClassificationReportOptions {
  /// One a class; empty: their numbers.
  std::vector<std::string> target_names = {};
  int digits = 2;
  std::int64_t batch_size = 32;
};

/// Precision, recall and f1-score of each class that a model with one output predicts: the largest of several scores,
/// or of one probability whether it is above 0.5.
///
///     std::cout << classification_report(model, x_test, y_test, {.target_names = {"cat", "dog"}});
///
/// Throws: as predict and confusion_matrix do; ValueError for another number of names than classes.
FROST_API ClassificationReport classification_report(const Model& model, const TensorList& x, const Tensor& y,
                                                     const ClassificationReportOptions& options = {});
/// The same of predictions that are there.
FROST_API ClassificationReport classification_report(const Tensor& y_true, const Tensor& y_pred,
                                                     const ClassificationReportOptions& options = {});

}  // namespace frost
