#pragma once
#include <frost/autograd/positional.hpp>
#include <frost/autograd/tensor.hpp>

#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace frost {

/// A schedule's options by name, as files hold them: each one number, a list of them, or none where it was not given.
using ScheduleConfig = std::map<std::string, std::vector<double>>;

/// The base of schedules, of yours too.
///
///     class Halving : public frost::LearningRateScheduleBase {          // 0.1/2^⌊step/100⌋
///      public:
///       std::string type() const override { return "Halving"; }
///       double at(std::int64_t step) const override { return 0.1 / std::pow(2., step / 100); }
///     };
///     frost::SGD optimizer({.learning_rate = frost::learning_rate_schedule<Halving>()});
class FROST_API LearningRateScheduleBase : public detail::Counted {
 public:
  virtual ~LearningRateScheduleBase();
  /// "CosineDecay": what files call it.
  virtual std::string type() const = 0;
  /// The learning rate of a step, the first of which is 0.
  virtual double at(std::int64_t step) const = 0;
  virtual ScheduleConfig config() const { return {}; }
};

/// A handle to a schedule, a learning rate as a function of an optimizer's steps.
class FROST_API LearningRateSchedule {
 public:
  /// An absent schedule; it converts to false.
  LearningRateSchedule() = default;
  explicit LearningRateSchedule(LearningRateScheduleBase* taken) : impl_(taken) {}

  /// The learning rate of a step, the first of which is 0. Throws: ValueError for a negative step, for a rate that is
  /// negative or not finite.
  double operator()(std::int64_t step) const;

  explicit operator bool() const { return static_cast<bool>(impl_); }
  /// Throws: ValueError for an absent schedule.
  const LearningRateScheduleBase& base() const;

 private:
  detail::Ref<LearningRateScheduleBase> impl_;
};

/// A schedule of your own: `learning_rate_schedule<Halving>()`.
template <class T, class... A>
LearningRateSchedule learning_rate_schedule(A&&... arguments) {
  return LearningRateSchedule(new T(std::forward<A>(arguments)...));
}

/// A schedule from what `base().type()` and `base().config()` gave.
/// Throws: ValueError for a type or an option that is not known.
FROST_API LearningRateSchedule make_schedule(const std::string& type, const ScheduleConfig& config);

/// Makes a class of yours known to make_schedule, and so to files of models.
/// Throws: ValueError when the name is a built-in schedule's.
FROST_API void register_schedule(const std::string& type, LearningRateSchedule (*make)(const ScheduleConfig&));

/// A number, or a schedule.
class FROST_API LearningRate {
 public:
  LearningRate(double value = 0) : value_(value) {}
  LearningRate(const LearningRateSchedule& schedule);

  /// The rate of a step, the first of which is 0.
  double at(std::int64_t step) const { return schedule_ ? schedule_(step) : value_; }
  /// Absent where it is a number.
  const LearningRateSchedule& schedule() const { return schedule_; }

 private:
  double value_ = 0;
  LearningRateSchedule schedule_;
};

FROST_API std::string to_string(const LearningRate& rate);

namespace detail {

/// The constructors of an optimizer whose learning rate stands in front: Adam(1e-3), AdamW(CosineDecay({…}), {…}).
template <class Made, class Handle, class Options>
class WithRate : public Handle {
 public:
  template <class A>
  requires(StandsFor<A, double> || std::derived_from<A, LearningRateSchedule>)  //
      explicit WithRate(const A& rate, const Options& options = {})
      : Handle(Made(with_first<Made, &Options::learning_rate>(options, to_rate(rate)))) {}

 protected:
  template <std::same_as<Handle> H>
  explicit WithRate(const H& made) : Handle(made) {}

 private:
  static LearningRate to_rate(const LearningRateSchedule& schedule) { return schedule; }
  template <StandsFor<double> A>
  static LearningRate to_rate(A rate) {
    return static_cast<double>(rate);
  }
};

}  // namespace detail

}  // namespace frost
