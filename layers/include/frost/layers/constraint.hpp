#pragma once
#include <frost/autograd/given.hpp>
#include <frost/autograd/tensor.hpp>
#include <frost/layers/config.hpp>

#include <functional>

namespace frost {

class Layer;

/// What a weight is brought back to after every optimizer step: by Keras' names `"max_norm"`, `"non_neg"`,
/// `"unit_norm"`, one of the makers below, or a function Tensor(const Tensor&). Empty: nothing.
class FROST_API Constraint {
 public:
  using Function = std::function<Tensor(const Tensor&)>;

  Constraint() = default;
  Constraint(const char* name);
  /// Throws: ValueError for a name that is not known.
  Constraint(const std::string& name);
  template <class F>
  requires(std::is_invocable_r_v<Tensor, const F&, const Tensor&>) Constraint(const F& project)
      : name_("custom"), project_(detail::given_function("constraint", project)) {}
  Constraint(const std::string& name, Function project, Config parameters = Config::object())
      : name_(name), project_(detail::given_function("constraint", project)), parameters_(std::move(parameters)) {}

  bool empty() const { return !project_; }
  const std::string& name() const { return name_; }
  /// What the maker was given, under Keras' names.
  const Config& parameters() const { return parameters_; }
  Tensor operator()(const Tensor& weight) const { return project_ ? project_(weight) : weight; }

 private:
  std::string name_;
  Function project_;
  Config parameters_;
};

/// Norms along `axis` are at most `max_value`: w·min(1, max_value / (1e-7 + ‖w‖)). Throws: ValueError unless max_value
/// ≥ 0.
FROST_API Constraint max_norm(double max_value = 2, const Axes& axis = 0);
/// max(w, 0).
FROST_API Constraint non_neg();
/// Norms along `axis` are 1: w / (1e-7 + ‖w‖).
FROST_API Constraint unit_norm(const Axes& axis = 0);

/// Brings the trainable weights of a layer or model back to their constraints, each once. Frozen weights are left
/// alone.
FROST_API void apply_constraints(const Layer& layer);

}  // namespace frost
