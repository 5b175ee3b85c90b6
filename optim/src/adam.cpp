#include <frost/optim/adam.hpp>

#include "expect.hpp"
#include "kernels/optimizer.hpp"

#include <cmath>

namespace frost {

namespace {

void expect_beta(const char* name, double value) {
  optim::expect(value >= 0 && value < 1, "Adam: {} is out of range; got {}; expected 0 to 1, 1 left out", name, value);
}

class Implementation : public OptimizerBase {
 public:
  explicit Implementation(const AdamOptions& o)
      : OptimizerBase({.learning_rate = o.learning_rate,
                       .weight_decay = o.weight_decay,
                       .clipnorm = o.clipnorm,
                       .clipvalue = o.clipvalue,
                       .global_clipnorm = o.global_clipnorm}),
        beta_1_(o.beta_1),
        beta_2_(o.beta_2),
        epsilon_(o.epsilon),
        amsgrad_(o.amsgrad) {
    expect_beta("beta_1", o.beta_1);
    expect_beta("beta_2", o.beta_2);
    optim::expect(std::isfinite(o.epsilon) && o.epsilon >= 0,
                  "Adam: epsilon is out of range; got {}; expected a finite number from 0", o.epsilon);
  }

  std::string type() const override { return "Adam"; }
  int state_count() const override { return amsgrad_ ? 3 : 2; }
  std::map<std::string, double> config() const override {
    auto config = OptimizerBase::config();
    config["beta_1"] = beta_1_;
    config["beta_2"] = beta_2_;
    config["epsilon"] = epsilon_;
    config["amsgrad"] = amsgrad_;
    return config;
  }
  void update(const WeightUpdate& u) override {
    u.weight.dtype() == DType::float32 ? update_as<float>(u) : update_as<double>(u);
  }

 private:
  // Most weights share one step count: the powers are computed once a step, not once a weight.
  double correction(std::int64_t steps) {
    if (steps != corrected_) {
      const double t = static_cast<double>(steps);
      corrected_ = steps;
      correction_ = std::sqrt(1 - std::pow(beta_2_, t)) / (1 - std::pow(beta_1_, t));
    }
    return correction_;
  }

  template <class S>
  void update_as(const WeightUpdate& u) {
    Tensors& state = u.state.tensors;
    S* largest = amsgrad_ ? state[2].mutable_data<S>().data() : nullptr;
    const std::span<const S> g = u.gradient.data<S>();
    optim::optimizer_loops<S>().adam({.alpha = u.learning_rate * correction(u.state.steps),
                                      .beta_1 = beta_1_,
                                      .beta_2 = beta_2_,
                                      .epsilon = epsilon_,
                                      .decay = u.decay,
                                      .scale = u.scale},
                                     u.weight.mutable_data<S>().data(), g.data(), state[0].mutable_data<S>().data(),
                                     state[1].mutable_data<S>().data(), largest, static_cast<std::int64_t>(g.size()));
  }

  double beta_1_;
  double beta_2_;
  double epsilon_;
  bool amsgrad_;
  std::int64_t corrected_ = 0;  // the step count that the correction is for
  double correction_ = 0;
};

}  // namespace

OptimizerBase* Adam::make(const AdamOptions& options) { return new Implementation(options); }

}  // namespace frost
