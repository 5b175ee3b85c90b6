#pragma once
#include "expect.hpp"
#include "kernels/optimizer.hpp"
#include "option_checks.hpp"

#include <frost/optim/optimizer.hpp>

#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

// Note [An optimizer is a rule]
// A rule has its `Options`; `type`, what files call it; `fields(visitor, options)`, which lists the options that are
// its own; a constructor that checks them; `fresh()`, the first value of each tensor that it remembers; and
// `update(step, run)`, which calls `run` with one of the updates in kernels/updates.hpp, or with one that is no loop
// over elements and says `whole(elements, shape)`. All else follows from these.
namespace frost::optim {

using NumbersByName = std::map<std::string, double>;

/// What a rule is told of the weight whose turn it is.
struct Step {
  double learning_rate;
  std::int64_t steps;  ///< the weight's own, this one included
};

struct FieldWriter {
  NumbersByName& config;
  void operator()(const char* name, double value) { config[name] = value; }
};

/// Reads options by name and knows which were not read.
class FieldReader {
 public:
  explicit FieldReader(const NumbersByName& config) : left_(config) {}
  template <class T>
  void operator()(const char* name, T& value) {
    const auto at = left_.find(name);
    if (at == left_.end()) return;
    if constexpr (std::is_same_v<T, bool>)
      value = at->second != 0;
    else
      value = at->second;
    left_.erase(at);
  }
  void finish(const char* type) const {
    expect(left_.empty(), "make_optimizer: {} has no option '{}'", type, left_.empty() ? "" : left_.begin()->first);
  }

 private:
  NumbersByName left_;
};

template <class Visitor, class Options>
void common_fields(Visitor& visit, Options& o) {
  visit("learning_rate", o.learning_rate);
  visit("weight_decay", o.weight_decay);
  visit("clipnorm", o.clipnorm);
  visit("clipvalue", o.clipvalue);
  visit("global_clipnorm", o.global_clipnorm);
}

/// βᵗ. Most weights share one step count: it is computed once a step, not once a weight.
class Power {
 public:
  double of(double base, std::int64_t exponent) {
    if (exponent != exponent_) {
      exponent_ = exponent;
      value_ = std::pow(base, static_cast<double>(exponent));
    }
    return value_;
  }

 private:
  std::int64_t exponent_ = 0;
  double value_ = 1;
};

template <class Rule>
class RuledOptimizer : public OptimizerBase {
  using Options = typename Rule::Options;

 public:
  explicit RuledOptimizer(const Options& o)
      : OptimizerBase({.learning_rate = o.learning_rate,
                       .weight_decay = o.weight_decay,
                       .clipnorm = o.clipnorm,
                       .clipvalue = o.clipvalue,
                       .global_clipnorm = o.global_clipnorm}),
        options_(o),
        rule_(o),
        fresh_(rule_.fresh()) {}

  std::string type() const override { return Rule::type; }
  int state_count() const override { return static_cast<int>(fresh_.size()); }
  double fresh_state(int k) const override { return fresh_[static_cast<std::size_t>(k)]; }
  std::map<std::string, double> config() const override {
    NumbersByName config = OptimizerBase::config();
    FieldWriter write{config};
    Options copy = options_;
    Rule::fields(write, copy);
    return config;
  }
  void update(const WeightUpdate& u) override {
    rule_.update(Step{u.learning_rate, u.state.steps}, [&u](const auto& update) {
      u.weight.dtype() == DType::float32 ? run_as<float>(update, u) : run_as<double>(update, u);
    });
  }

 private:
  template <class S, class Update>
  static void run_as(const Update& update, const WeightUpdate& u) {
    const std::span<const S> g = u.gradient.data<S>();
    Elements<S> elements{.w = u.weight.mutable_data<S>().data(),
                         .g = g.data(),
                         .states = {},
                         .n = static_cast<std::int64_t>(g.size()),
                         .decay = u.decay,
                         .scale = u.scale};
    for (std::size_t k = 0; k < Update::states; ++k)
      elements.states[k] = u.state.tensors[k].template mutable_data<S>().data();
    if constexpr (requires { update.whole(elements, u.weight.shape()); })
      update.whole(elements, u.weight.shape());
    else
      run(update, elements);
  }

  Options options_;
  Rule rule_;
  std::vector<double> fresh_;
};

/// A line of the registry's table.
struct Entry {
  const char* type;
  OptimizerBase* (*make)(const NumbersByName& config);
};

template <class Rule>
OptimizerBase* make_from(const NumbersByName& config) {
  typename Rule::Options options;
  FieldReader read(config);
  Rule::fields(read, options);
  common_fields(read, options);
  read.finish(Rule::type);
  return new RuledOptimizer<Rule>(options);
}

template <class Rule>
constexpr Entry entry_of{Rule::type, make_from<Rule>};

}  // namespace frost::optim
