#pragma once
#include <frost/optim/learning_rate.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace frost {

struct ExponentialDecayOptions {
  double initial_learning_rate = 0;
  std::int64_t decay_steps = 0;
  double decay_rate = 0;
  bool staircase = false;
};

/// initial_learning_rate·decay_rate^(step/decay_steps), the exponent rounded down with staircase.
/// Throws: ValueError for options out of range.
class FROST_API ExponentialDecay : public LearningRateSchedule {
 public:
  explicit ExponentialDecay(const ExponentialDecayOptions& options);
};

struct PiecewiseConstantDecayOptions {
  std::vector<std::int64_t> boundaries = {};
  std::vector<double> values = {};
};

/// The first value up to and with the step boundaries[0], the second up to and with boundaries[1], …, then the last.
/// Throws: ValueError unless boundaries increase and there is one value more than they are.
class FROST_API PiecewiseConstantDecay : public LearningRateSchedule {
 public:
  explicit PiecewiseConstantDecay(const PiecewiseConstantDecayOptions& options);
};

struct PolynomialDecayOptions {
  double initial_learning_rate = 0;
  std::int64_t decay_steps = 0;
  double end_learning_rate = 0.0001;
  double power = 1;
  bool cycle = false;
};

/// (initial_learning_rate − end_learning_rate)·(1 − s/d)^power + end_learning_rate, with d = decay_steps and
/// s = min(step, d). With cycle, s = step and d is the first multiple of decay_steps that is not below it, and not 0.
/// Throws: ValueError for options out of range.
class FROST_API PolynomialDecay : public LearningRateSchedule {
 public:
  explicit PolynomialDecay(const PolynomialDecayOptions& options);
};

struct InverseTimeDecayOptions {
  double initial_learning_rate = 0;
  std::int64_t decay_steps = 0;
  double decay_rate = 0;
  bool staircase = false;
};

/// initial_learning_rate/(1 + decay_rate·step/decay_steps), the quotient rounded down with staircase.
/// Throws: ValueError for options out of range.
class FROST_API InverseTimeDecay : public LearningRateSchedule {
 public:
  explicit InverseTimeDecay(const InverseTimeDecayOptions& options);
};

struct CosineDecayOptions {
  double initial_learning_rate = 0;
  std::int64_t decay_steps = 0;
  double alpha = 0;
  std::optional<double> warmup_target = {};
  std::int64_t warmup_steps = 0;
};

/// initial_learning_rate·((1 − α)·(1 + cos(π·s/decay_steps))/2 + α), s = min(step, decay_steps) (Loshchilov and Hutter
/// 2017). With a warmup_target, the rate first grows from initial_learning_rate to it, linearly in warmup_steps, and
/// then decays from there. Throws: ValueError for options out of range.
class FROST_API CosineDecay : public LearningRateSchedule {
 public:
  explicit CosineDecay(const CosineDecayOptions& options);
};

struct CosineDecayRestartsOptions {
  double initial_learning_rate = 0;
  std::int64_t first_decay_steps = 0;
  double t_mul = 2;
  double m_mul = 1;
  double alpha = 0;
};

/// Cosine decays one behind the other (SGDR, Loshchilov and Hutter 2017): the k-th, the first of which is 0, takes
/// first_decay_steps·t_mulᵏ steps; with s ∈ [0, 1) the part of it that is over, the rate is
/// initial_learning_rate·((1 − α)·m_mulᵏ·(1 + cos(π·s))/2 + α). Throws: ValueError for options out of range.
class FROST_API CosineDecayRestarts : public LearningRateSchedule {
 public:
  explicit CosineDecayRestarts(const CosineDecayRestartsOptions& options);
};

struct OneCycleOptions {
  double max_learning_rate = 0;
  std::int64_t total_steps = 0;
  double pct_start = 0.3;
  double div_factor = 25;
  double final_div_factor = 1e4;
};

/// One cycle (Smith and Topin 2018): from max_learning_rate/div_factor up to max_learning_rate at the step
/// p = pct_start·total_steps − 1, then down to max_learning_rate/(div_factor·final_div_factor) at total_steps − 1,
/// where it stays; both along half a cosine: from a to b, b + (a − b)·(1 + cos(π·s))/2, s from 0 to 1. Throws:
/// ValueError for options out of range.
class FROST_API OneCycle : public LearningRateSchedule {
 public:
  explicit OneCycle(const OneCycleOptions& options);
};

}  // namespace frost
