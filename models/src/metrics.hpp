#pragma once
#include "losses.hpp"

#include <optional>

namespace frost::models {

enum class MetricKind {
  accuracy,  // one of the next three, chosen by shapes
  binary_accuracy,
  categorical_accuracy,
  sparse_categorical_accuracy,
  loss,
  function,
};

/// Which way a reported value gets better.
enum class Direction { unknown, smaller, larger };
/// From the end of its name, "val_loss" and "kind_mse" too: losses are to be small, accuracies large.
Direction direction_of(const std::string& reported);

/// One metric of one output.
class ResolvedMetric {
 public:
  /// Throws: ValueError for an unknown name.
  explicit ResolvedMetric(const Metric& metric);

  /// What it is called in reports.
  const std::string& name() const { return name_; }
  bool is_function() const { return kind_ == MetricKind::function; }
  /// The mean over a batch, from outputs that are there; to be called unrecorded. Where there is a mask, over the steps
  /// that count; 0 when none does.
  double operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask = {}) const;

 private:
  double mean_of(const Tensor& y_true, const Tensor& y_pred) const;

  MetricKind kind_;
  std::string name_;
  LossFunction function_;
  std::optional<ResolvedLoss> loss_;
};

}  // namespace frost::models
