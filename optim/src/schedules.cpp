#include <frost/optim/schedules.hpp>

#include "option_checks.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numbers>
#include <type_traits>

namespace frost {

using namespace optim;

namespace {

template <class T>
constexpr bool is_list = requires(T list) {
  list.begin();
};

struct Writer {
  ScheduleConfig config = {};
  template <class T>
  void operator()(const char* name, const T& value) {
    if constexpr (is_list<T>)
      config[name] = std::vector<double>(value.begin(), value.end());
    else if constexpr (std::is_arithmetic_v<T>)
      config[name] = {static_cast<double>(value)};
    else
      config[name] = value ? std::vector<double>{*value} : std::vector<double>();
  }
};

class Reader {
 public:
  Reader(const char* type, const ScheduleConfig& config) : type_(type), left_(config) {}
  template <class T>
  void operator()(const char* name, T& value) {
    const auto at = left_.find(name);
    if (at == left_.end()) return;
    const std::vector<double>& numbers = at->second;
    if constexpr (is_list<T>) {
      value.clear();
      for (const double x : numbers) value.push_back(as<typename T::value_type>(name, x));
    } else if constexpr (std::is_arithmetic_v<T>) {
      expect(numbers.size() == 1, "make_schedule: {}'s option '{}' has {} numbers; expected 1", type_, name,
             numbers.size());
      value = as<T>(name, numbers[0]);
    } else {
      value.reset();
      if (!numbers.empty()) value = numbers[0];
    }
    left_.erase(at);
  }
  void finish() const {
    expect(left_.empty(), "make_schedule: {} has no option '{}'", type_, left_.empty() ? "" : left_.begin()->first);
  }

 private:
  template <class T>
  T as(const char* name, double x) const {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
      expect(x == std::floor(x) && std::abs(x) < 0x1p53, "make_schedule: {}'s option '{}' is {}; expected an integer",
             type_, name, x);
    return static_cast<T>(x);
  }

  const char* type_;
  ScheduleConfig left_;
};

void expect_steps(const char* type, const char* name, std::int64_t value) {
  expect(value > 0, "{}: {} is out of range; got {}; expected 1 or more", type, name, value);
}

double quotient(std::int64_t step, std::int64_t steps, bool staircase) {
  return staircase ? static_cast<double>(step / steps) : static_cast<double>(step) / static_cast<double>(steps);
}
// From 1 to 0 along half a cosine.
double half_cosine(double s) { return (1 + std::cos(std::numbers::pi * s)) / 2; }

// Note [A schedule is a formula]
// Each has its options, what files call it, the list of their fields, what is asked of them, and the rate of a step.

struct Exponential {
  using Options = ExponentialDecayOptions;
  static constexpr const char* type = "ExponentialDecay";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("initial_learning_rate", o.initial_learning_rate);
    visit("decay_steps", o.decay_steps);
    visit("decay_rate", o.decay_rate);
    visit("staircase", o.staircase);
  }
  static void check(const Options& o) {
    expect_from_zero(type, "initial_learning_rate", o.initial_learning_rate);
    expect_steps(type, "decay_steps", o.decay_steps);
    expect_above_zero(type, "decay_rate", o.decay_rate);
  }
  static double rate(const Options& o, std::int64_t step) {
    return o.initial_learning_rate * std::pow(o.decay_rate, quotient(step, o.decay_steps, o.staircase));
  }
};

struct Piecewise {
  using Options = PiecewiseConstantDecayOptions;
  static constexpr const char* type = "PiecewiseConstantDecay";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("boundaries", o.boundaries);
    visit("values", o.values);
  }
  static void check(const Options& o) {
    expect(o.values.size() == o.boundaries.size() + 1,
           "PiecewiseConstantDecay: got {} boundaries and {} values; expected one value more than boundaries",
           o.boundaries.size(), o.values.size());
    for (std::size_t i = 0; i < o.boundaries.size(); ++i)
      expect(o.boundaries[i] >= 0 && (i == 0 || o.boundaries[i] > o.boundaries[i - 1]),
             "PiecewiseConstantDecay: boundaries are out of order; got {}; expected numbers from 0, each larger than "
             "the one before",
             fmt::join(o.boundaries, ", "));
    for (const double value : o.values) expect_from_zero(type, "a value", value);
  }
  static double rate(const Options& o, std::int64_t step) {
    const auto at = std::lower_bound(o.boundaries.begin(), o.boundaries.end(), step);
    return o.values[static_cast<std::size_t>(at - o.boundaries.begin())];
  }
};

