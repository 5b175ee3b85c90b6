#include "rebuild.hpp"

#include "expect.hpp"
#include "sequential.hpp"

#include <frost/layers/copying.hpp>

#include <algorithm>
#include <map>
#include <unordered_map>

namespace frost::detail {

using models::expect;

namespace {

Shape without_batch(const Shape& shape) {
  return Shape(std::vector<std::int64_t>(shape.begin() + !shape.empty(), shape.end()));
}

// What stands for each layer of a model in another one, which is made call by call.
class Rebuild {
 public:
  virtual ~Rebuild() = default;

  Model model(const ModelBase& from, const std::vector<Shape>& shapes) {
    const bool is_sequential = dynamic_cast<const SequentialBase*>(&from) != nullptr;
    Ref<ModelBase> made;
    if (from.outputs().empty()) {
      made = Ref<ModelBase>(new SequentialBase(""));
      std::vector<Layer> layers;
      for (const Layer& l : from.layers()) {
        expect<GraphError>(!l.is_built(), "clone: the model '{}' is not built, but its layer '{}' is; build it first",
                           from.name(), l.name());
        layers.push_back(stand_in(l, {}));
      }
      Graph::set_sublayers(*made, std::move(layers));
    } else {
      const Ports symbols = connect(from, shapes);
      Symbols inputs, outputs;
      for (const Symbol& s : from.inputs()) inputs.push_back(symbols.at(port(s)));
      for (const Symbol& s : from.outputs()) outputs.push_back(symbols.at(port(s)));
      made = is_sequential ? Ref<ModelBase>(new SequentialBase("")) : Ref<ModelBase>(new ModelBase(""));
      made->set_graph(inputs, outputs);
      made->set_checks_shapes(from.checks_shapes());
      keep_order(from, *made);
    }
    copy_name_and_flags(from, *made);
    return made->handle();
  }

 protected:
  // The layer that is called where `layer` was, on inputs of these shapes.
  virtual Layer stand_in(const Layer& layer, const std::vector<Shape>& shapes) = 0;
  virtual Symbols call(const Layer& original, const Symbols& inputs) = 0;

 private:
  using Port = std::pair<const Call*, int>;
  using Ports = std::map<Port, Symbol>;
  static Port port(const Symbol& s) { return {&Graph::call(s), Graph::output(s)}; }

  // Inputs and calls in the order in which they were made: names and the order of layers follow from it.
  Ports connect(const ModelBase& from, const std::vector<Shape>& shapes) {
    Ports symbols;
    const Copying* copying = Copying::current();
    std::vector<std::size_t> inputs(from.inputs().size());
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = i;
    const auto sequence = [&](std::size_t i) { return Graph::call(from.inputs()[i]).sequence; };
    std::sort(inputs.begin(), inputs.end(), [&](std::size_t a, std::size_t b) { return sequence(a) < sequence(b); });
    auto next = inputs.begin();
    const auto make_inputs = [&](std::uint64_t until) {
      for (; next != inputs.end() && sequence(*next) < until; ++next) {
        const Symbol& s = from.inputs()[*next];
        const DType dtype = copying ? copying->dtype_for(s.dtype()) : s.dtype();
        const Layer& input = from.input_layers()[*next];
        symbols[port(s)] = Input(shapes[*next], {.dtype = dtype, .name = input.name()});
        Graph::set_name(symbols[port(s)].layer().base(), input.name(), Graph::origin(input.base()));
      }
    };
    for (const Step& step : from.plan().steps) {
      make_inputs(step.call->sequence);
      Symbols arguments;
      for (const Symbol& s : step.call->inputs) arguments.push_back(symbols.at(port(s)));
      const Symbols results = call(step.layer, arguments);
      for (std::size_t k = 0; k < results.size(); ++k)
        symbols.try_emplace(Port{step.call, static_cast<int>(k)}, results[k]);  // one that is an input stays it
    }
    make_inputs(~std::uint64_t{0});
    return symbols;
  }

  // An imported model's layers may stand in an order of their own. Flags of inputs are printed too.
  static void keep_order(const ModelBase& from, ModelBase& to) {
    std::unordered_map<std::string, Layer> by_name;
    for (const Layer& l : to.layers()) by_name.emplace(l.name(), l);
    std::vector<Layer> ordered;
    for (const Layer& old : from.layers()) {
      const auto at = by_name.find(old.name());
      if (at == by_name.end()) continue;
      ordered.push_back(at->second);
      if (is_input(at->second)) copy_name_and_flags(old.base(), at->second.base());
    }
    if (ordered.size() == to.layers().size()) Graph::set_sublayers(to, std::move(ordered));
  }
};

std::vector<Shape> shapes_of(const Symbols& symbols) {
  std::vector<Shape> shapes;
  for (const Symbol& s : symbols) shapes.push_back(without_batch(s.shape()));
  return shapes;
}

// ------------------------------------------------------------------------------------------------------------- copies

class CopyLayers : public Rebuild {
 public:
  Layer stand_in(const Layer& layer, const std::vector<Shape>&) override {
    Layer& copy = copies_[&layer.base()];
    if (copy) return copy;
    const ModelBase* nested = ModelBase::of(layer);
    const Layer made = nested ? model(*nested, shapes_of(nested->inputs())) : layer.base().copy_unbuilt();
    copying_.prepare(layer.base(), made.base());
    if (!layer.is_built()) copying_.fill(layer, made);  // nobody calls it
    return copies_[&layer.base()] = made;
  }
  Symbols call(const Layer& original, const Symbols& inputs) override {
    const Layer copy = stand_in(original, {});
    const Symbols results = Graph::connect(copy, inputs);
    copying_.fill(original, copy);
    return results;
  }

 private:
  Copying copying_;
  std::unordered_map<const LayerBase*, Layer> copies_;
};

// ------------------------------------------------------------------------------------------------------- other shapes

class ShareLayers : public Rebuild {
 public:
  Layer stand_in(const Layer& layer, const std::vector<Shape>& shapes) override {
    const ModelBase* nested = ModelBase::of(layer);
    if (!nested || shapes == shapes_of(nested->inputs())) return layer;
    Layer& made = nested_[&layer.base()];
    if (!made) made = model(*nested, shapes);
    return made;
  }
  Symbols call(const Layer& original, const Symbols& inputs) override {
    try {
      return Graph::connect(stand_in(original, shapes_of(inputs)), inputs, false);
    } catch (const ShapeError& error) {
      expect<ShapeError>(false, "with_input: the layer '{}' does not fit: {}", original.name(), error.what());
      throw;
    }
  }

 private:
  std::unordered_map<const LayerBase*, Layer> nested_;
};

}  // namespace

Model copy_model(const ModelBase& model) { return CopyLayers().model(model, shapes_of(model.inputs())); }

Model with_input_shapes(const ModelBase& model, const std::vector<Shape>& shapes) {
  return ShareLayers().model(model, shapes);
}

}  // namespace frost::detail

namespace frost {

Layer ModelBase::copy_unbuilt() const { return detail::copy_model(*this); }

Model Model::clone() const { return detail::copy_model(model()); }

Model Model::with_input(const Shape& shape) const {
  using models::expect;
  model().expect_graph("with_input");
  expect<GraphError>(model().inputs().size() == 1, "with_input: the model '{}' has {} inputs; expected one", name(),
                     model().inputs().size());
  return detail::with_input_shapes(model(), {shape});
}

}  // namespace frost
