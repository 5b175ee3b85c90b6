#include <frost/layers/activations.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"

#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, ReLUOptions& o) {
  v("max_value", o.max_value);
  v("negative_slope", o.negative_slope);
  v("threshold", o.threshold);
}
template <class V>
void fields(V& v, SoftmaxOptions& o) {
  v("axis", o.axis);
}
template <class V>
void fields(V& v, LeakyReLUOptions& o) {
  v("alpha", o.alpha);
}
template <class V>
void fields(V& v, ELUOptions& o) {
  v("alpha", o.alpha);
}
template <class V>
void fields(V& v, PReLUOptions& o) {
  v("alpha_initializer", o.alpha_initializer);
  v("alpha_regularizer", o.alpha_regularizer);
  v("alpha_constraint", o.alpha_constraint);
  v("shared_axes", o.shared_axes);
}

namespace {

// One that acts element by element.
template <class Options>
class ElementwiseBase : public LayerBase {
 public:
  explicit ElementwiseBase(const Options& options) : o_(options) { configure(o_.name, true, default_dtype()); }
  bool supports_masking() const override { return true; }
  LayerFlops flops(const std::vector<Shape>&, const std::vector<Shape>& outputs) const override {
    const Flops all = {.elements = detail::elements_of(outputs[0]) * flops_an_element()};
    return {.forward = all, .backward = all};
  }
  Config config() const override { return detail::config_of(o_); }

 protected:
  virtual std::int64_t flops_an_element() const { return 1; }
  Options o_;
};

class ReLUBase : public ElementwiseBase<ReLUOptions> {
 public:
  explicit ReLUBase(const ReLUOptions& options) : ElementwiseBase(options) {
    expect(!o_.max_value || *o_.max_value >= 0, "ReLU: got max_value {}; expected 0 or more", o_.max_value.value_or(0));
    expect(o_.negative_slope >= 0, "ReLU: got negative_slope {}; expected 0 or more", o_.negative_slope);
    expect(o_.threshold >= 0, "ReLU: got threshold {}; expected 0 or more", o_.threshold);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    if (o_.threshold == 0 && !o_.max_value) return o_.negative_slope == 0 ? relu(x) : leaky_relu(x, o_.negative_slope);
    Tensor y = o_.threshold == 0 ? relu(x) : where(x > o_.threshold, x, 0.);
    if (o_.max_value && *o_.max_value == 6 && o_.threshold == 0)
      y = relu6(x);
    else if (o_.max_value)
      y = where(y < *o_.max_value, y, *o_.max_value);
    return o_.negative_slope == 0 ? y : y - o_.negative_slope * relu(o_.threshold - x);
  }
  std::string type() const override { return "ReLU"; }
};

class SoftmaxBase : public ElementwiseBase<SoftmaxOptions> {
 public:
  explicit SoftmaxBase(const SoftmaxOptions& options) : ElementwiseBase(options) {
    expect(!o_.axis.empty(), "Softmax: got no axis; expected one or more");
  }
  Tensor call(const Tensor& input, const CallContext& context) override {
    expect<ShapeError>(input.rank() >= 2, "Softmax: got {}; expected (N, …)", to_string(input.shape()));
    for (const std::int64_t axis : o_.axis)
      expect(axis >= -input.rank() && axis < input.rank(), "Softmax: got axis {} for an input of shape {}", axis,
             to_string(input.shape()));
    const Tensor& mask = context.mask();
    const Tensor x = mask.present() && mask.shape() == input.shape() ? where(mask, input, -1e9) : input;
    return o_.axis.size() == 1 ? softmax(x, o_.axis[0]) : exp(x - logsumexp(x, o_.axis, true));
  }
  std::string type() const override { return "Softmax"; }

