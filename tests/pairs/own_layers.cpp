#include "own_layers.hpp"

#include <frost/autograd.hpp>

namespace pairs {

using namespace frost;

namespace {

std::vector<Layer> made_of(const Config& list) {
  std::vector<Layer> layers;
  for (const Config& one : list.elements()) layers.push_back(make_layer(one.at("type").text(), one.at("config")));
  return layers;
}

Tensor through(const std::vector<Layer>& layers, const Tensor& x, const CallContext& context) {
  Tensor y = x;
  for (const Layer& layer : layers)
    y = layer(y, context.mask().present() ? context.with_masks({context.mask()}) : CallOptions(context));
  return y;
}

struct GradientTimes : Function<GradientTimes> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x, double factor) {
    ctx.data<double>() = factor;
    return x;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) { return {dy * ctx.data<double>()}; }
};

}  // namespace

Config list_of(const std::vector<Layer>& layers) {
  Config list = Config::list();
  for (const Layer& layer : layers) {
    Config one = Config::object(), config = layer.config();
    if (layer.name() == layer.base().default_name()) config.erase("name");  // it was given none
    one.set("type", layer.type()).set("config", config);
    list.add(one);
  }
  return list;
}

Kept::Kept(const std::vector<Layer>& inner) {
  set_container();
  for (const Layer& layer : inner) inner_.push_back(add_layer(layer));
}
Tensor Kept::call(const Tensor& x, const CallContext& context) {
  return checkpoint([layers = inner_, context](const Tensor& t) { return through(layers, t, context); }, x);
}
Layer Kept::copy_unbuilt() const {
  std::vector<Layer> copies;
  for (const Layer& layer : inner_) copies.push_back(layer.base().copy_unbuilt());
  return layer<Kept>(copies);
}
Config Kept::config() const {
  Config config = Config::object();
  return config.set("layers", list_of(inner_));
}

void Grown::build(const Shape&) {
  inner_.clear();  // a copy's are the original's
  for (const Layer& layer : made_of(layers_)) inner_.push_back(add_layer(layer));
}
Tensor Grown::call(const Tensor& x, const CallContext& context) { return through(inner_, x, context); }
Config Grown::config() const {
  Config config = Config::object();
  return config.set("layers", layers_);
}

Tensor Scaled::call(const Tensor& x, const CallContext&) {
  if (!by_hook_) return GradientTimes::apply(x, factor_);
  const Tensor y = reshape(x, x.shape());
  if (y.requires_grad()) register_hook(y, [factor = factor_](const Tensor& g) { return g * factor; });
  return y;
}
Config Scaled::config() const {
  Config config = Config::object();
  return config.set("factor", factor_).set("by_hook", by_hook_);
}

void register_own_layers() {
  register_layer("Kept", [](const Config& c) { return layer<Kept>(made_of(c.at("layers"))); });
  register_layer("Grown", [](const Config& c) { return layer<Grown>(c.at("layers")); });
  register_layer("Scaled",
                 [](const Config& c) { return layer<Scaled>(c.at("factor").number(), c.at("by_hook").boolean()); });
}

}  // namespace pairs
