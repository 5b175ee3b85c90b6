#include "expect.hpp"

#include <frost/autograd/ops.hpp>
#include <frost/layers/constraint.hpp>
#include <frost/layers/regularizer.hpp>

namespace frost {

using detail::expect;

Regularizer::Regularizer(double l1, double l2) : l1_(l1), l2_(l2) {
  expect(l1 >= 0 && l2 >= 0, "regularizer: got factors {} and {}; expected 0 or more", l1, l2);
}
Regularizer::Regularizer(const char* name) : Regularizer(std::string(detail::given("regularizer", name))) {}
Regularizer::Regularizer(const std::string& name) {
  expect(name == "l1" || name == "l2" || name == "l1_l2", "regularizer: got '{}'; expected l1, l2 or l1_l2", name);
  l1_ = name != "l2" ? 0.01 : 0;
  l2_ = name != "l1" ? 0.01 : 0;
}

Tensor Regularizer::operator()(const Tensor& weight) const {
  if (l2_ == 0) return sum(abs(weight)) * l1_;
  const Tensor squares = sum(square(weight)) * l2_;
  return l1_ == 0 ? squares : sum(abs(weight)) * l1_ + squares;
}

namespace {

Tensor norms(const Tensor& w, const Axes& axis) { return sqrt(sum(square(w), axis, true)); }

Constraint from_name(const std::string& name) {
  if (name == "max_norm") return max_norm();
  if (name == "non_neg") return non_neg();
  if (name == "unit_norm") return unit_norm();
  detail::fail("constraint: got '{}'; expected max_norm, non_neg or unit_norm", name);
}

}  // namespace

Constraint::Constraint(const char* name) : Constraint(std::string(detail::given("constraint", name))) {}
Constraint::Constraint(const std::string& name) : Constraint(from_name(name)) {}

namespace {

Config axis_config(const Axes& axis) {
  Config config = Config::object();
  config.set("axis", Config::list(std::vector<Config>(axis.begin(), axis.end())));
  return config;
}

}  // namespace

Constraint max_norm(double max_value, const Axes& axis) {
  Config parameters = axis_config(axis);
  parameters.set("max_value", max_value);
  return {"max_norm",
          [max_value, axis](const Tensor& w) {
            const Tensor n = norms(w, axis);
            return w * (minimum(n, max_value) / (n + 1e-7));
          },
          parameters};
}
Constraint non_neg() {
  return {"non_neg", [](const Tensor& w) { return maximum(w, 0.); }};
}
Constraint unit_norm(const Axes& axis) {
  return {"unit_norm", [axis](const Tensor& w) { return w / (norms(w, axis) + 1e-7); }, axis_config(axis)};
}

}  // namespace frost
