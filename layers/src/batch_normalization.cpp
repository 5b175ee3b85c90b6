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

#include <algorithm>

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
    const bool moves = context.training && has_values(x) && moves_states();
    const Tensor counts = moves && context.mask().present() ? counted(x, context.mask()) : Tensor();
    if (o_.axis == -1 || o_.axis == x.rank() - 1) return normalized(x, counts, moves);
    const detail::MovedAxes moved({detail::axis_from_front("BatchNormalization", o_.axis, x.shape())}, x.rank());
    return moved.back(normalized(moved.to_last(x), counts.present() ? moved.to_last(counts) : counts, moves));
  }
  bool moves_states() const override {
    if (keeps_statistics()) return false;
    if (!gamma_.present() && !beta_.present()) return detail::Graph::trains(*this);
    return (gamma_.present() && detail::is_trained(gamma_)) || (beta_.present() && detail::is_trained(beta_));
  }
  // Mean, variance, division, scale and shift; on the way back as much again for the input.
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    const std::int64_t elements = detail::elements_of(inputs[0]);
    LayerFlops flops = {.forward = {.elements = 8 * elements}, .input_gradient = {.elements = 8 * elements}};
    if (gamma_.present()) flops.weight_gradients.push_back({.elements = 2 * elements});
    if (beta_.present()) flops.weight_gradients.push_back({.elements = elements});
    flops.weight_gradients.resize(own_weights().size());  // the statistics have none
    return flops;
  }
  bool supports_masking() const override { return true; }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "BatchNormalization"; }

 private:
  // Which elements of x a mask of its first axes leaves, as a tensor of x's rank; absent where it leaves all.
  static Tensor counted(const Tensor& x, const Tensor& mask) {
    const Shape &axes = mask.shape(), &whole = x.shape();
    expect<ShapeError>(mask.dtype() == DType::boolean && axes.size() < whole.size() &&
                           std::equal(axes.begin(), axes.end(), whole.begin()),
                       "BatchNormalization: the mask is {} of shape {}; expected booleans of the first axes of x, {}",
                       name_of(mask.dtype()), to_string(axes), to_string(whole));
    const auto flags = mask.data<bool>();
    if (std::all_of(flags.begin(), flags.end(), [](bool counts) { return counts; })) return {};
    Shape spread = axes;
    spread.resize(whole.size(), 1);
    return reshape(mask, spread);
  }

  // Of an input whose channels come last.
  Tensor normalized(const Tensor& x, const Tensor& counts, bool moves) const {
    if (!moves) return batch_norm_infer(x, gamma_, beta_, mean_, variance_, {.epsilon = o_.epsilon});
    if (counts.present()) return normalized_where(counts, x);
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

  // With the moments of what counts, n elements a channel; where n is 0 with the moving statistics, which stay.
  Tensor normalized_where(const Tensor& counts, const Tensor& x) const {
    const auto by_channel = [&](const Tensor& t) { return sum(reshape(t, {-1, mean_.size()}), 0); };
    const Tensor n = by_channel(broadcast_to(counts.to(x.dtype()), x.shape())), any = n > 0., rows = maximum(n, 1.);
    // Statistics as they are now: they move below.
    const Tensor kept_mean = mean_.detach().clone(), kept_variance = variance_.detach().clone();
    const Tensor mean = where(any, by_channel(where(counts, x, 0.)) / rows, kept_mean);
    const Tensor centred = x - mean;
    const Tensor variance = where(any, by_channel(square(where(counts, centred, 0.))) / rows, kept_variance);
    Tensor y = centred * rsqrt(variance + o_.epsilon);
    if (gamma_.present()) y = y * gamma_;
    if (beta_.present()) y = y + beta_;
    const NoGrad guard;
    const Tensor unbiased = o_.unbiased_statistics ? variance * (rows / maximum(rows - 1., 1.)) : variance;
    move(mean_, where(any, mean.detach(), kept_mean));
    move(variance_, where(any, unbiased.detach(), kept_variance));
    return y;
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
    : Positional(layer<BatchNormalizationBase>(options)) {}

namespace detail {

Layer batch_normalization_from(const Config& config) {
  return from_config<BatchNormalization, BatchNormalizationOptions>("BatchNormalization", config);
}

}  // namespace detail

}  // namespace frost
