#include <frost/layers/batch_normalization.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"
#include "moved_axes.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/batch_moments.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/autograd/leaf.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/graph.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, BatchNormalizationOptions& o) {
  v("axis", o.axis);
  v("momentum", o.momentum);
  v("epsilon", o.epsilon);
  v("center", o.center);
  v("scale", o.scale);
  v("beta_initializer", o.beta_initializer);
  v("gamma_initializer", o.gamma_initializer);
  v("moving_mean_initializer", o.moving_mean_initializer);
  v("moving_variance_initializer", o.moving_variance_initializer);
  v("beta_regularizer", o.beta_regularizer);
  v("gamma_regularizer", o.gamma_regularizer);
  v("beta_constraint", o.beta_constraint);
  v("gamma_constraint", o.gamma_constraint);
  v("unbiased_statistics", o.unbiased_statistics);
}

namespace {

class BatchNormalizationBase : public LayerBase {
 public:
  explicit BatchNormalizationBase(const BatchNormalizationOptions& options) : o_(options) {
    expect(o_.momentum >= 0 && o_.momentum <= 1, "BatchNormalization: got momentum {}; expected 0 to 1", o_.momentum);
    expect(o_.epsilon > 0, "BatchNormalization: got epsilon {}; expected more than 0", o_.epsilon);
    configure(o_.name, o_.trainable, o_.dtype);
    set_container();  // its weights decide whether it trains
  }

  void build(const Shape& input) override {
    const std::int64_t axis = detail::axis_from_front("BatchNormalization", o_.axis, input);
    const std::int64_t size = input[static_cast<std::size_t>(axis)];
    expect<ShapeError>(size >= 0, "BatchNormalization: the size of the input's axis {} must be known; got {}", axis,
                       to_string(input));
    const Shape channels = {size};
    if (o_.scale)
      gamma_ = add_weight("gamma", channels, o_.gamma_initializer,
                          {.regularizer = o_.gamma_regularizer, .constraint = o_.gamma_constraint});
    if (o_.center)
      beta_ = add_weight("beta", channels, o_.beta_initializer,
                         {.regularizer = o_.beta_regularizer, .constraint = o_.beta_constraint});
    mean_ = add_state("moving_mean", channels, o_.moving_mean_initializer);
    variance_ = add_state("moving_variance", channels, o_.moving_variance_initializer);
  }

  Tensor call(const Tensor& x, const CallContext& context) override {
    if (o_.axis == -1 || o_.axis == x.rank() - 1) return normalized(x, context);
    const detail::MovedAxes moved({detail::axis_from_front("BatchNormalization", o_.axis, x.shape())}, x.rank());
    return moved.back(normalized(moved.to_last(x), context));
  }
  bool moves_states() const override {
    if (keeps_statistics()) return false;
    if (!gamma_ && !beta_) return detail::Graph::trains(*this);
    return (gamma_ && detail::is_trained(gamma_)) || (beta_ && detail::is_trained(beta_));
  }
  // Mean, variance, division, scale and shift; on the way back as much again for the input.
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    const std::int64_t elements = detail::elements_of(inputs[0]);
    LayerFlops flops = {.forward = {.elements = 8 * elements}, .input_gradient = {.elements = 8 * elements}};
    if (gamma_) flops.weight_gradients.push_back({.elements = 2 * elements});
    if (beta_) flops.weight_gradients.push_back({.elements = elements});
    flops.weight_gradients.resize(own_weights().size());  // the statistics have none
    return flops;
  }
  bool supports_masking() const override { return true; }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "BatchNormalization"; }

 private:
  // Of an input whose channels come last.
  Tensor normalized(const Tensor& x, const CallContext& context) const {
    if (!context.training || !has_values(x) || !moves_states())
      return batch_norm_infer(x, gamma_, beta_, mean_, variance_, {.epsilon = o_.epsilon});
    const detail::BatchMoments batch = detail::batch_norm_moments(x, gamma_, beta_, {.epsilon = o_.epsilon});
    const std::int64_t channels = mean_.size(), rows = channels > 0 ? x.size() / channels : 0;
    if (rows == 0) return batch.y;
    const NoGrad guard;
    move(mean_, batch.mean);
    const bool corrects = o_.unbiased_statistics && rows > 1;
    move(variance_,
         corrects ? batch.variance * (static_cast<double>(rows) / static_cast<double>(rows - 1)) : batch.variance);
    return batch.y;
  }

  // While another handle shows the old values, assign takes a fresh buffer: what a graph has saved stays right.
  void move(const Parameter& statistic, const Tensor& batch) const {
    const Tensor before = statistic.detach();
    statistic.assign(before * o_.momentum + batch * (1 - o_.momentum));
  }

  BatchNormalizationOptions o_;
  Parameter gamma_, beta_, mean_, variance_;
};

}  // namespace

BatchNormalization::BatchNormalization() : BatchNormalization(BatchNormalizationOptions{}) {}
BatchNormalization::BatchNormalization(const BatchNormalizationOptions& options)
    : Layer(layer<BatchNormalizationBase>(options)) {}

namespace detail {

Layer batch_normalization_from(const Config& config) {
  return from_config<BatchNormalization, BatchNormalizationOptions>("BatchNormalization", config);
}

}  // namespace detail

}  // namespace frost
