#include "plain_losses.hpp"

#include <algorithm>

namespace pairs {

using namespace frost;

namespace {

constexpr double smallest = 1e-7;

// ln p of a softmax's classes; behind anything else of values that are divided by their sum and clipped.
Tensor log_probabilities(const Result& result) {
  if (result.logits.present()) {
    const Tensor shifted = result.logits - max(result.logits, -1, true).detach();
    return shifted - log(sum(exp(shifted), -1, true));
  }
  return log(clip(result.values / sum(result.values, -1, true), smallest, 1 - smallest));
}

Tensor binary(const Tensor& y, const Result& result) {
  if (result.logits.present()) return maximum(result.logits, 0.) - result.logits * y + log1p(exp(-abs(result.logits)));
  const Tensor p = clip(result.values, smallest, 1 - smallest);
  return -(y * log(p) + (1. - y) * log(1. - p));
}

Tensor huber_of(const Tensor& error) {
  const Tensor size = abs(error);
  return where(size <= 1., square(error) * 0.5, size - 0.5);
}

// The loss of each step: (N) or (N, T).
Tensor each(const std::string& loss, const Tensor& y, const Result& result) {
  if (loss == "sparse_categorical_crossentropy")
    return -sum(one_hot(y, classes).to(DType::float64) * log_probabilities(result), -1);
  if (loss == "categorical_crossentropy") return -sum(y * log_probabilities(result), -1);
  if (loss == "binary_crossentropy") return mean(binary(y, result), -1);
  const Tensor error = y - result.values;
  if (loss == "mae") return mean(abs(error), -1);
  return loss == "mse" ? mean(square(error), -1) : mean(huber_of(error), -1);
}

std::size_t largest_of(const double* values) {
  return static_cast<std::size_t>(std::max_element(values, values + classes) - values);
}

// 1 for each step whose class is right.
Tensor hits(const Tensor& y, const Tensor& values) {
  const std::int64_t rows = values.size() / classes;
  std::vector<double> right;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::size_t best = largest_of(values.data<double>().data() + i * classes);
    const std::size_t expected = y.dtype() == DType::int64 ? static_cast<std::size_t>(y.data<std::int64_t>()[i])
                                                           : largest_of(y.data<double>().data() + i * classes);
    right.push_back(best == expected);
  }
  Shape shape = values.shape();
  shape.pop_back();
  return from_vector(right, shape);
}

}  // namespace

Tensor loss_of(const Head& head, const Tensor& y, const Result& result, const Tensor& row_weights) {
  Tensor losses = each(head.loss, y, result);
  Tensor counts = result.mask.present() ? result.mask.to(DType::float64) : ones(losses.shape());
  if (row_weights.present()) losses = losses * (losses.rank() == 2 ? expand_dims(row_weights, -1) : row_weights);
  return sum(losses * counts) / std::max(sum(counts).item<double>(), 1.);
}

double counted_by(const Result& result) {
  return result.mask.present() ? sum(result.mask).item<double>() : static_cast<double>(result.values.shape()[0]);
}

Tally metric_of(const std::string& metric, const Head&, const Tensor& y, const Result& result) {
  const NoGrad guard;
  const Tensor values = metric == "accuracy" ? hits(y, result.values) : each(metric, y, {.values = result.values});
  const Tensor counts = result.mask.present() ? result.mask.to(DType::float64) : ones(values.shape());
  return {sum(values * counts).item<double>(), sum(counts).item<double>()};
}

}  // namespace pairs
