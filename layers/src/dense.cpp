#include <frost/layers/dense.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"

#include <frost/autograd/ops.hpp>
#include <frost/layers/activity.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, DenseOptions& o) {
  v("units", o.units);
  v("activation", o.activation);
  v("use_bias", o.use_bias);
  v("kernel_initializer", o.kernel_initializer);
  v("bias_initializer", o.bias_initializer);
  v("kernel_regularizer", o.kernel_regularizer);
  v("bias_regularizer", o.bias_regularizer);
  v("activity_regularizer", o.activity_regularizer);
  v("kernel_constraint", o.kernel_constraint);
  v("bias_constraint", o.bias_constraint);
}

namespace {

class DenseBase : public LayerBase {
 public:
  explicit DenseBase(const DenseOptions& options) : options_(options) {
    expect(options.units >= 1, "Dense: got {} units; expected 1 or more", options.units);
    configure(options.name, options.trainable, options.dtype);
  }

  void build(const Shape& input) override {
    expect<ShapeError>(!input.empty(), "Dense: got a scalar; expected (N, …, C)");
    const std::int64_t c = input.back();
    expect<ShapeError>(c >= 0 && input.size() >= 2,
                       "Dense: the size of the input's last axis must be known; got {}; expected (N, …, C)",
                       to_string(input));
    kernel_ = add_weight("kernel", {c, options_.units}, options_.kernel_initializer,
                         {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
    if (options_.use_bias)
      bias_ = add_weight("bias", {options_.units}, options_.bias_initializer,
                         {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    Tensor y = linear(x, kernel_, bias_);
    if (!options_.activation.is_linear()) y = options_.activation(std::move(y));
    ActivityPenalties::note(*this, options_.activity_regularizer, y);
    return y;
  }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const override {
    const std::int64_t results = detail::elements_of(outputs[0]), activation = detail::flops_of(options_.activation);
    const Flops product = {.products = 2 * results * inputs[0].back()};
    LayerFlops flops = {.forward = {product.products, results * (options_.use_bias + activation)},
                        .backward = {.elements = results * activation},
                        .input_gradient = product,
                        .weight_gradients = {product}};
    if (options_.use_bias) flops.weight_gradients.push_back({.elements = results});
    return flops;
  }
  bool supports_masking() const override { return true; }
  bool penalizes_activity() const override { return !options_.activity_regularizer.empty(); }
  Config config() const override { return detail::config_of(options_); }
  std::string type() const override { return "Dense"; }

 private:
  DenseOptions options_;
  Parameter kernel_, bias_;
};

}  // namespace

Dense::Dense(const DenseOptions& options) : Positional(layer<DenseBase>(options)) {}

namespace detail {

Layer dense_from(const Config& config) { return from_config<Dense, DenseOptions>("Dense", config); }

}  // namespace detail

}  // namespace frost
