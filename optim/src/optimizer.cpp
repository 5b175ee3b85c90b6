#include <frost/optim/optimizer.hpp>

#include "entries.hpp"
#include "state_pieces.hpp"
#include "sum_of_squares.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/identity.hpp>
#include <frost/autograd/leaf.hpp>
#include <frost/autograd/make.hpp>

#include <algorithm>
#include <cmath>

namespace frost {

using detail::FrozenPart;
using detail::Ref;
using detail::StatePiece;
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
  expect_setting("learning_rate", settings.learning_rate.at(0));
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
  return {{"learning_rate", learning_rate()},
          {"weight_decay", settings_.weight_decay},
          {"clipnorm", settings_.clipnorm},
          {"clipvalue", settings_.clipvalue},
          {"global_clipnorm", settings_.global_clipnorm}};
}

OptimizerBase::Slot* OptimizerBase::find(const Tensor& weight) {
  const auto at = places_.find(detail::identity(weight));
  return at == places_.end() ? nullptr : &slots_[at->second];
}

void OptimizerBase::add(const Tensors& weights) {
  expect(!weights.empty(),
         "{}: add: got 0 weights; expected one or more. A layer has none before it is built: call it on data first",
         type());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    expect(weights[i].present(), "{}: weight {} is absent; expected a leaf", type(), i);
    expect<GraphError>(weights[i].is_leaf(),
                       "{}: weight {}, of shape {}, is computed; expected a leaf: an optimizer can only write those",
                       type(), i, to_string(weights[i].shape()));
  }
  slots_.reserve(slots_.size() + weights.size());
  for (const Tensor& weight : weights)
    if (places_.emplace(detail::identity(weight), slots_.size()).second) slots_.push_back({.weight = weight});
}

// Frozen weights lose their state, trainable ones without one start afresh; so do the parts of a weight.
void OptimizerBase::synchronize() {
  for (Slot& slot : slots_) {
    if (detail::is_paused(slot.weight)) continue;
    const bool frozen = is_frozen(slot.weight);
    if (frozen && slot.has_state && !detail::keeps_state(slot.weight)) {
      slot.pieces.clear();
      slot.has_state = false;
    } else if (!frozen && !slot.has_state) {
      slot.part = detail::frozen_part(slot.weight);
      slot.pieces = {optim::fresh_piece(slot.weight, slot.part, fresh_states())};
      slot.has_state = true;
    } else if (const Ref<FrozenPart>& part = detail::frozen_part(slot.weight); !frozen && !(slot.part == part)) {
      slot.pieces = optim::laid_out(slot.weight, slot.pieces, slot.part, part, fresh_states());
      slot.part = part;
    }
  }
}

std::vector<double> OptimizerBase::fresh_states() const {
  std::vector<double> fresh;
  for (int k = 0; k < state_count(); ++k) fresh.push_back(fresh_state(k));
  return fresh;
}

double OptimizerBase::global_scale() const {
  if (settings_.global_clipnorm == 0) return 1;
  double sum = 0;
  for (const Slot& slot : slots_)
    if (detail::is_trained(slot.weight) && slot.weight.has_grad())
      sum += optim::sum_of_squares(detail::stored_gradient(slot.weight).values);
  return clip_factor(sum, settings_.global_clipnorm);
}

double OptimizerBase::scale_of(const Tensor& gradient, double global) const {
  return settings_.clipnorm == 0 ? global : clip_factor(optim::sum_of_squares(gradient), settings_.clipnorm);
}

void OptimizerBase::update_slot(Slot& slot, double rate, double global) {
  detail::StoredGradient gradient = detail::stored_gradient(slot.weight);
  const double scale = scale_of(gradient.values, global);
  if (settings_.clipvalue > 0)
    gradient.values = gradient.values.dtype() == DType::float32
                          ? clipped_to<float>(gradient.values, settings_.clipvalue)
                          : clipped_to<double>(gradient.values, settings_.clipvalue);
  // Rows thawed since the gradient was made have none: they are left as they are.
  const Ref<FrozenPart> without = gradient.without;
  const Shape& shape = slot.weight.shape();
  if (!(without == slot.part)) optim::split_at(shape, slot.pieces, without);
  if (slot.pieces.size() > 1) gradient = {detail::lay_out(gradient.values, without, {}), {}};
  for (StatePiece& piece : slot.pieces) {
    if (!(without == slot.part) && !optim::overlap(shape, piece.part, without)) continue;
    ++piece.state.steps;
    Tensor trained = piece.part ? piece.part->gather(slot.weight) : slot.weight;
    const Tensor own_gradient = detail::lay_out(gradient.values, gradient.without, piece.part);
    update({.weight = trained,
            .gradient = own_gradient,
            .state = piece.state,
            .learning_rate = rate,
            .decay = rate * settings_.weight_decay,
            .scale = scale});
    if (piece.part) piece.part->scatter(trained, slot.weight);
  }
}

