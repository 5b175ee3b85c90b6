#include "expect.hpp"

#include <frost/autograd/leaf.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/layer.hpp>

#include <unordered_set>

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
  expect(max_value >= 0, "max_norm: got max_value {}; expected 0 or more", max_value);
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

namespace {

// Calls use(weight) with the weights that layers own and train. A layer that several models hold is one layer.
template <class F>
void each_trained(const LayerBase& layer, std::unordered_set<const LayerBase*>& seen, const F& use) {
  if (!seen.insert(&layer).second) return;
  for (const OwnWeight& w : layer.own_weights())
    if (detail::is_trained(w.parameter)) use(w);
  for (const Layer& inner : layer.sublayers()) each_trained(inner.base(), seen, use);
}

// Of a weight that is frozen in part, the trained elements count.
Tensor penalty_of(const OwnWeight& w) {
  const detail::Ref<detail::FrozenPart>& part = detail::frozen_part(w.parameter);
  if (!part) return w.regularizer(w.parameter);
  return w.regularizer(w.parameter * part->spread(ones(part->trained_shape(), {.dtype = w.parameter.dtype()})));
}

void project(const OwnWeight& w) {
  const Tensor values = w.constraint(w.parameter.detach());
  const detail::Ref<detail::FrozenPart>& part = detail::frozen_part(w.parameter);
  if (!part || values.shape() != w.parameter.shape() || values.dtype() != w.parameter.dtype())
    w.parameter.assign(values);  // says what does not fit
  else
    part->scatter(part->gather(values), w.parameter);
}

}  // namespace

Tensor regularization_loss(const Layer& layer) {
  std::unordered_set<const LayerBase*> seen;
  Tensor total;
  each_trained(layer.base(), seen, [&](const OwnWeight& w) {
    if (w.regularizer.empty()) return;
    const Tensor penalty = penalty_of(w);
    total = total.present() ? total + penalty : penalty;
  });
  return total;
}

void apply_constraints(const Layer& layer) {
  std::unordered_set<const LayerBase*> seen;
  each_trained(layer.base(), seen, [](const OwnWeight& w) {
    if (!w.constraint.empty()) project(w);
  });
}

}  // namespace frost
