#pragma once
#include <frost/autograd/frozen_part.hpp>
#include <frost/autograd/tensor.hpp>
#include <frost/optim/learning_rate.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace frost {

/// What every optimizer has. 0 switches a decay or a limit off; at most one of the three limits may be set.
struct OptimizerSettings {
  LearningRate learning_rate = 0.001;
  double weight_decay = 0;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

/// What an optimizer remembers about one weight: how often it was updated, and tensors of its shape.
struct OptimizerState {
  std::int64_t steps = 0;
  Tensors tensors = {};
  /// How often each element was, int64 of the weight's shape, where some were thawed later than others; absent when
  /// all that train were updated `steps` times.
  Tensor own_steps = {};
};

namespace detail {
/// The state of those elements of a weight that `part` leaves, which were updated equally often. Absent: of all.
struct StatePiece {
  Ref<FrozenPart> part = {};
  OptimizerState state = {};
};
}  // namespace detail

/// One weight's turn in a step. Of a weight that is frozen in part, all of this is about the part that is not: a tensor
/// of its own, smaller shape, written back after the update. What was thawed later than the rest has a turn of its own.
struct WeightUpdate {
  Tensor& weight;
  const Tensor& gradient;
  OptimizerState& state;  ///< its `steps` counts this update already
  double learning_rate;
  double decay;  ///< first, w −= decay·w: learning rate times weight decay
  double scale;  ///< the gradient's factor, from clipping
};

/// The base of optimizers, of yours too: it says which weights are updated, `update` says how.
///
/// A step updates the weights that are trainable and have a gradient. One that is frozen when `step` runs (or
/// `state_bytes` is asked) loses its state then, and starts afresh when it is thawed; one that is paused, or frozen
/// with its state kept, keeps it. All this holds for the rows of a weight too. Gradients are never changed.
///
///     class Sign : public frost::OptimizerBase {          // w −= lr·sign(g)
///      public:
///       explicit Sign(double rate) : OptimizerBase({.learning_rate = rate}) {}
///       std::string type() const override { return "Sign"; }
///       void update(const frost::WeightUpdate& u) override {
///         u.weight.assign(u.weight.detach() - u.learning_rate * sign(u.gradient));
///       }
///     };
///     frost::Optimizer optimizer = frost::optimizer<Sign>(0.01);
class FROST_API OptimizerBase : public detail::Counted {
 public:
  /// Throws: ValueError for a negative or infinite setting, or more than one limit.
  explicit OptimizerBase(const OptimizerSettings& settings);
  virtual ~OptimizerBase();
  OptimizerBase(const OptimizerBase&) = delete;
  OptimizerBase& operator=(const OptimizerBase&) = delete;

  /// "Adam": what files call it.
  virtual std::string type() const = 0;
  /// Updates one weight.
  virtual void update(const WeightUpdate& update) = 0;
  /// How many tensors of a weight's shape are kept.
  virtual int state_count() const { return 0; }
  /// What the elements of the k-th of them are at first.
  virtual double fresh_state(int /*k*/) const { return 0; }
  /// The options by name, the common ones included.
  virtual std::map<std::string, double> config() const;

  void add(const Tensors& weights);
  void step();
  void zero_grad() const;
  std::int64_t state_bytes();
  /// Of the next step.
  double learning_rate() const { return settings_.learning_rate.at(iterations_); }
  void set_learning_rate(double value);
  /// Absent where the learning rate is a number.
  const LearningRateSchedule& schedule() const { return settings_.learning_rate.schedule(); }
  /// Takes the place of the learning rate. Throws: ValueError for an absent schedule.
  void set_schedule(const LearningRateSchedule& schedule);
  /// How many steps were taken: what a schedule is asked for next.
  std::int64_t iterations() const { return iterations_; }
  /// Throws: ValueError for a negative number.
  void set_iterations(std::int64_t value);
  const OptimizerSettings& settings() const { return settings_; }
  Tensors weights() const;
  /// A copy of what is remembered about a weight, as at first where it is frozen; empty when nothing is.
  OptimizerState state(const Tensor& weight) const;
  /// What is frozen keeps none of it. Throws: ValueError for a weight that was not added, ShapeError or ValueError for
  /// tensors that do not fit.
  void set_state(const Tensor& weight, const OptimizerState& state);

 private:
  struct Slot {
    Tensor weight;
    std::vector<detail::StatePiece> pieces = {};  // together, what `part` leaves
    bool has_state = false;
    detail::Ref<detail::FrozenPart> part = {};
  };
  Slot* find(const Tensor& weight);
  void synchronize();
  std::vector<double> fresh_states() const;
  double global_scale() const;
  double scale_of(const Tensor& gradient, double global) const;
  void update_slot(Slot& slot, double rate, double global);

  OptimizerSettings settings_;
  std::int64_t iterations_ = 0;
  std::vector<Slot> slots_;
  std::unordered_map<const void*, std::size_t> places_;  // of the weights among them
};

/// A handle to an optimizer: copies share weights and state.
class FROST_API Optimizer {
 public:
  /// An absent optimizer; it converts to false.
  Optimizer() = default;
  explicit Optimizer(OptimizerBase* taken) : impl_(taken) {}
  /// With its default options, from Keras' name: "adam", "rmsprop", …; capitals do not matter. Throws: ValueError for
  /// an unknown name.
  Optimizer(const char* name);
  Optimizer(const std::string& name) : Optimizer(name.c_str()) {}

  /// Adds weights to train; frozen ones are skipped while they are. One that was added before counts once.
  /// Throws: GraphError for a computed tensor, ValueError for an absent one, and for an empty list.
  void add(const Tensors& weights) const;
  /// Updates every weight that is trainable and has a gradient. Throws: GraphError when no weights were added.
  void step() const;
  /// Takes the gradients of the weights away; those of paused weights stay.
  void zero_grad() const;
  /// The bytes of state kept for weights that are trainable (or whose state is kept).
  std::int64_t state_bytes() const;
  /// Of the next step, where it is a schedule.
  double learning_rate() const;
  /// Throws: ValueError unless 0 ≤ value < ∞, and where the learning rate is a schedule.
  void set_learning_rate(double value) const;

  explicit operator bool() const { return static_cast<bool>(impl_); }
  /// Throws: ValueError for an absent optimizer.
  OptimizerBase& base() const;

 private:
  detail::Ref<OptimizerBase> impl_;
};

/// An optimizer of your own: `optimizer<Sign>(0.01)`.
template <class T, class... A>
Optimizer optimizer(A&&... arguments) {
  return Optimizer(new T(std::forward<A>(arguments)...));
}

}  // namespace frost