void OptimizerBase::step() {
  expect<GraphError>(!slots_.empty(), "{}: step: there are no weights to train; expected add(model.weights()) before",
                     type());
  const double rate = learning_rate();
  NoGrad guard;
  synchronize();
  const double global = global_scale();
  for (Slot& slot : slots_)
    if (detail::is_trained(slot.weight) && slot.weight.has_grad()) update_slot(slot, rate, global);
  ++iterations_;
}

void OptimizerBase::zero_grad() const {
  for (const Slot& slot : slots_)
    if (!detail::is_paused(slot.weight)) slot.weight.zero_grad();
}

std::int64_t OptimizerBase::state_bytes() {
  synchronize();
  std::int64_t bytes = 0;
  for (const Slot& slot : slots_)
    for (const StatePiece& piece : slot.pieces)
      for (const Tensor& t : piece.state.tensors) bytes += t.size() * static_cast<std::int64_t>(size_of(t.dtype()));
  return bytes;
}

void OptimizerBase::set_learning_rate(double value) {
  expect(!schedule(),
         "{}: set_learning_rate: the learning rate is a schedule; got {} for {}; expected an optimizer that was made "
         "with a number",
         type(), value, schedule() ? schedule().base().type() : "");
  expect_setting("learning_rate", value);
  settings_.learning_rate = value;
}

void OptimizerBase::set_schedule(const LearningRateSchedule& schedule) { settings_.learning_rate = schedule; }

void OptimizerBase::set_iterations(std::int64_t value) {
  expect(value >= 0, "{}: set_iterations: the number of steps is out of range; got {}; expected 0 or more", type(),
         value);
  iterations_ = value;
}

Tensors OptimizerBase::weights() const {
  Tensors weights;
  weights.reserve(slots_.size());
  for (const Slot& slot : slots_) weights.push_back(slot.weight);
  return weights;
}

OptimizerState OptimizerBase::state(const Tensor& weight) const {
  expect(weight.present(), "{}: the weight is absent", type());
  for (const Slot& slot : slots_) {
    if (!slot.weight.is_same(weight)) continue;
    if (!slot.has_state) return {};
    // What was thawed since the last step was not updated yet.
    const Ref<FrozenPart>& part = detail::frozen_part(weight);
    OptimizerState all = optim::joined(weight, slot.pieces, false, fresh_states());
    if (all.steps > 0 && !detail::trained_in_first(weight.shape(), part, slot.part).empty())
      all = optim::joined(weight, slot.pieces, true, fresh_states());
    return all;
  }
  return {};
}

void OptimizerBase::set_state(const Tensor& weight, const OptimizerState& state) {
  expect(weight.present(), "{}: the weight is absent", type());
  Slot* slot = find(weight);
  expect(slot != nullptr, "{}: a state was given for a weight that was not added", type());
  expect(state.tensors.size() == static_cast<std::size_t>(state_count()),
         "{}: the state has the wrong number of tensors; got {}; expected {}", type(), state.tensors.size(),
         state_count());
  expect(state.steps >= 0, "{}: the state's step count is negative; got {}", type(), state.steps);
  const auto expect_shape = [&](const Tensor& t) {
    expect<ShapeError>(t.present() && t.shape() == weight.shape(), "{}: the state's shape differs; got {}; expected {}",
                       type(), t.present() ? to_string(t.shape()) : "absent", to_string(weight.shape()));
  };
  for (const Tensor& t : state.tensors) {
    expect_shape(t);
    expect(t.dtype() == weight.dtype(), "{}: the state's dtype differs; got {}; expected {}", type(),
           name_of(t.dtype()), name_of(weight.dtype()));
  }
  if (state.own_steps.present()) {
    expect_shape(state.own_steps);
    expect(state.own_steps.dtype() == DType::int64, "{}: the state's own_steps are {}; expected int64", type(),
           name_of(state.own_steps.dtype()));
    for (const std::int64_t count : state.own_steps.data<std::int64_t>())
      expect(count >= 0, "{}: a count in the state's own_steps is negative; got {}", type(), count);
  }
  const Ref<FrozenPart>& part = detail::frozen_part(weight);
  slot->pieces = optim::pieces_of(weight, state, part);
  slot->part = part;
  slot->has_state = true;
}

Optimizer::Optimizer(const char* name) {
  expect(name != nullptr, "optimizer: the name is absent; got a null pointer; expected one of {}",
         optim::known_names());
  for (const optim::Entry* entry : optim::entries)
    if (optim::lower(entry->type) == optim::lower(name)) impl_ = detail::Ref<OptimizerBase>(entry->make({}));
  expect(static_cast<bool>(impl_), "optimizer: unknown name '{}'; expected one of {}", name, optim::known_names());
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
