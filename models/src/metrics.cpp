#include "metrics.hpp"

#include "expect.hpp"

#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace frost::models {

namespace {

struct NamedMetric {
  const char* name;
  MetricKind kind;
};
constexpr std::array named_metrics{
    NamedMetric{"accuracy", MetricKind::accuracy},
    NamedMetric{"acc", MetricKind::accuracy},
    NamedMetric{"binary_accuracy", MetricKind::binary_accuracy},
    NamedMetric{"categorical_accuracy", MetricKind::categorical_accuracy},
    NamedMetric{"sparse_categorical_accuracy", MetricKind::sparse_categorical_accuracy},
};

// As Keras chooses: by the last axes of targets and output.
MetricKind accuracy_of(const Tensor& y_true, const Tensor& y_pred) {
  const Shape &t = y_true.shape(), &p = y_pred.shape();
  const bool one_output = p.size() < 2 || p.back() == 1;
  if (one_output) return MetricKind::binary_accuracy;
  return t.size() < p.size() || t.back() == 1 ? MetricKind::sparse_categorical_accuracy
                                              : MetricKind::categorical_accuracy;
}

void expect_count(const std::string& metric, const Tensor& y_true, const Tensor& y_pred, std::int64_t expected) {
  expect<ShapeError>(y_true.size() == expected, "{}: the targets do not fit the output; got shapes {} and {}", metric,
                     to_string(y_true.shape()), to_string(y_pred.shape()));
}

template <class S>
double binary(const Tensor& y_true, const Tensor& y_pred) {
  const auto t = y_true.data<S>(), p = y_pred.data<S>();
  std::int64_t right = 0;
  for (std::size_t i = 0; i < p.size(); ++i) right += t[i] == static_cast<S>(p[i] > S(0.5));
  return static_cast<double>(right) / static_cast<double>(p.size());
}

template <class S>
std::ptrdiff_t best_of(const S* scores, std::int64_t classes) {
  return std::max_element(scores, scores + classes) - scores;
}

template <class S>
double categorical(const Tensor& y_true, const Tensor& y_pred) {
  const std::int64_t classes = y_pred.shape().back(), rows = y_pred.size() / classes;
  const S *t = y_true.data<S>().data(), *p = y_pred.data<S>().data();
  std::int64_t right = 0;
  for (std::int64_t row = 0; row < rows; ++row, t += classes, p += classes)
    right += best_of(t, classes) == best_of(p, classes);
  return static_cast<double>(right) / static_cast<double>(rows);
}

template <class S>
double sparse(const Tensor& labels, const Tensor& y_pred) {
  const std::int64_t classes = y_pred.shape().back(), rows = y_pred.size() / classes;
  const std::int64_t* label = labels.data<std::int64_t>().data();
  const S* p = y_pred.data<S>().data();
  std::int64_t right = 0;
  for (std::int64_t row = 0; row < rows; ++row, p += classes) right += label[row] == best_of(p, classes);
  return static_cast<double>(right) / static_cast<double>(rows);
}

Tensor as(const Tensor& y, DType dtype) { return y.dtype() == dtype ? y : y.to(dtype); }

}  // namespace

Direction direction_of(const std::string& reported) {
  if (reported.ends_with("acc") || reported.ends_with("accuracy")) return Direction::larger;
  LossKind kind;
  for (std::size_t at = 0;;) {
    const std::string name = reported.substr(at);
    if (name == "loss" || find_loss(name, kind)) return Direction::smaller;
    const std::size_t mark = reported.find('_', at);
    if (mark == std::string::npos) return Direction::unknown;
    at = mark + 1;
  }
}

ResolvedMetric::ResolvedMetric(const Metric& metric)
    : kind_(MetricKind::function), name_(metric.name()), function_(metric.function()) {
  if (function_) return;
  for (const NamedMetric& named : named_metrics)
    if (name_ == named.name) {
      kind_ = named.kind;
      return;
    }
  LossKind loss;
  expect(find_loss(name_, loss),
         "compile: unknown metric '{}'; expected 'accuracy', 'binary_accuracy', 'categorical_accuracy', "
         "'sparse_categorical_accuracy', a function, or the name of a loss: {}",
         name_, loss_names());
  kind_ = MetricKind::loss;
  loss_.emplace(Loss(name_));
}

double ResolvedMetric::operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const {
  if (!mask.present()) return mean_of(y_true, y_pred);
  std::vector<std::int64_t> counted;
  const auto counts = mask.data<bool>();
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i]) counted.push_back(static_cast<std::int64_t>(i));
  if (counted.empty()) return 0;
  const Tensor steps = from_vector(counted, {static_cast<std::int64_t>(counted.size())});
  return mean_of(take(merge_axes(y_true, mask), steps), take(merge_axes(y_pred, mask), steps));
}

double ResolvedMetric::mean_of(const Tensor& y_true, const Tensor& y_pred) const {
  const DType dtype = y_pred.dtype();
  const bool narrow = dtype == DType::float32;
  switch (kind_ == MetricKind::accuracy ? accuracy_of(y_true, y_pred) : kind_) {
    case MetricKind::binary_accuracy:
      expect_count(name_, y_true, y_pred, y_pred.size());
      return narrow ? binary<float>(as(y_true, dtype), y_pred) : binary<double>(as(y_true, dtype), y_pred);
    case MetricKind::categorical_accuracy:
      expect_count(name_, y_true, y_pred, y_pred.size());
      return narrow ? categorical<float>(as(y_true, dtype), y_pred) : categorical<double>(as(y_true, dtype), y_pred);
    case MetricKind::sparse_categorical_accuracy: {
      expect_count(name_, y_true, y_pred, y_pred.size() / y_pred.shape().back());
      const Tensor labels = as(y_true, DType::int64);
      return narrow ? sparse<float>(labels, y_pred) : sparse<double>(labels, y_pred);
    }
    case MetricKind::loss: {
      const Tensor y = loss_->targets(y_true, y_pred.shape(), dtype, name_);
      return (*loss_)(y, y_pred, {}, {}).item<double>();
    }
    default:
      break;
  }
  const Tensor y = with_rank_of(y_true, y_pred.shape()), value = function_(y, y_pred);
  expect(value.present(), "{}: the function gave no tensor", name_);
  expect_not_crossed(name_, value, y, y_pred);
  return value.size() == 1 ? value.item<double>() : mean(as(value, DType::float64)).item<double>();
}

}  // namespace frost::models
