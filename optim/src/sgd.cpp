#include <frost/optim/sgd.hpp>

#include "expect.hpp"
#include "kernels/optimizer.hpp"

namespace frost {

namespace {

class Implementation : public OptimizerBase {
 public:
  explicit Implementation(const SGDOptions& o)
      : OptimizerBase({.learning_rate = o.learning_rate,
                       .weight_decay = o.weight_decay,
                       .clipnorm = o.clipnorm,
                       .clipvalue = o.clipvalue,
                       .global_clipnorm = o.global_clipnorm}),
        momentum_(o.momentum),
        nesterov_(o.nesterov) {
    optim::expect(o.momentum >= 0 && o.momentum <= 1, "SGD: momentum is out of range; got {}; expected 0 to 1",
                  o.momentum);
  }

  std::string type() const override { return "SGD"; }
  int state_count() const override { return momentum_ > 0 ? 1 : 0; }
  std::map<std::string, double> config() const override {
    auto config = OptimizerBase::config();
    config["momentum"] = momentum_;
    config["nesterov"] = nesterov_;
    return config;
  }
  void update(const WeightUpdate& u) override {
    u.weight.dtype() == DType::float32 ? update_as<float>(u) : update_as<double>(u);
  }

 private:
  template <class S>
  void update_as(const WeightUpdate& u) const {
    S* velocity = momentum_ > 0 ? u.state.tensors[0].mutable_data<S>().data() : nullptr;
    const std::span<const S> g = u.gradient.data<S>();
    optim::optimizer_loops<S>().sgd({.learning_rate = u.learning_rate,
                                     .momentum = momentum_,
                                     .nesterov = nesterov_,
                                     .decay = u.decay,
                                     .scale = u.scale},
                                    u.weight.mutable_data<S>().data(), g.data(), velocity,
                                    static_cast<std::int64_t>(g.size()));
  }

  double momentum_;
  bool nesterov_;
};

}  // namespace

OptimizerBase* SGD::make(const SGDOptions& options) { return new Implementation(options); }

}  // namespace frost
