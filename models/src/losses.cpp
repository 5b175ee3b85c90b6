#include "losses.hpp"

#include "expect.hpp"

#include <frost/autograd/ops.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace frost::models {

namespace {

struct NamedLoss {
  const char* name;
  const char* alias;  // Keras' short form
  LossKind kind;
};
constexpr std::array named_losses{
    NamedLoss{"categorical_crossentropy", "", LossKind::categorical_crossentropy},
    NamedLoss{"sparse_categorical_crossentropy", "", LossKind::sparse_categorical_crossentropy},
    NamedLoss{"binary_crossentropy", "bce", LossKind::binary_crossentropy},
    NamedLoss{"mean_squared_error", "mse", LossKind::mean_squared_error},
    NamedLoss{"mean_absolute_error", "mae", LossKind::mean_absolute_error},
    NamedLoss{"kl_divergence", "kld", LossKind::kl_divergence},
    NamedLoss{"hinge", "", LossKind::hinge},
    NamedLoss{"poisson", "", LossKind::poisson},
    NamedLoss{"huber", "huber_loss", LossKind::huber},
    NamedLoss{"cosine_similarity", "", LossKind::cosine_similarity},
};

const char* full_name(LossKind kind) {
  for (const NamedLoss& loss : named_losses)
    if (loss.kind == kind) return loss.name;
  return "loss";
}

bool matches(const Shape& shape, const Shape& expected, std::size_t axes) {
  for (std::size_t i = 1; i < axes; ++i)
    if (expected[i] >= 0 && shape[i] != expected[i]) return false;
  return true;
}

// Labels may come as floats that are whole numbers.
Tensor whole_numbers(const Tensor& y, const std::string& what) {
  if (!is_floating(y.dtype())) return y.to(DType::int64);
  const Tensor wide = y.detach().to(DType::float64);
  for (const double label : wide.data<double>())
    expect(label == std::floor(label) && std::abs(label) < 1e15,
           "{}: labels must be whole numbers; got {}; expected 0 up to the number of classes less 1", what, label);
  return wide.to(DType::int64);
}

Tensor labels(const Tensor& y, const Shape& shape, const std::string& what) {
  expect<ShapeError>(!shape.empty(), "{}: sparse_categorical_crossentropy needs an output with an axis of classes",
                     what);
  const std::size_t rank = shape.size(), got = y.shape().size();
  const bool column = got == rank && y.shape().back() == 1;
  Shape expected(std::vector<std::int64_t>(shape.begin(), shape.end() - 1));
  expect<ShapeError>(
      (column || got + 1 == rank) && matches(y.shape(), shape, rank - 1),
      "{}: the labels' shape does not fit the output; got {} for an output of shape {}; expected {}, one label "
      "a row. One-hot targets go with categorical_crossentropy.",
      what, to_string(y.shape()), to_string(shape), to_string(expected));
  const Tensor whole = whole_numbers(y, what);
  const std::int64_t classes = shape.back();
  std::int64_t row = 0;
  if (classes >= 0)
    for (const std::int64_t label : whole.data<std::int64_t>()) {
      expect(label >= 0 && label < classes,
             "{}: a label is out of range; got {} at element {}; expected 0 to {} for {} classes", what, label, row,
             classes - 1, classes);
      ++row;
    }
  return whole;
}

void expect_probabilities(const Tensor& y, const std::string& what) {
  const Tensor wide = y.detach().to(DType::float64);
  for (const double label : wide.data<double>())
    expect(label >= 0 && label <= 1, "{}: a label is out of range; got {}; expected 0 to 1 for binary_crossentropy",
           what, label);
}

// (N, 1, …, 1) with as many axes as asked.
Shape rows_shape(const Tensor& rows, std::size_t axes) {
  Shape shape = {rows.size()};
  shape.resize(axes, 1);
  return shape;
}

// The mean over all axes but the first.
Tensor row_means(const Tensor& values) {
  return values.rank() <= 1 ? values : mean(reshape(values, {values.shape()[0], -1}), 1);
}

constexpr double smallest = 1e-7;

// ln p of the classes' distribution.
Tensor log_probabilities(const Tensor& y_pred, const Tensor& logits) {
  if (logits.present()) return log_softmax(logits, -1);
  return log(clip(y_pred / sum(y_pred, -1, true), smallest, 1 - smallest));
}

}  // namespace

bool find_loss(const std::string& name, LossKind& kind) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const NamedLoss& loss : named_losses)
    if (lower == loss.name || (*loss.alias && lower == loss.alias)) {
      kind = loss.kind;
      return true;
    }
  return false;
}

