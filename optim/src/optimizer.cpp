#include <frost/optim/optimizer.hpp>

#include "expect.hpp"
#include "sum_of_squares.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/leaf.hpp>
#include <frost/autograd/make.hpp>
#include <frost/optim/adam.hpp>
#include <frost/optim/sgd.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace frost {

using optim::expect;

namespace {

void expect_setting(const char* name, double value) {
  expect(std::isfinite(value) && value >= 0, "optimizer: {} is out of range; got {}; expected a finite number from 0",
         name, value);
}

bool is_frozen(const Tensor& weight) { return !weight.requires_grad(); }

template <class S>
Tensor clipped_to(const Tensor& gradient, double limit) {
  Tensor result = zeros_like(gradient);
  const auto from = gradient.data<S>();
  const auto to = result.mutable_data<S>();
  const S bound = static_cast<S>(limit);
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = from[i] > bound ? bound : from[i] < -bound ? -bound : from[i];
  return result;
}

double clip_factor(double sum_of_squares, double limit) {
  const double norm = std::sqrt(sum_of_squares);
  return norm > limit ? limit / norm : 1.;
}

}  // namespace

OptimizerBase::OptimizerBase(const OptimizerSettings& settings) : settings_(settings) {
  expect_setting("learning_rate", settings.learning_rate);
  expect_setting("weight_decay", settings.weight_decay);
  expect_setting("clipnorm", settings.clipnorm);
  expect_setting("clipvalue", settings.clipvalue);
  expect_setting("global_clipnorm", settings.global_clipnorm);
  const int limits = (settings.clipnorm > 0) + (settings.clipvalue > 0) + (settings.global_clipnorm > 0);
  expect(limits <= 1,
         "optimizer: the gradient is limited in more than one way; got clipnorm {}, clipvalue {}, global_clipnorm {}; "
         "expected at most one that is not 0",
         settings.clipnorm, settings.clipvalue, settings.global_clipnorm);
}

OptimizerBase::~OptimizerBase() = default;

std::map<std::string, double> OptimizerBase::config() const {
  return {{"learning_rate", settings_.learning_rate},
          {"weight_decay", settings_.weight_decay},
          {"clipnorm", settings_.clipnorm},
          {"clipvalue", settings_.clipvalue},
          {"global_clipnorm", settings_.global_clipnorm}};
}

OptimizerBase::Slot* OptimizerBase::find(const Tensor& weight) {
  const auto it =
      std::find_if(slots_.begin(), slots_.end(), [&](const Slot& slot) { return slot.weight.is_same(weight); });
  return it == slots_.end() ? nullptr : &*it;
}

void OptimizerBase::add(const Tensors& weights) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    expect(static_cast<bool>(weights[i]), "{}: weight {} is absent; expected a leaf", type(), i);
    expect<GraphError>(weights[i].is_leaf(),
                       "{}: weight {}, of shape {}, is computed; expected a leaf: an optimizer can only write those",
                       type(), i, to_string(weights[i].shape()));
  }
  slots_.reserve(slots_.size() + weights.size());
  for (const Tensor& weight : weights)
    if (!find(weight)) slots_.push_back({.weight = weight});
}

// Frozen weights lose their state, trainable ones without one start afresh.
void OptimizerBase::synchronize() {
  for (Slot& slot : slots_) {
    if (detail::is_paused(slot.weight)) continue;
    const bool frozen = is_frozen(slot.weight);
    if (frozen && slot.has_state && !detail::keeps_state(slot.weight)) {
      slot.state = {};
      slot.has_state = false;
    } else if (!frozen && !slot.has_state) {
      slot.part = detail::frozen_part(slot.weight);
      const Shape& shape = slot.part ? slot.part->trained_shape() : slot.weight.shape();
      for (int k = state_count(); k > 0; --k)
        slot.state.tensors.push_back(zeros(shape, {.dtype = slot.weight.dtype()}));
      slot.has_state = true;
    } else if (!frozen && !(slot.part == detail::frozen_part(slot.weight))) {
      lay_out_state(slot);
    }
  }
}

// Another part of the weight is frozen than when the state was made: what is thawed starts from zero.
void OptimizerBase::lay_out_state(Slot& slot) {
  const detail::Ref<detail::FrozenPart>& part = detail::frozen_part(slot.weight);
  for (Tensor& t : slot.state.tensors) {
    if (slot.part) t = slot.part->spread(t);
    if (part) t = part->gather(t);
  }
  slot.part = part;
}

double OptimizerBase::global_scale() const {
  if (settings_.global_clipnorm == 0) return 1;
  double sum = 0;
  for (const Slot& slot : slots_)
    if (detail::is_trained(slot.weight) && slot.weight.has_grad())
      sum += optim::sum_of_squares(detail::stored_gradient(slot.weight));
  return clip_factor(sum, settings_.global_clipnorm);
}

