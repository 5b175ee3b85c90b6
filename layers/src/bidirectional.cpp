#include <frost/layers/bidirectional.hpp>

#include "catalog.hpp"
#include "expect.hpp"
#include "fields.hpp"
#include "recurrent.hpp"

#include <frost/autograd/ops.hpp>
#include <frost/layers/graph.hpp>

namespace frost {

using detail::expect;
using detail::Graph;
using detail::RecurrentBase;

namespace {

RecurrentBase& recurrent(const Layer& layer) {
  expect(static_cast<bool>(layer), "Bidirectional: the layer is absent");
  auto* base = dynamic_cast<RecurrentBase*>(&layer.base());
  expect(base != nullptr, "Bidirectional: the layer '{}' is of type {}; expected an LSTM, GRU, SimpleRNN or RNN",
         layer.name(), layer.type());
  return *base;
}

Layer copy_for(const Layer& original, const char* prefix, bool turned) {
  const Layer copy = original.base().copy_unbuilt();
  RecurrentBase& base = recurrent(copy);
  if (turned) base.set_go_backwards(!base.flow().go_backwards);
  copy.set_name(prefix + original.name());
  return copy;
}

class BidirectionalBase : public LayerBase {
 public:
  BidirectionalBase(const Layer& original, const BidirectionalOptions& options) : original_(original), o_(options) {
    recurrent(original);
    const std::string& mode = o_.merge_mode;
    expect(mode == "concat" || mode == "sum" || mode == "mul" || mode == "ave" || mode == "none" || mode.empty(),
           "Bidirectional: got merge_mode '{}'; expected concat, sum, mul, ave or none", mode);
    configure(o_.name, original.trainable(), default_dtype());
    set_container();
    forward_ = add_layer(copy_for(original, "forward_", false));
    backward_ = add_layer(copy_for(original, "backward_", true));
  }

  void build(const std::vector<Shape>& inputs) override {
    for (const Layer& inner : {forward_, backward_})
      if (!inner.is_built()) Graph::build(inner.base(), {inputs[0]});
  }
  Layer copy_unbuilt() const override { return layer<BidirectionalBase>(original_, o_); }

  Tensor call(const Tensor& x, const CallContext& context) override { return call(Tensors{x}, context); }
  Tensor call(const Tensors& xs, const CallContext& context) override {
    Tensors ys = call_all(xs, context);
    expect<GraphError>(ys.size() == 1, "Bidirectional: there are {} outputs; use all(…)", ys.size());
    return ys[0];
  }
  Tensors call_all(const Tensors& xs, const CallContext& context) override {
    const RecurrentBase& base = recurrent(forward_);
    const auto states = static_cast<std::ptrdiff_t>(base.state_sizes().size());
    expect(xs.size() == 1 || static_cast<std::ptrdiff_t>(xs.size()) == 1 + 2 * states,
           "Bidirectional: got {} inputs; expected the sequences alone, or followed by {} initial states", xs.size(),
           2 * states);
    Tensors forward_xs = {xs[0]}, backward_xs = {xs[0]};
    if (xs.size() > 1) {
      forward_xs.insert(forward_xs.end(), xs.begin() + 1, xs.begin() + 1 + states);
      backward_xs.insert(backward_xs.end(), xs.begin() + 1 + states, xs.end());
    }
    const CallOptions options = context.has_masks() ? context.with_masks({context.mask()}) : CallOptions(context);
    const Tensors ahead = forward_.all(forward_xs, options);
    Tensors back = backward_.all(backward_xs, options);
    if (base.flow().return_sequences) back[0] = flip(back[0], 1);
    Tensors ys = merge(ahead[0], back[0]);
    ys.insert(ys.end(), ahead.begin() + 1, ahead.end());
    ys.insert(ys.end(), back.begin() + 1, back.end());
    return ys;
  }
  Tensors compute_mask(const Tensors& xs, const Tensors& masks) const override {
    Tensors of_one = recurrent(forward_).compute_mask(xs, masks);
    if (!is_merged() && !of_one.empty()) of_one.insert(of_one.begin(), of_one[0]);
    return of_one;
  }
  Config config() const override {
    Config config = Config::object(), entry = detail::to_config(original_), options = entry.at("config");
    options.set("trainable", forward_.trainable() || backward_.trainable());  // the file has one layer for both
    config.set("layer", entry.set("config", options)).set("merge_mode", is_merged() ? Config(o_.merge_mode) : Config());
    return config;
  }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const override {
    LayerFlops all;
    for (const Layer& inner : {forward_, backward_}) {
      const LayerFlops one = inner.base().flops(inputs, outputs);
      all.forward += one.forward;
      all.backward += one.backward;
      all.input_gradient += one.input_gradient;
      all.steps += one.steps;
      all.weight_gradients.insert(all.weight_gradients.end(), one.weight_gradients.begin(), one.weight_gradients.end());
    }
    return all;
  }
  std::string type() const override { return "Bidirectional"; }

 private:
  bool is_merged() const { return !o_.merge_mode.empty() && o_.merge_mode != "none"; }
  Tensors merge(const Tensor& a, const Tensor& b) const {
    if (o_.merge_mode == "concat") return {concatenate({a, b}, -1)};
    if (o_.merge_mode == "sum") return {a + b};
    if (o_.merge_mode == "mul") return {a * b};
    if (o_.merge_mode == "ave") return {(a + b) * 0.5};
    return {a, b};
  }

  Layer original_;  // never called: its options
  BidirectionalOptions o_;
  Layer forward_, backward_;
};

}  // namespace

Bidirectional::Bidirectional(const Layer& inner, const BidirectionalOptions& options)
    : Layer(layer<BidirectionalBase>(inner, options)) {}

namespace detail {

namespace {

struct BidirectionalConfig : BidirectionalOptions {
  Layer layer = {};
};
template <class V>
void fields(V& v, BidirectionalConfig& o) {
  v("layer", o.layer);
  v("merge_mode", o.merge_mode);
}

}  // namespace

Layer bidirectional_from(const Config& config) {
  const auto options = options_from<BidirectionalConfig>("Bidirectional", config);
  return Bidirectional(options.layer, options);
}

}  // namespace detail

}  // namespace frost