struct Polynomial {
  using Options = PolynomialDecayOptions;
  static constexpr const char* type = "PolynomialDecay";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("initial_learning_rate", o.initial_learning_rate);
    visit("decay_steps", o.decay_steps);
    visit("end_learning_rate", o.end_learning_rate);
    visit("power", o.power);
    visit("cycle", o.cycle);
  }
  static void check(const Options& o) {
    expect_from_zero(type, "initial_learning_rate", o.initial_learning_rate);
    expect_steps(type, "decay_steps", o.decay_steps);
    expect_from_zero(type, "end_learning_rate", o.end_learning_rate);
    expect_from_zero(type, "power", o.power);
  }
  static double rate(const Options& o, std::int64_t step) {
    const auto steps = static_cast<double>(o.decay_steps);
    const double cycles = o.cycle && step > 0 ? std::ceil(static_cast<double>(step) / steps) : 1;
    const double s = static_cast<double>(o.cycle ? step : std::min(step, o.decay_steps));
    return (o.initial_learning_rate - o.end_learning_rate) * std::pow(1 - s / (steps * cycles), o.power) +
           o.end_learning_rate;
  }
};

struct InverseTime {
  using Options = InverseTimeDecayOptions;
  static constexpr const char* type = "InverseTimeDecay";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("initial_learning_rate", o.initial_learning_rate);
    visit("decay_steps", o.decay_steps);
    visit("decay_rate", o.decay_rate);
    visit("staircase", o.staircase);
  }
  static void check(const Options& o) {
    expect_from_zero(type, "initial_learning_rate", o.initial_learning_rate);
    expect_steps(type, "decay_steps", o.decay_steps);
    expect_from_zero(type, "decay_rate", o.decay_rate);
  }
  static double rate(const Options& o, std::int64_t step) {
    return o.initial_learning_rate / (1 + o.decay_rate * quotient(step, o.decay_steps, o.staircase));
  }
};

struct Cosine {
  using Options = CosineDecayOptions;
  static constexpr const char* type = "CosineDecay";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("initial_learning_rate", o.initial_learning_rate);
    visit("decay_steps", o.decay_steps);
    visit("alpha", o.alpha);
    visit("warmup_target", o.warmup_target);
    visit("warmup_steps", o.warmup_steps);
  }
  static void check(const Options& o) {
    expect_from_zero(type, "initial_learning_rate", o.initial_learning_rate);
    expect_steps(type, "decay_steps", o.decay_steps);
    expect_fraction(type, "alpha", o.alpha);
    if (o.warmup_target) expect_from_zero(type, "warmup_target", *o.warmup_target);
    expect(o.warmup_steps >= 0, "CosineDecay: warmup_steps is out of range; got {}; expected 0 or more",
           o.warmup_steps);
    expect(o.warmup_target || o.warmup_steps == 0,
           "CosineDecay: warmup_steps is {} without a warmup_target; expected both or none", o.warmup_steps);
  }
  static double rate(const Options& o, std::int64_t step) {
    const double from = o.initial_learning_rate, top = o.warmup_target.value_or(from);
    if (step < o.warmup_steps) return from + (top - from) * quotient(step, o.warmup_steps, false);
    const double s = quotient(std::min(step - o.warmup_steps, o.decay_steps), o.decay_steps, false);
    return top * ((1 - o.alpha) * half_cosine(s) + o.alpha);
  }
};

struct CosineRestarts {
  using Options = CosineDecayRestartsOptions;
  static constexpr const char* type = "CosineDecayRestarts";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("initial_learning_rate", o.initial_learning_rate);
    visit("first_decay_steps", o.first_decay_steps);
    visit("t_mul", o.t_mul);
    visit("m_mul", o.m_mul);
    visit("alpha", o.alpha);
  }
  static void check(const Options& o) {
    expect_from_zero(type, "initial_learning_rate", o.initial_learning_rate);
    expect_steps(type, "first_decay_steps", o.first_decay_steps);
    expect(std::isfinite(o.t_mul) && o.t_mul >= 1,
           "CosineDecayRestarts: t_mul is out of range; got {}; expected a finite number from 1", o.t_mul);
    expect_from_zero(type, "m_mul", o.m_mul);
    expect_fraction(type, "alpha", o.alpha);
  }
  static double rate(const Options& o, std::int64_t step) {
    double start = 0, length = static_cast<double>(o.first_decay_steps), k = 0;
    const auto s = static_cast<double>(step);
    if (o.t_mul == 1) {
      k = std::floor(s / length);
      start = k * length;
    } else {
      for (; s >= start + length; ++k) {
        start += length;
        length *= o.t_mul;
      }
    }
    return o.initial_learning_rate *
           ((1 - o.alpha) * std::pow(o.m_mul, k) * half_cosine((s - start) / length) + o.alpha);
  }
};