double OptimizerBase::scale_of(const Tensor& gradient, double global) const {
  return settings_.clipnorm == 0 ? global : clip_factor(optim::sum_of_squares(gradient), settings_.clipnorm);
}

void OptimizerBase::update_slot(Slot& slot, double global) {
  Tensor gradient = detail::stored_gradient(slot.weight);
  const double scale = scale_of(gradient, global);
  if (settings_.clipvalue > 0)
    gradient = gradient.dtype() == DType::float32 ? clipped_to<float>(gradient, settings_.clipvalue)
                                                  : clipped_to<double>(gradient, settings_.clipvalue);
  ++slot.state.steps;
  Tensor trained = slot.part ? slot.part->gather(slot.weight) : slot.weight;
  update({.weight = trained,
          .gradient = gradient,
          .state = slot.state,
          .learning_rate = settings_.learning_rate,
          .decay = settings_.learning_rate * settings_.weight_decay,
          .scale = scale});
  if (slot.part) slot.part->scatter(trained, slot.weight);
}

void OptimizerBase::step() {
  NoGrad guard;
  synchronize();
  const double global = global_scale();
  for (Slot& slot : slots_)
    if (detail::is_trained(slot.weight) && slot.weight.has_grad()) update_slot(slot, global);
}

void OptimizerBase::zero_grad() const {
  for (const Slot& slot : slots_)
    if (!detail::is_paused(slot.weight)) slot.weight.zero_grad();
}

std::int64_t OptimizerBase::state_bytes() {
  synchronize();
  std::int64_t bytes = 0;
  for (const Slot& slot : slots_)
    for (const Tensor& t : slot.state.tensors) bytes += t.size() * static_cast<std::int64_t>(size_of(t.dtype()));
  return bytes;
}

void OptimizerBase::set_learning_rate(double value) {
  expect_setting("learning_rate", value);
  settings_.learning_rate = value;
}

Tensors OptimizerBase::weights() const {
  Tensors weights;
  weights.reserve(slots_.size());
  for (const Slot& slot : slots_) weights.push_back(slot.weight);
  return weights;
}

OptimizerState OptimizerBase::state(const Tensor& weight) const {
  expect(static_cast<bool>(weight), "{}: the weight is absent", type());
  for (const Slot& slot : slots_) {
    if (!slot.weight.is_same(weight)) continue;
    OptimizerState copy{.steps = slot.state.steps};
    for (const Tensor& t : slot.state.tensors) copy.tensors.push_back(slot.part ? slot.part->spread(t) : t.clone());
    return copy;
  }
  return {};
}

void OptimizerBase::set_state(const Tensor& weight, const OptimizerState& state) {
  expect(static_cast<bool>(weight), "{}: the weight is absent", type());
  Slot* slot = find(weight);
  expect(slot != nullptr, "{}: a state was given for a weight that was not added", type());
  expect(state.tensors.size() == static_cast<std::size_t>(state_count()),
         "{}: the state has the wrong number of tensors; got {}; expected {}", type(), state.tensors.size(),
         state_count());
  expect(state.steps >= 0, "{}: the state's step count is negative; got {}", type(), state.steps);
  OptimizerState copy{.steps = state.steps};
  for (const Tensor& t : state.tensors) {
    expect<ShapeError>(t && t.shape() == weight.shape(), "{}: the state's shape differs; got {}; expected {}", type(),
                       t ? to_string(t.shape()) : "absent", to_string(weight.shape()));
    expect(t.dtype() == weight.dtype(), "{}: the state's dtype differs; got {}; expected {}", type(),
           name_of(t.dtype()), name_of(weight.dtype()));
    copy.tensors.push_back(t.clone());
  }
  slot->part = {};
  slot->state = std::move(copy);
  slot->has_state = true;
}

Optimizer::Optimizer(const char* name) {
  expect(name != nullptr, "optimizer: the name is absent; got a null pointer; expected 'adam' or 'sgd'");
  std::string lower;
  for (const char* c = name; *c; ++c) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  if (lower == "adam")
    *this = Adam();
  else if (lower == "sgd")
    *this = SGD();
  else
    expect(false, "optimizer: unknown name '{}'; expected 'adam' or 'sgd'", name);
}

OptimizerBase& Optimizer::base() const {
  expect(static_cast<bool>(impl_), "optimizer: it is absent; expected Adam(…), SGD(…) or another");
  return *impl_;
}
void Optimizer::add(const Tensors& weights) const { base().add(weights); }
void Optimizer::step() const { base().step(); }
void Optimizer::zero_grad() const { base().zero_grad(); }
std::int64_t Optimizer::state_bytes() const { return base().state_bytes(); }
double Optimizer::learning_rate() const { return base().learning_rate(); }
void Optimizer::set_learning_rate(double value) const { base().set_learning_rate(value); }

}  // namespace frost
