#include <frost/layers/local_response_normalization.hpp>

#include "elementwise_flops.hpp"
#include "fields.hpp"

#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, LocalResponseNormalizationOptions& o) {
  v("depth_radius", o.depth_radius);
  v("bias", o.bias);
  v("alpha", o.alpha);
  v("beta", o.beta);
}

namespace {

class LocalResponseNormalizationBase : public LayerBase {
 public:
  explicit LocalResponseNormalizationBase(const LocalResponseNormalizationOptions& options) : o_(options) {
    expect(o_.depth_radius >= 0, "LocalResponseNormalization: got depth_radius {}; expected 0 or more",
           o_.depth_radius);
    expect(o_.bias > 0, "LocalResponseNormalization: got bias {}; expected more than 0", o_.bias);
    expect(o_.alpha >= 0, "LocalResponseNormalization: got alpha {}; expected 0 or more", o_.alpha);
    configure(o_.name, true, default_dtype());
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    return local_response_norm(x,
                               {.depth_radius = o_.depth_radius, .bias = o_.bias, .alpha = o_.alpha, .beta = o_.beta});
  }
  // A square, a sum that slides over the channels, a power; on the way back two powers and another sum.
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    const std::int64_t elements = detail::elements_of(inputs[0]);
    return {.forward = {.elements = (6 + detail::function_flops) * elements},
            .input_gradient = {.elements = (8 + 2 * detail::function_flops) * elements}};
  }
  std::string type() const override { return "LocalResponseNormalization"; }
  Config config() const override { return detail::config_of(o_); }

 private:
  LocalResponseNormalizationOptions o_;
};

}  // namespace

LocalResponseNormalization::LocalResponseNormalization()
    : LocalResponseNormalization(LocalResponseNormalizationOptions{}) {}
LocalResponseNormalization::LocalResponseNormalization(const LocalResponseNormalizationOptions& options)
    : Positional(layer<LocalResponseNormalizationBase>(options)) {}

namespace detail {

Layer local_response_normalization_from(const Config& c) {
  return from_config<LocalResponseNormalization, LocalResponseNormalizationOptions>("LocalResponseNormalization", c);
}

}  // namespace detail

}  // namespace frost
