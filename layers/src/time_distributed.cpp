#include <frost/layers/time_distributed.hpp>

#include "catalog.hpp"
#include "expect.hpp"
#include "fields.hpp"

#include <frost/autograd/ops.hpp>
#include <frost/layers/graph.hpp>

namespace frost {

using detail::expect;
using detail::Graph;

namespace {

Shape without_steps(const Shape& shape) {
  Shape merged = shape;
  merged.erase(merged.begin() + 1);
  return merged;
}
Shape merged_shape(const Shape& shape) {
  Shape merged = without_steps(shape);
  merged[0] = shape[0] * shape[1];
  return merged;
}
// (N·T, …) as (N, T, …).
Tensor split(const Tensor& y, const Shape& x) {
  Shape shape = y.shape();
  shape[0] = x[0];
  shape.insert(shape.begin() + 1, x[1]);
  return reshape(y, shape);
}

class TimeDistributedBase : public LayerBase {
 public:
  TimeDistributedBase(const Layer& inner, const TimeDistributedOptions& options) {
    expect(static_cast<bool>(inner), "TimeDistributed: the layer is absent");
    configure(options.name, true, default_dtype());
    set_container();
    inner_ = add_layer(inner);
    Graph::set_trainable_flag(*this, inner.trainable());  // and says nothing to what is inside
  }

  void build(const Shape& input) override {
    expect<ShapeError>(input.size() >= 3, "TimeDistributed: got shape {}; expected (N, T, …)", to_string(input));
    if (!inner_.is_built()) Graph::build(inner_.base(), {without_steps(input)});
  }
  Layer copy_unbuilt() const override {
    return layer<TimeDistributedBase>(inner_.base().copy_unbuilt(), TimeDistributedOptions{});
  }

  Tensor call(const Tensor& x, const CallContext& context) override {
    expect<ShapeError>(x.rank() >= 3, "TimeDistributed: got shape {}; expected (N, T, …)", to_string(x.shape()));
    const Tensor rows = reshape(x, merged_shape(x.shape()));
    // A mask of steps is one of rows to the layer: for one whose result has the rows of its input, as a batch norm's.
    const Tensor& mask = context.mask();
    const Tensor inner_mask = mask.present() && inner_.base().supports_masking()
                                  ? reshape(mask, merged_shape(mask.shape()))
                                  : mask_of_rows(mask);
    const Tensor y = inner_(rows, inner_mask.present() ? context.with_masks({inner_mask}) : CallOptions(context));
    expect<ShapeError>(y.rank() >= 1 && y.shape()[0] == rows.shape()[0],
                       "TimeDistributed: the layer '{}' made shape {} of {}; expected as many rows", inner_.name(),
                       to_string(y.shape()), to_string(rows.shape()));
    return split(y, x.shape());
  }
  Tensors compute_mask(const Tensors& xs, const Tensors& masks) const override {
    const Tensor mask = masks.empty() ? Tensor() : masks[0];
    const Tensor rows = reshape(xs[0], merged_shape(xs[0].shape()));
    const Tensors inner = inner_.base().compute_mask({rows}, {mask_of_rows(mask)});
    if (!inner.empty() && inner[0].present()) return {split(inner[0], xs[0].shape())};
    if (!mask.present() || mask.rank() == 2) return {mask};
    return {sum(reshape(mask, {mask.shape()[0], mask.shape()[1], -1}), 2) > 0.};
  }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const override {
    return inner_.base().flops({merged_shape(inputs[0])}, {merged_shape(outputs[0])});
  }
  Config config() const override {
    Config config = Config::object();
    config.set("layer", detail::to_config(inner_));
    return config;
  }
  std::string type() const override { return "TimeDistributed"; }

 private:
  static Tensor mask_of_rows(const Tensor& mask) {
    return mask.present() && mask.rank() > 2 ? reshape(mask, merged_shape(mask.shape())) : Tensor();
  }

  Layer inner_;
};

}  // namespace

TimeDistributed::TimeDistributed(const Layer& inner, const TimeDistributedOptions& options)
    : Layer(layer<TimeDistributedBase>(inner, options)) {}

namespace detail {

namespace {

struct TimeDistributedConfig : TimeDistributedOptions {
  Layer layer = {};
};
template <class V>
void fields(V& v, TimeDistributedConfig& o) {
  v("layer", o.layer);
}

}  // namespace

Layer time_distributed_from(const Config& config) {
  const auto options = options_from<TimeDistributedConfig>("TimeDistributed", config);
  return TimeDistributed(options.layer, options);
}

}  // namespace detail

}  // namespace frost
