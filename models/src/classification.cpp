#include <frost/models/classification.hpp>

#include "describe.hpp"
#include "expect.hpp"

#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/models/training.hpp>

#include <algorithm>
#include <cmath>
#include <ostream>

namespace frost {

using models::counted;
using models::expect;

namespace {

// Labels, or of scores the largest; `width` becomes the number of classes that scores have.
std::vector<std::int64_t> labels_of(const char* what, const char* whose, const Tensor& y, std::int64_t& width) {
  expect(y.present(), "{}: {} is absent", what, whose);
  const Shape& shape = y.shape();
  expect<ShapeError>(shape.size() == 1 || shape.size() == 2,
                     "{}: {} has shape {}; expected labels, (N,) or (N, 1), or scores, (N, classes)", what, whose,
                     to_string(shape));
  const bool has_scores = shape.size() == 2 && shape[1] > 1;
  if (has_scores) width = std::max(width, shape[1]);
  const Tensor labels = (has_scores ? argmax(y.detach(), -1) : y.detach()).to(DType::float64);
  std::vector<std::int64_t> all;
  for (const double label : labels.data<double>()) {
    expect(label == std::floor(label) && label >= 0 && label < 1e9,
           "{}: a label of {} is out of range; got {}; expected whole numbers from 0", what, whose, label);
    all.push_back(static_cast<std::int64_t>(label));
  }
  return all;
}

Tensor matrix_of(const char* what, const Tensor& y_true, const Tensor& y_pred, std::int64_t classes) {
  expect(classes >= 0, "{}: classes is out of range; got {}; expected a number from 0", what, classes);
  std::int64_t found = 0;
  const std::vector<std::int64_t> truth = labels_of(what, "y_true", y_true, found);
  const std::vector<std::int64_t> taken = labels_of(what, "y_pred", y_pred, found);
  expect<ShapeError>(truth.size() == taken.size(),
                     "{}: y_true and y_pred have different numbers of rows; got {} and {}; shapes {} and {}", what,
                     truth.size(), taken.size(), to_string(y_true.shape()), to_string(y_pred.shape()));
  for (const std::int64_t label : truth) found = std::max(found, label + 1);
  for (const std::int64_t label : taken) found = std::max(found, label + 1);
  expect(classes == 0 || found <= classes, "{}: a label is out of range; got {}; expected 0 to {} for {} classes", what,
         found - 1, classes - 1, classes);
  const std::int64_t size = classes > 0 ? classes : found;
  std::vector<std::int64_t> counts(static_cast<std::size_t>(size * size));
  for (std::size_t n = 0; n < truth.size(); ++n) ++counts[static_cast<std::size_t>(truth[n] * size + taken[n])];
  return from_vector(counts, {size, size});
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0.; }

}  // namespace

Tensor confusion_matrix(const Tensor& y_true, const Tensor& y_pred, std::int64_t classes) {
  return matrix_of("confusion_matrix", y_true, y_pred, classes);
}

ClassificationReport classification_report(const Tensor& y_true, const Tensor& y_pred,
                                           const ClassificationReportOptions& options) {
  constexpr const char* what = "classification_report";
  expect(options.digits >= 0, "{}: digits is out of range; got {}; expected a number from 0", what, options.digits);
  ClassificationReport report{.confusion = matrix_of(what, y_true, y_pred, 0), .digits = options.digits};
  const std::int64_t named = static_cast<std::int64_t>(options.target_names.size());
  std::int64_t classes = report.confusion.shape()[0];
  expect(named == 0 || named >= classes, "{}: there are {} for {}; expected one a class", what, counted(named, "name"),
         classes == 1 ? "1 class" : fmt::format("{} classes", classes));
  if (named > classes) report.confusion = matrix_of(what, y_true, y_pred, classes = named);
  const auto counts = std::as_const(report.confusion).data<std::int64_t>();
  const auto count = [&](std::int64_t i, std::int64_t j) {
    return static_cast<double>(counts[static_cast<std::size_t>(i * classes + j)]);
  };
  double right = 0, all = 0;
  ClassScore macro{.name = "macro avg"}, weighted{.name = "weighted avg"};
  for (std::int64_t c = 0; c < classes; ++c) {
    double taken = 0, there = 0;
    for (std::int64_t k = 0; k < classes; ++k) {
      taken += count(k, c);
      there += count(c, k);
    }
    ClassScore score{.name = named > 0 ? options.target_names[static_cast<std::size_t>(c)] : std::to_string(c),
                     .precision = ratio(count(c, c), taken),
                     .recall = ratio(count(c, c), there),
                     .support = static_cast<std::int64_t>(there)};
    score.f1_score = ratio(2 * score.precision * score.recall, score.precision + score.recall);
    right += count(c, c);
    all += there;
    if (named == 0 && taken + there == 0) continue;  // a number that no label has
    const auto add = [&](ClassScore& mean, double weight) {
      mean.precision += weight * score.precision;
      mean.recall += weight * score.recall;
      mean.f1_score += weight * score.f1_score;
    };
    add(macro, 1.);
    add(weighted, there);
    report.classes.push_back(std::move(score));
  }
  const auto listed = static_cast<double>(report.classes.size());
  for (double* value : {&macro.precision, &macro.recall, &macro.f1_score}) *value = ratio(*value, listed);
  for (double* value : {&weighted.precision, &weighted.recall, &weighted.f1_score}) *value = ratio(*value, all);
  macro.support = weighted.support = static_cast<std::int64_t>(all);
  report.accuracy = ratio(right, all);
  report.macro_average = macro;
  report.weighted_average = weighted;
  return report;
}

ClassificationReport classification_report(const Model& model, const TensorList& x, const Tensor& y,
                                           const ClassificationReportOptions& options) {
  Tensor scores = model.predict(x, {.batch_size = options.batch_size});
  const Shape& shape = scores.shape();
  if (shape.size() == 1 || (shape.size() == 2 && shape[1] == 1)) scores = scores > 0.5;
  return classification_report(y, scores, options);
}

std::string ClassificationReport::text() const {
  std::size_t names = std::max(weighted_average.name.size(), static_cast<std::size_t>(digits));
  for (const ClassScore& score : classes) names = std::max(names, detail::width(score.name));
  const auto named = [&](const std::string& name) {
    return std::string(names - detail::width(name), ' ') + name + ' ';
  };
  const auto row = [&](const ClassScore& score) {
    return named(score.name) + fmt::format(" {:>9.{}f} {:>9.{}f} {:>9.{}f} {:>9}\n", score.precision, digits,
                                           score.recall, digits, score.f1_score, digits, score.support);
  };
  std::string out =
      named("") + fmt::format(" {:>9} {:>9} {:>9} {:>9}\n\n", "precision", "recall", "f1-score", "support");
  for (const ClassScore& score : classes) out += row(score);
  out += '\n' + named("accuracy") +
         fmt::format(" {:>9} {:>9} {:>9.{}f} {:>9}\n", "", "", accuracy, digits, weighted_average.support);
  return out + row(macro_average) + row(weighted_average);
}

std::ostream& operator<<(std::ostream& out, const ClassificationReport& report) { return out << report.text(); }

}  // namespace frost