struct Cycle {
  using Options = OneCycleOptions;
  static constexpr const char* type = "OneCycle";
  template <class V>
  static void fields(V& visit, Options& o) {
    visit("max_learning_rate", o.max_learning_rate);
    visit("total_steps", o.total_steps);
    visit("pct_start", o.pct_start);
    visit("div_factor", o.div_factor);
    visit("final_div_factor", o.final_div_factor);
  }
  static void check(const Options& o) {
    expect_from_zero(type, "max_learning_rate", o.max_learning_rate);
    expect_steps(type, "total_steps", o.total_steps);
    expect_fraction(type, "pct_start", o.pct_start);
    expect_above_zero(type, "div_factor", o.div_factor);
    expect_above_zero(type, "final_div_factor", o.final_div_factor);
  }
  static double rate(const Options& o, std::int64_t step) {
    const double last = static_cast<double>(o.total_steps - 1), s = std::min(static_cast<double>(step), last);
    const double peak = o.pct_start * static_cast<double>(o.total_steps) - 1;
    const double first = o.max_learning_rate / o.div_factor, least = first / o.final_div_factor;
    if (s < peak) return o.max_learning_rate + (first - o.max_learning_rate) * half_cosine(s / peak);
    if (last <= peak) return o.max_learning_rate;
    return least + (o.max_learning_rate - least) * half_cosine((s - peak) / (last - peak));
  }
};

template <class Formula>
class Scheduled : public LearningRateScheduleBase {
 public:
  explicit Scheduled(const typename Formula::Options& options) : options_(options) { Formula::check(options); }
  std::string type() const override { return Formula::type; }
  double at(std::int64_t step) const override { return Formula::rate(options_, step); }
  ScheduleConfig config() const override {
    Writer writer;
    auto copy = options_;
    Formula::fields(writer, copy);
    return writer.config;
  }

 private:
  typename Formula::Options options_;
};

struct Entry {
  const char* type;
  LearningRateScheduleBase* (*make)(const ScheduleConfig& config);
};

template <class Formula>
LearningRateScheduleBase* make_from(const ScheduleConfig& config) {
  typename Formula::Options options;
  Reader reader(Formula::type, config);
  Formula::fields(reader, options);
  reader.finish();
  return new Scheduled<Formula>(options);
}

template <class Formula>
constexpr Entry entry_of{Formula::type, make_from<Formula>};

constexpr Entry entries[] = {entry_of<Cosine>, entry_of<CosineRestarts>, entry_of<Exponential>, entry_of<InverseTime>,
                             entry_of<Cycle>,  entry_of<Piecewise>,      entry_of<Polynomial>};

const Entry* find(const std::string& type) {
  const auto at = std::find_if(std::begin(entries), std::end(entries), [&](const Entry& e) { return type == e.type; });
  return at == std::end(entries) ? nullptr : at;
}

struct Registered {
  std::mutex mutex;
  std::map<std::string, LearningRateSchedule (*)(const ScheduleConfig&)> makers;
};
Registered& registered() {
  static Registered all;
  return all;
}

}  // namespace

ExponentialDecay::ExponentialDecay(const ExponentialDecayOptions& options)
    : LearningRateSchedule(new Scheduled<Exponential>(options)) {}
PiecewiseConstantDecay::PiecewiseConstantDecay(const PiecewiseConstantDecayOptions& options)
    : LearningRateSchedule(new Scheduled<Piecewise>(options)) {}
PolynomialDecay::PolynomialDecay(const PolynomialDecayOptions& options)
    : LearningRateSchedule(new Scheduled<Polynomial>(options)) {}
InverseTimeDecay::InverseTimeDecay(const InverseTimeDecayOptions& options)
    : LearningRateSchedule(new Scheduled<InverseTime>(options)) {}
CosineDecay::CosineDecay(const CosineDecayOptions& options) : LearningRateSchedule(new Scheduled<Cosine>(options)) {}
CosineDecayRestarts::CosineDecayRestarts(const CosineDecayRestartsOptions& options)
    : LearningRateSchedule(new Scheduled<CosineRestarts>(options)) {}
OneCycle::OneCycle(const OneCycleOptions& options) : LearningRateSchedule(new Scheduled<Cycle>(options)) {}

LearningRateSchedule make_schedule(const std::string& type, const ScheduleConfig& config) {
  if (const Entry* entry = find(type)) return LearningRateSchedule(entry->make(config));
  LearningRateSchedule (*make)(const ScheduleConfig&) = nullptr;
  {
    const std::lock_guard lock(registered().mutex);
    const auto at = registered().makers.find(type);
    std::vector<std::string> known;
    for (const Entry& entry : entries) known.emplace_back(entry.type);
    expect(at != registered().makers.end(),
           "make_schedule: the type '{}' is not known; expected {} or one made known by register_schedule", type,
           fmt::join(known, ", "));
    make = at->second;
  }
  return make(config);
}

void register_schedule(const std::string& type, LearningRateSchedule (*make)(const ScheduleConfig&)) {
  expect(!type.empty() && make, "register_schedule: got type '{}' and {} factory; expected both", type,
         make ? "a" : "no");
  expect(!find(type), "register_schedule: '{}' is a built-in schedule", type);
  const std::lock_guard lock(registered().mutex);
  registered().makers[type] = make;
}

}  // namespace frost