 protected:
  std::int64_t flops_an_element() const override { return detail::function_flops; }
};

class LeakyReLUBase : public ElementwiseBase<LeakyReLUOptions> {
 public:
  explicit LeakyReLUBase(const LeakyReLUOptions& options) : ElementwiseBase(options) {
    expect(o_.alpha >= 0, "LeakyReLU: got alpha {}; expected 0 or more", o_.alpha);
  }
  Tensor call(const Tensor& x, const CallContext&) override { return leaky_relu(x, o_.alpha); }
  std::string type() const override { return "LeakyReLU"; }
};

class ELUBase : public ElementwiseBase<ELUOptions> {
 public:
  using ElementwiseBase::ElementwiseBase;
  Tensor call(const Tensor& x, const CallContext&) override { return elu(x, o_.alpha); }
  std::string type() const override { return "ELU"; }

 protected:
  std::int64_t flops_an_element() const override { return detail::function_flops; }
};

class PReLUBase : public LayerBase {
 public:
  explicit PReLUBase(const PReLUOptions& options) : o_(options) { configure(o_.name, o_.trainable, o_.dtype); }
  void build(const Shape& input) override {
    expect<ShapeError>(input.size() >= 2, "PReLU: got {}; expected (N, …)", to_string(input));
    const auto rank = static_cast<std::int64_t>(input.size());
    Shape shape(std::vector<std::int64_t>(input.begin() + 1, input.end()));
    for (const std::int64_t axis : o_.shared_axes) {
      const std::int64_t from_front = axis < 0 ? axis + rank : axis;
      expect(from_front >= 1 && from_front < rank,
             "PReLU: got the shared axis {} for an input of shape {}; expected one from 1 to {}", axis,
             to_string(input), rank - 1);
      shape[static_cast<std::size_t>(from_front - 1)] = 1;
    }
    alpha_ = add_weight("alpha", shape, o_.alpha_initializer,
                        {.regularizer = o_.alpha_regularizer, .constraint = o_.alpha_constraint});
  }
  // Each of the parts has gradient 0 at 0.
  Tensor call(const Tensor& x, const CallContext&) override { return relu(x) - relu(-x) * alpha_; }
  bool supports_masking() const override { return true; }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    const std::int64_t elements = detail::elements_of(inputs[0]);
    return {.forward = {.elements = 5 * elements},
            .input_gradient = {.elements = 4 * elements},
            .weight_gradients = {{.elements = 2 * elements}}};
  }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "PReLU"; }

 private:
  PReLUOptions o_;
  Parameter alpha_;
};

}  // namespace

ReLU::ReLU() : ReLU(ReLUOptions{}) {}
ReLU::ReLU(const ReLUOptions& options) : Positional(layer<ReLUBase>(options)) {}
Softmax::Softmax() : Softmax(SoftmaxOptions{}) {}
Softmax::Softmax(const SoftmaxOptions& options) : Positional(layer<SoftmaxBase>(options)) {}
LeakyReLU::LeakyReLU() : LeakyReLU(LeakyReLUOptions{}) {}
LeakyReLU::LeakyReLU(const LeakyReLUOptions& options) : Positional(layer<LeakyReLUBase>(options)) {}
ELU::ELU() : ELU(ELUOptions{}) {}
ELU::ELU(const ELUOptions& options) : Positional(layer<ELUBase>(options)) {}
PReLU::PReLU() : PReLU(PReLUOptions{}) {}
PReLU::PReLU(const PReLUOptions& options) : Layer(layer<PReLUBase>(options)) {}

namespace detail {

Layer re_lu_from(const Config& c) { return from_config<ReLU, ReLUOptions>("ReLU", c); }
Layer softmax_from(const Config& c) { return from_config<Softmax, SoftmaxOptions>("Softmax", c); }
Layer leaky_re_lu_from(const Config& c) { return from_config<LeakyReLU, LeakyReLUOptions>("LeakyReLU", c); }
Layer elu_from(const Config& c) { return from_config<ELU, ELUOptions>("ELU", c); }
Layer p_re_lu_from(const Config& c) { return from_config<PReLU, PReLUOptions>("PReLU", c); }

}  // namespace detail

}  // namespace frost
