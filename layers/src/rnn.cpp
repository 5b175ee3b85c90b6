#include <frost/layers/rnn.hpp>

#include "catalog.hpp"
#include "expect.hpp"
#include "fields.hpp"
#include "recurrent.hpp"

#include <frost/layers/graph.hpp>

namespace frost {

using detail::expect;
using detail::Graph;

template <class V>
void fields(V& v, RNNOptions& o) {
  v("return_sequences", o.return_sequences);
  v("return_state", o.return_state);
  v("go_backwards", o.go_backwards);
  v("stateful", o.stateful);
}

namespace {

class RNNBase : public detail::RecurrentBase {
 public:
  RNNBase(const Layer& cell, const RNNOptions& options) : o_(options) {
    expect(static_cast<bool>(cell), "RNN: the cell is absent");
    cell_ = dynamic_cast<RNNCellBase*>(&cell.base());
    expect(cell_ != nullptr, "RNN: the cell '{}' of type {} is not an RNNCellBase, which says the sizes of its states",
           cell.name(), cell.type());
    configure(o_.name, o_.trainable, o_.dtype);
    set_container();
    add_layer(cell);
  }

  void build(const std::vector<Shape>& inputs) override {
    const Shape& x = inputs[0];
    expect<ShapeError>(x.size() >= 2, "RNN: got shape {}; expected (N, T, …)", to_string(x));
    std::vector<Shape> shapes = {x};
    shapes[0].erase(shapes[0].begin() + 1);
    for (const std::int64_t size : cell_->state_sizes()) shapes.push_back({-1, size});
    if (!cell_->is_built()) Graph::build(*cell_, shapes);
  }
  Layer copy_unbuilt() const override { return layer<RNNBase>(cell_->copy_unbuilt(), o_); }

  Flow flow() const override { return detail::flow_of(o_); }
  void set_go_backwards(bool backwards) override { o_.go_backwards = backwards; }
  std::vector<std::int64_t> state_sizes() const override { return cell_->state_sizes(); }
  // The cell's, as often as there are steps.
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const override {
    std::vector<Shape> ins = {inputs[0]}, outs = {outputs[0]};
    const std::int64_t rows = ins[0][0], steps = ins[0][1];
    ins[0].erase(ins[0].begin() + 1);
    if (o_.return_sequences) outs[0].erase(outs[0].begin() + 1);
    for (const std::int64_t size : cell_->state_sizes()) {
      ins.push_back({rows, size});
      outs.push_back({rows, size});
    }
    LayerFlops all = cell_->flops(ins, outs);
    const auto repeat = [steps](Flops& flops) {
      flops.products *= steps;
      flops.elements *= steps;
    };
    for (Flops* flops : {&all.forward, &all.backward, &all.input_gradient}) repeat(*flops);
    for (Flops& flops : all.weight_gradients) repeat(flops);
    all.steps = steps;
    return all;
  }
  Config config() const override {
    Config config = Config::object();
    config.set("cell", detail::to_config(sublayers()[0]));
    const Config options = detail::config_of(o_);
    for (const std::string& key : options.keys()) config.set(key, options.at(key));
    return config;
  }
  std::string type() const override { return "RNN"; }

 private:
  Tensor fused(const Tensor&, const Tensors&, const Flow&, const CallContext&) override { return {}; }
  Recurrence begin(const Tensor& x, const CallContext& context) override {
    const CallOptions options = context;
    const auto step = [this, options](const Tensor& input, Tensors& states) {
      Tensors arguments = {input};
      arguments.insert(arguments.end(), states.begin(), states.end());
      const Tensors results = sublayers()[0].all(arguments, options);
      expect<GraphError>(results.size() == 1 + states.size(),
                         "RNN: the cell '{}' gave {} results; expected the output and {} states", cell_->name(),
                         results.size(), states.size());
      for (std::size_t i = 0; i < states.size(); ++i)
        expect<ShapeError>(results[i + 1].shape() == states[i].shape(),
                           "RNN: the cell '{}' gave state {} of shape {}; expected {}", cell_->name(), i,
                           to_string(results[i + 1].shape()), to_string(states[i].shape()));
      states = {results.begin() + 1, results.end()};
      return results[0];
    };
    return {x, step};
  }

  RNNOptions o_;
  RNNCellBase* cell_;  // kept by sublayers
};

}  // namespace

RNN::RNN(const Layer& cell, const RNNOptions& options) : Layer(layer<RNNBase>(cell, options)) {}

namespace detail {

namespace {

struct RNNConfig : RNNOptions {
  Layer cell = {};
};
template <class V>
void fields(V& v, RNNConfig& o) {
  v("cell", o.cell);
  frost::fields(v, static_cast<RNNOptions&>(o));
}

}  // namespace

Layer rnn_from(const Config& config) {
  const auto options = options_from<RNNConfig>("RNN", config);
  return RNN(options.cell, options);
}

}  // namespace detail

}  // namespace frost