std::string loss_names() {
  std::string names;
  for (const NamedLoss& loss : named_losses)
    names += fmt::format("{}'{}'", names.empty() ? "" : &loss == &named_losses.back() ? " or " : ", ", loss.name);
  return names;
}

Tensor merge_axes(const Tensor& y, const Tensor& mask) {
  const std::size_t axes = mask.shape().size();
  const bool fits = y.shape().size() >= axes && std::equal(mask.shape().begin(), mask.shape().end(), y.shape().begin());
  expect<ShapeError>(fits, "loss: the mask of the output does not fit; got {} for shape {}; expected its first axes",
                     to_string(mask.shape()), to_string(y.shape()));
  Shape merged = {mask.size()};
  merged.insert(merged.end(), y.shape().begin() + static_cast<std::ptrdiff_t>(axes), y.shape().end());
  return reshape(y, merged);
}

Tensor with_rank_of(const Tensor& y_true, const Shape& output) {
  const Shape& shape = y_true.shape();
  if (shape.size() + 1 == output.size() && output.back() == 1) return expand_dims(y_true, -1);
  if (shape.size() == output.size() + 1 && shape.back() == 1) return squeeze(y_true, -1);
  return y_true;
}

void expect_not_crossed(const std::string& what, const Tensor& result, const Tensor& y_true, const Tensor& y_pred) {
  const std::int64_t rows = y_pred.rank() > 0 ? y_pred.shape()[0] : 1;
  const auto is_square = [&](const Tensor& t) { return t.rank() > 1 && t.shape()[0] == rows && t.shape()[1] == rows; };
  expect<ShapeError>(rows == 1 || !is_square(result) || is_square(y_true) || is_square(y_pred),
                     "{}: the function gave shape {} for targets of shape {} and outputs of shape {}: it has broadcast "
                     "every row against every other; expected a value a row, or their mean. Hint: bring both to one "
                     "shape first, as by y_true.reshape(y_pred.shape())",
                     what, to_string(result.shape()), to_string(y_true.shape()), to_string(y_pred.shape()));
}

LossWeights::LossWeights(const Tensor& by_row, const Tensor& left, std::int64_t count)
    : rows(by_row), mask(left), counted(static_cast<double>(count)) {
  if (!mask.present()) return;
  const auto flags = mask.data<bool>();
  counted = static_cast<double>(std::count(flags.begin(), flags.end(), true));
}

ResolvedLoss::ResolvedLoss(const Loss& loss)
    : kind_(LossKind::function), name_(loss.name()), function_(loss.function()) {
  if (function_) return;
  expect(find_loss(loss.name(), kind_), "compile: unknown loss '{}'; expected {}, or a function", loss.name(),
         loss_names());
  name_ = full_name(kind_);
}

detail::Squashing ResolvedLoss::squashing() const {
  switch (kind_) {
    case LossKind::categorical_crossentropy:
    case LossKind::sparse_categorical_crossentropy:
      return detail::Squashing::softmax;
    case LossKind::binary_crossentropy:
      return detail::Squashing::sigmoid;
    default:
      return detail::Squashing::none;
  }
}

Tensor ResolvedLoss::targets(const Tensor& y_true, const Shape& shape, DType dtype, const std::string& what) const {
  if (kind_ == LossKind::function || kind_ == LossKind::none) {
    const Tensor y = with_rank_of(y_true, shape);
    return is_floating(y.dtype()) && y.dtype() != dtype ? y.to(dtype) : y;
  }
  if (kind_ == LossKind::sparse_categorical_crossentropy) return labels(y_true, shape, what);
  Tensor y = with_rank_of(y_true, shape);
  const std::size_t rank = shape.size();
  expect<ShapeError>(
      y.shape().size() == rank && matches(y.shape(), shape, rank),
      "{}: the targets' shape does not fit the output for {}; got {}; expected {}{}", what, name_,
      to_string(y_true.shape()), to_string(shape),
      kind_ == LossKind::categorical_crossentropy && !is_floating(y_true.dtype()) && y.shape().size() < rank
          ? ". Labels as whole numbers go with sparse_categorical_crossentropy."
          : "");
  if (y.dtype() != dtype) y = y.to(dtype);
  if (kind_ == LossKind::binary_crossentropy) expect_probabilities(y, what);
  return y;
}

