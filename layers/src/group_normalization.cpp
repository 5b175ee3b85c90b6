#include <frost/layers/group_normalization.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"
#include "moved_axes.hpp"

#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, GroupNormalizationOptions& o) {
  v("groups", o.groups);
  v("axis", o.axis);
  v("epsilon", o.epsilon);
  v("center", o.center);
  v("scale", o.scale);
  v("beta_initializer", o.beta_initializer);
  v("gamma_initializer", o.gamma_initializer);
  v("beta_regularizer", o.beta_regularizer);
  v("gamma_regularizer", o.gamma_regularizer);
  v("beta_constraint", o.beta_constraint);
  v("gamma_constraint", o.gamma_constraint);
}

namespace {

class GroupNormalizationBase : public LayerBase {
 public:
  explicit GroupNormalizationBase(const GroupNormalizationOptions& options) : o_(options) {
    expect(o_.groups >= 1 || o_.groups == -1, "GroupNormalization: got {} groups; expected 1 or more, or -1",
           o_.groups);
    expect(o_.epsilon > 0, "GroupNormalization: got epsilon {}; expected more than 0", o_.epsilon);
    configure(o_.name, o_.trainable, o_.dtype);
  }

  void build(const Shape& input) override {
    const std::int64_t axis = detail::axis_from_front("GroupNormalization", o_.axis, input);
    channels_ = input[static_cast<std::size_t>(axis)];
    expect<ShapeError>(channels_ >= 0, "GroupNormalization: the size of the input's axis {} must be known; got {}",
                       axis, to_string(input));
    expect(o_.groups < 0 || channels_ % o_.groups == 0,
           "GroupNormalization: got {} channels and {} groups; expected a multiple of the groups", channels_,
           o_.groups);
    if (o_.scale)
      gamma_ = add_weight("gamma", {channels_}, o_.gamma_initializer,
                          {.regularizer = o_.gamma_regularizer, .constraint = o_.gamma_constraint});
    if (o_.center)
      beta_ = add_weight("beta", {channels_}, o_.beta_initializer,
                         {.regularizer = o_.beta_regularizer, .constraint = o_.beta_constraint});
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    const std::int64_t groups = o_.groups;
    const GroupNormOptions options = {.groups = groups < 0 ? channels_ : groups, .epsilon = o_.epsilon};
    const detail::MovedAxes moved({detail::axis_from_front("GroupNormalization", o_.axis, x.shape())}, x.rank());
    return moved.back(group_norm(moved.to_last(x), gamma_, beta_, options));
  }
  bool supports_masking() const override { return true; }
  // Mean, variance, division, scale and shift; on the way back as much again for the input.
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    const std::int64_t elements = detail::elements_of(inputs[0]);
    LayerFlops flops = {.forward = {.elements = 8 * elements}, .input_gradient = {.elements = 8 * elements}};
    if (gamma_.present()) flops.weight_gradients.push_back({.elements = 2 * elements});
    if (beta_.present()) flops.weight_gradients.push_back({.elements = elements});
    return flops;
  }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "GroupNormalization"; }

 private:
  GroupNormalizationOptions o_;
  std::int64_t channels_ = 0;
  Parameter gamma_, beta_;
};

}  // namespace

GroupNormalization::GroupNormalization() : GroupNormalization(GroupNormalizationOptions{}) {}
GroupNormalization::GroupNormalization(const GroupNormalizationOptions& options)
    : Positional(layer<GroupNormalizationBase>(options)) {}

namespace detail {

Layer group_normalization_from(const Config& config) {
  return from_config<GroupNormalization, GroupNormalizationOptions>("GroupNormalization", config);
}

}  // namespace detail

}  // namespace frost
