#pragma once
#include <frost/autograd/given.hpp>
#include <frost/autograd/tensor.hpp>

#include <concepts>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <string>
#include <type_traits>
#include <vector>

namespace frost {

/// A function of y_true and y_pred. It gets targets of the outputs' rank, where an axis of size 1 makes the difference,
/// and floating ones in the outputs' dtype; labels stay integers.
using LossFunction = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;

/// What training makes small: a Keras name ("mse", "categorical_crossentropy") or a function.
class FROST_API Loss {
 public:
  Loss() = default;
  Loss(const char* name);
  Loss(const std::string& name) : name_(name) {}
  template <class F>
  requires(std::is_invocable_r_v<Tensor, const F&, const Tensor&, const Tensor&>) Loss(const F& function)
      : name_("loss"), function_(detail::given_function("loss", function)) {}
  /// The loss of the output of that name.
  Loss(const std::string& output, const Loss& loss) : name_(loss.name_), function_(loss.function_), output_(output) {}

  bool empty() const { return name_.empty(); }
  const std::string& name() const { return name_; }
  /// Absent where the loss was given by name.
  const LossFunction& function() const { return function_; }
  /// The output that it is for; empty where that is a matter of its place.
  const std::string& output() const { return output_; }

 private:
  std::string name_;
  LossFunction function_;
  std::string output_;
};

/// One loss for every output, `.loss = "mse"`; one an output, `.loss = {"mse", "mae"}`, where an empty Loss() leaves
/// one out; or those of some outputs by name, `.loss = {{"age", "mse"}, {"sex", "binary_crossentropy"}}`. Outputs
/// without a loss are not trained on.
class Losses : public std::vector<Loss> {
 public:
  Losses() = default;
  template <std::convertible_to<Loss> L>
  Losses(const L& loss) : std::vector<Loss>{Loss(loss)} {}
  Losses(std::initializer_list<Loss> losses) : std::vector<Loss>(losses) {}
  Losses(const std::vector<Loss>& losses) : std::vector<Loss>(losses) {}
};

/// What an output's loss is multiplied by.
struct OutputWeight {
  template <class T>
  requires(std::is_arithmetic_v<T>) OutputWeight(T weight) : value(static_cast<double>(weight)) {}
  /// That of the output of that name.
  template <class T>
  requires(std::is_arithmetic_v<T>) OutputWeight(const std::string& name, T weight)
      : output(name), value(static_cast<double>(weight)) {}

  std::string output = {};
  double value = 1;
};

/// One an output, `.loss_weights = {1, 0.5}`, or those of some outputs by name, `.loss_weights = {{"age", 0.5}}`; the
/// others are 1.
class OutputWeights : public std::vector<OutputWeight> {
 public:
  OutputWeights() = default;
  OutputWeights(std::initializer_list<OutputWeight> weights) : std::vector<OutputWeight>(weights) {}
  OutputWeights(const std::vector<double>& weights) : std::vector<OutputWeight>(weights.begin(), weights.end()) {}
};

/// What `fit` and `evaluate` report: "accuracy", the name of a loss, or a function.
class FROST_API Metric {
 public:
  Metric(const char* name);
  Metric(const std::string& name) : name_(name) {}
  template <class F>
  requires(std::is_invocable_r_v<Tensor, const F&, const Tensor&, const Tensor&>) Metric(const F& function)
      : name_("metric"), function_(detail::given_function("metric", function)) {}
  /// A function under a name of its own.
  Metric(const std::string& name, const LossFunction& function)
      : name_(name), function_(detail::given_function("metric", function)) {}

  const std::string& name() const { return name_; }
  /// Absent where the metric was given by name.
  const LossFunction& function() const { return function_; }

 private:
  std::string name_;
  LossFunction function_;
};

/// One metric or several: "mae", {"mae", "mse"}, a function.
class MetricList : public std::vector<Metric> {
 public:
  MetricList() = default;
  template <std::convertible_to<Metric> M>
  MetricList(const M& metric) : std::vector<Metric>{Metric(metric)} {}
  MetricList(std::initializer_list<Metric> metrics) : std::vector<Metric>(metrics) {}
  MetricList(const std::vector<Metric>& metrics) : std::vector<Metric>(metrics) {}
};

/// The metrics of one output, or a metric of each.
struct OutputMetrics {
  template <std::convertible_to<Metric> M>
  OutputMetrics(const M& metric) : metrics(metric) {}
  /// Those of the output of that name. A function, where no output has it, is reported under that name.
  OutputMetrics(const std::string& name, const MetricList& list) : output(name), metrics(list) {}

  std::string output = {};
  MetricList metrics;
};

/// Metrics of every output, `.metrics = {"accuracy"}`, or of outputs by name, `.metrics = {{"age", {"mae", "mse"}},
/// {"sex", "accuracy"}}`.
class Metrics : public std::vector<OutputMetrics> {
 public:
  Metrics() = default;
  template <std::convertible_to<Metric> M>
  Metrics(const M& metric) : std::vector<OutputMetrics>{OutputMetrics(metric)} {}
  Metrics(std::initializer_list<OutputMetrics> metrics) : std::vector<OutputMetrics>(metrics) {}
  Metrics(const std::vector<Metric>& metrics) : std::vector<OutputMetrics>(metrics.begin(), metrics.end()) {}
  template <std::input_iterator I>
  requires(!std::convertible_to<I, Metric>) Metrics(I first, I last) : std::vector<OutputMetrics>(first, last) {}
};

}  // namespace frost
