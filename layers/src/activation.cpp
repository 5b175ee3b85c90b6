#include <frost/layers/activation.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"

#include <frost/autograd/consume.hpp>
#include <frost/autograd/ops.hpp>

namespace frost {

namespace {

struct Known {
  const char* name;
  Tensor (*function)(const Tensor&);
};
const Known known_activations[] = {
    {"linear", nullptr},
    {"relu", relu},
    {"relu6", relu6},
    {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); }},
    {"elu", [](const Tensor& x) { return elu(x); }},
    {"selu", selu},
    {"gelu", [](const Tensor& x) { return gelu(x); }},
    {"silu", silu},
    {"swish", silu},
    {"mish", mish},
    {"sigmoid", sigmoid},
    {"log_sigmoid", log_sigmoid},
    {"hard_sigmoid", hard_sigmoid},
    {"keras2_hard_sigmoid", [](const Tensor& x) { return clip(x * 0.2 + 0.5, 0, 1); }},
    {"tanh", static_cast<Tensor (*)(const Tensor&)>(tanh)},
    {"softmax", [](const Tensor& x) { return softmax(x); }},
    {"log_softmax", [](const Tensor& x) { return log_softmax(x); }},
    {"softplus", softplus},
    {"softsign", softsign},
    {"exponential", static_cast<Tensor (*)(const Tensor&)>(exp)},
};

class ActivationBase : public LayerBase {
 public:
  ActivationBase(const ActivationFunction& function, const std::string& name) : function_(function) {
    configure(name, true, default_dtype());
  }
  Tensor call(const Tensor& x, const CallContext&) override { return function_(x); }
  LayerFlops flops(const std::vector<Shape>&, const std::vector<Shape>& outputs) const override {
    const Flops all = {.elements = detail::elements_of(outputs[0]) * detail::flops_of(function_)};
    return {.forward = all, .backward = all};
  }
  bool supports_masking() const override { return true; }
  Config config() const override {
    Config config = Config::object();
    config.set("activation", detail::to_config(function_));
    return config;
  }
  std::string type() const override { return "Activation"; }

 private:
  ActivationFunction function_;
};

}  // namespace

Tensor ActivationFunction::operator()(Tensor&& x) const {
  if (!known_) return function_ ? function_(x) : std::move(x);
  const detail::Consume consume(x);  // each of the known functions is one operation
  return known_(x);
}

ActivationFunction::ActivationFunction(const char* name)
    : ActivationFunction(std::string(detail::given("activation", name))) {}
ActivationFunction::ActivationFunction(const std::string& name) : name_(name) {
  for (const Known& k : known_activations) {
    if (name != k.name) continue;
    known_ = k.function;
    return;
  }
  std::string list;
  for (const Known& k : known_activations) list += (list.empty() ? "" : ", ") + std::string(k.name);
  detail::fail("activation: got '{}'; expected one of {}", name, list);
}

Activation::Activation(const ActivationFunction& activation, const ActivationOptions& options)
    : Layer(layer<ActivationBase>(activation, options.name)) {}

namespace detail {

namespace {

struct ActivationConfig {
  ActivationFunction activation;
  std::string name;
};
template <class V>
void fields(V& v, ActivationConfig& o) {
  v("activation", o.activation);
}

}  // namespace

Layer activation_from(const Config& config) {
  const auto options = options_from<ActivationConfig>("Activation", config);
  return Activation(options.activation, {.name = options.name});
}

}  // namespace detail

}  // namespace frost
