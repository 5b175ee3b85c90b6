#pragma once
#include <frost/autograd/given.hpp>
#include <frost/autograd/tensor.hpp>

#include <concepts>
#include <functional>
#include <initializer_list>

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

  bool empty() const { return name_.empty(); }
  const std::string& name() const { return name_; }
  /// Absent where the loss was given by name.
  const LossFunction& function() const { return function_; }

 private:
  std::string name_;
  LossFunction function_;
};

/// One loss for every output, or one an output: `.loss = "mse"`, `.loss = {"mse", "mae"}`.
class Losses : public std::vector<Loss> {
 public:
  Losses() = default;
  template <std::convertible_to<Loss> L>
  Losses(const L& loss) : std::vector<Loss>{Loss(loss)} {}
  Losses(std::initializer_list<Loss> losses) : std::vector<Loss>(losses) {}
  Losses(const std::vector<Loss>& losses) : std::vector<Loss>(losses) {}
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

}  // namespace frost