Tensor ResolvedLoss::mean(const Tensor& y_true, const Tensor& y_pred, const Tensor& logits) const {
  const Tensor& scores = logits.present() ? logits : y_pred;
  switch (kind_) {
    case LossKind::categorical_crossentropy:
      return categorical_crossentropy(y_true, scores, {.from_logits = logits.present()});
    case LossKind::sparse_categorical_crossentropy:
      return sparse_categorical_crossentropy(y_true, scores, {.from_logits = logits.present()});
    case LossKind::binary_crossentropy:
      return binary_crossentropy(y_true, scores, {.from_logits = logits.present()});
    case LossKind::mean_squared_error:
      return mean_squared_error(y_true, y_pred);
    case LossKind::mean_absolute_error:
      return mean_absolute_error(y_true, y_pred);
    case LossKind::kl_divergence:
      return kl_divergence(y_true, y_pred);
    case LossKind::hinge:
      return hinge(y_true, y_pred);
    case LossKind::poisson:
      return poisson(y_true, y_pred);
    case LossKind::huber:
      return huber(y_true, y_pred);
    case LossKind::cosine_similarity:
      return cosine_similarity(y_true, y_pred);
    case LossKind::function:
    case LossKind::none:
      break;
  }
  const Tensor loss = function_(y_true, y_pred);
  expect(loss.present() && is_floating(loss.dtype()), "loss: the function gave {}; expected a floating tensor",
         loss.present() ? name_of(loss.dtype()) : "nothing");
  expect_not_crossed("loss", loss, y_true, y_pred);
  return loss.size() == 1 ? reshape(loss, {}) : frost::mean(loss);
}

// The loss of each row, from operations that keep rows apart.
Tensor ResolvedLoss::each(const Tensor& y_true, const Tensor& y_pred, const Tensor& logits) const {
  switch (kind_) {
    case LossKind::categorical_crossentropy:
      return row_means(-sum(y_true * log_probabilities(y_pred, logits), -1));
    case LossKind::sparse_categorical_crossentropy: {
      const Tensor column = y_true.rank() == y_pred.rank() ? y_true : expand_dims(y_true, -1);
      return row_means(-take_along_axis(log_probabilities(y_pred, logits), column, -1));
    }
    case LossKind::binary_crossentropy: {
      if (logits.present()) return row_means(y_true * softplus(-logits) + (1. - y_true) * softplus(logits));
      const Tensor p = clip(y_pred, smallest, 1 - smallest);
      return row_means(-(y_true * log(p) + (1. - y_true) * log(1. - p)));
    }
    case LossKind::mean_squared_error:
      return row_means(square(y_true - y_pred));
    case LossKind::mean_absolute_error:
      return row_means(abs(y_true - y_pred));
    case LossKind::poisson:
      return row_means(y_pred - y_true * log(y_pred + smallest));
    case LossKind::function: {
      const Tensor loss = function_(y_true, y_pred);
      expect(loss.present() && loss.rank() > 0 && loss.shape()[0] == y_pred.shape()[0],
             "loss: with class or sample weights, or a mask, the function must give one value a row; got shape {}; "
             "expected {}",
             loss.present() ? to_string(loss.shape()) : "absent", counted(y_pred.shape()[0], "row"));
      expect_not_crossed("loss", loss, y_true, y_pred);
      return row_means(loss);
    }
    default:
      break;
  }
  // The others are means of what each row gives.
  Tensors rows;
  for (std::int64_t i = 0; i < y_pred.shape()[0]; ++i)
    rows.push_back(mean(y_true.slice(0, i, i + 1), y_pred.slice(0, i, i + 1), {}));
  return stack(rows);
}

Tensor ResolvedLoss::operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& logits,
                                const LossWeights& weights) const {
  const Tensor& mask = weights.mask;
  if (!mask.present())
    return weights.rows.present() ? frost::mean(each(y_true, y_pred, logits) * weights.rows)
                                  : mean(y_true, y_pred, logits);
  Tensor each_step = mask.to(y_pred.dtype());
  if (weights.rows.present())
    each_step = each_step * reshape(weights.rows, rows_shape(weights.rows, mask.shape().size()));
  const Tensor step_logits = logits.present() ? merge_axes(logits, mask) : Tensor();
  const Tensor losses = each(merge_axes(y_true, mask), merge_axes(y_pred, mask), step_logits);
  return sum(losses * each_step.reshape({-1})) / std::max(weights.counted, 1.);
}

}  // namespace frost::models

namespace frost {

namespace {

const char* given(const char* what, const char* name) {
  models::expect(name != nullptr, "{}: the name is absent; got a null pointer; expected a text", what);
  return name;
}

}  // namespace

Loss::Loss(const char* name) : name_(given("loss", name)) {}
Metric::Metric(const char* name) : name_(given("metric", name)) {}

}  // namespace frost
