#include "crossentropy.hpp"

#include "elementwise.hpp"

#include <algorithm>

// Losses: checks, and compositions of other operations; the fused cross-entropies are in crossentropy.cpp.
namespace frost {

using namespace detail;

namespace {

constexpr double smallest_probability = 1e-7;

void expect_pair(const char* op, const Tensor& y_true, const Tensor& y_pred) {
  expect(y_true.present() && y_pred.present(), "{}: {} is absent", op, y_true.present() ? "y_pred" : "y_true");
  expect(y_true.dtype() == y_pred.dtype(),
         "{}: the dtypes of y_true and y_pred differ; got {} and {}; convert with to(DType::{})", op,
         name_of(y_true.dtype()), name_of(y_pred.dtype()), name_of(y_pred.dtype()));
  expect_floating(op, y_pred);
  expect<ShapeError>(shape_of(y_true) == shape_of(y_pred),
                     "{}: y_true and y_pred must have one shape; got {} and {}. Broadcasting is not meant here: use "
                     "reshape or expand_dims",
                     op, text(y_true), text(y_pred));
}

// The labels beside y_pred (…, classes): int64, (…) or (…, 1), each one a class.
void expect_labels(const char* op, const Tensor& labels, const Tensor& y_pred) {
  expect(labels.present() && y_pred.present(), "{}: {} is absent", op, labels.present() ? "y_pred" : "y_true");
  expect(labels.dtype() == DType::int64, "{}: labels are int64; got {}; convert with to(DType::int64)", op,
         name_of(labels.dtype()));
  expect_floating(op, y_pred);
  expect_class_axis(op, y_pred);
  const Shape &got = shape_of(labels).dims(), &scores = shape_of(y_pred).dims();
  const bool in_column = got.size() == scores.size() && got.back() == 1;
  if (!(in_column || got.size() + 1 == scores.size()) || !std::equal(scores.begin(), scores.end() - 1, got.begin())) {
    const Shape expected(std::vector<std::int64_t>(scores.begin(), scores.end() - 1));
    fail<ShapeError>(
        "{}: the labels do not fit y_pred; got shapes {} and {}; expected {} or the same with a 1 at its "
        "end",
        op, text(labels), text(y_pred), text(expected));
  }
  if (is_abstract(labels)) return;
  const std::int64_t classes = scores.back();
  const auto values = labels.data<std::int64_t>();
  for (std::size_t row = 0; row < values.size(); ++row)
    expect(values[row] >= 0 && values[row] < classes,
           "{}: a label is out of range; got {} in row {}; expected 0 to {} for {} classes", op, values[row], row,
           classes - 1, classes);
}

// A distribution over the classes: positive scores, divided by their sum.
Tensor clipped(const Tensor& probabilities) {
  return clip(probabilities, smallest_probability, 1 - smallest_probability);
}

// Labels that are all 0 or 1.
bool is_binary(const Tensor& labels) {
  if (is_abstract(labels)) return false;
  return dispatch_floating(labels.dtype(), [&]<class S>(S) {
    const auto values = labels.data<S>();
    return std::all_of(values.begin(), values.end(), [](S v) { return v == S(0) || v == S(1); });
  });
}

}  // namespace

namespace detail {

void expect_class_axis(const char* op, const Tensor& y_pred) {
  expect<ShapeError>(shape_of(y_pred).rank() > 0, "{}: y_pred must have a last axis of classes; got shape {}", op,
                     text(y_pred));
}

Tensor labels_in_column(const Tensor& labels, const Tensor& y_pred) {
  return labels.rank() == y_pred.rank() ? labels : expand_dims(labels, -1);
}

}  // namespace detail

Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred) {
  expect_pair("mean_squared_error", y_true, y_pred);
  return mean(square(y_true - y_pred));
}

Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred) {
  expect_pair("mean_absolute_error", y_true, y_pred);
  return mean(abs(y_true - y_pred));
}

Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred) {
  expect_pair("kl_divergence", y_true, y_pred);
  expect_class_axis("kl_divergence", y_pred);
  const Tensor t = clip(y_true, smallest_probability, 1), p = clip(y_pred, smallest_probability, 1);
  return mean(sum(t * (log(t) - log(p)), -1));
}

Tensor hinge(const Tensor& y_true, const Tensor& y_pred) {
  expect_pair("hinge", y_true, y_pred);
  const Tensor labels = is_binary(y_true) ? 2. * y_true - 1. : y_true;
  return mean(relu(1. - labels * y_pred));
}

Tensor poisson(const Tensor& y_true, const Tensor& y_pred) {
  expect_pair("poisson", y_true, y_pred);
  return mean(y_pred - y_true * log(y_pred + 1e-7));
}

Tensor huber(const Tensor& y_true, const Tensor& y_pred, const HuberOptions& options) {
  expect_pair("huber", y_true, y_pred);
  expect(options.delta >= 0, "huber: delta is negative; got {}", options.delta);
  // With c the error cut to ±delta, c·(e − c/2) is e²/2 inside and delta·|e| − delta²/2 outside.
  const Tensor error = y_true - y_pred, cut = clip(error, -options.delta, options.delta);
  return mean(cut * (error - 0.5 * cut));
}

Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, const CosineSimilarityOptions& options) {
  expect_pair("cosine_similarity", y_true, y_pred);
  const Axes axis(normalize_axis("cosine_similarity", options.axis, shape_of(y_pred).rank()));
  // A pair with a zero vector is divided by 1, and counts as the constant 0.
  const Tensor norm_t = norm(y_true, axis, true), norm_p = norm(y_pred, axis, true);
  const Tensor zero = equal(minimum(norm_t, norm_p), 0.);
  const Tensor cosine = sum((y_true / where(zero, 1., norm_t)) * (y_pred / where(zero, 1., norm_p)), axis, true);
  return -mean(where(zero, 0., cosine));
}

Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, const BinaryCrossentropyOptions& options) {
  expect_pair("binary_crossentropy", y_true, y_pred);
  if (options.from_logits) return mean(y_true * softplus(-y_pred) + (1. - y_true) * softplus(y_pred));
  const Tensor p = clipped(y_pred);
  return -mean(y_true * log(p) + (1. - y_true) * log(1. - p));
}

Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                const CategoricalCrossentropyOptions& options) {
  constexpr const char* op = "categorical_crossentropy";
  expect_pair(op, y_true, y_pred);
  expect_class_axis(op, y_pred);
  const double s = options.label_smoothing;
  expect(s >= 0 && s <= 1, "{}: label_smoothing is out of range; got {}; expected 0 to 1", op, s);
  const auto classes = static_cast<double>(y_pred.shape().back());
  const Tensor t = s == 0 || classes == 0 ? y_true : y_true * (1 - s) + s / classes;
  if (options.from_logits) return softmax_crossentropy(t, y_pred);
  return -mean(sum(t * log(clipped(y_pred / sum(y_pred, -1, true))), -1));
}

Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                       const SparseCategoricalCrossentropyOptions& options) {
  expect_labels("sparse_categorical_crossentropy", y_true, y_pred);
  if (options.from_logits) return sparse_softmax_crossentropy(y_true, y_pred);
  const Tensor chosen = take_along_axis(y_pred, labels_in_column(y_true, y_pred), -1);
  return -mean(log(clipped(chosen / sum(y_pred, -1, true))));
}

}  // namespace frost
