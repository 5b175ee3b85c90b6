#include "sequential.hpp"

#include "expect.hpp"

#include <frost/layers/symbol.hpp>

#include <algorithm>
#include <exception>

namespace frost {

using detail::Graph;
using models::expect;

// The layers say what they take: embeddings integers, most others floats. The given dtype comes first, and the error is
// that of the dtype that the most layers took.
void SequentialBase::connect_all(const Shape& row, DType given) {
  const std::vector<Layer> all = layers();
  std::exception_ptr error;
  std::size_t farthest = 0;
  std::vector<DType> tried;
  for (const DType dtype : {given, default_dtype(), DType::float32, DType::float64, DType::int64}) {
    if (std::find(tried.begin(), tried.end(), dtype) != tried.end()) continue;
    tried.push_back(dtype);
    const Symbol input = Input(row, {.dtype = dtype});
    Symbol x = input;
    std::size_t done = 0;
    try {
      for (; done < all.size(); ++done) x = all[done](x);
    } catch (const Error&) {
      if (!error || done > farthest) error = std::current_exception();
      farthest = std::max(farthest, done);
      continue;
    }
    return set_graph({input}, {x});
  }
  std::rethrow_exception(error);
}

void SequentialBase::build(const Shape& input) {
  expect<ShapeError>(!input.empty(), "build: got a scalar; expected (N, …)");
  checks_shapes_ = false;  // the sizes of the first input are no promise: the layers say what fits
  const std::vector<DType>& given = Graph::dtypes_of_build();
  const Shape row(std::vector<std::int64_t>(input.begin() + 1, input.end()));
  try {
    connect_all(row, given.empty() ? default_dtype() : given[0]);
  } catch (const Error& error) {
    if (!row.empty()) throw;
    throw ShapeError(fmt::format("{}. Hint: one sample is a batch of 1 row: expand_dims(x, 0)", error.what()));
  }
}

void SequentialBase::build_rows(const Shape& row, DType dtype) {
  expect<GraphError>(outputs().empty(), "build: the model '{}' is built already", name());
  checks_shapes_ = true;
  connect_all(row, dtype);
}

std::vector<std::string> SequentialBase::output_names() const {
  if (has_graph() || layers().empty()) return ModelBase::output_names();
  return {layers().back().name()};
}

SequentialBase::Known& SequentialBase::known() {
  if (known_.renames == Graph::renames() && known_.layers.size() == layers().size()) return known_;
  known_ = {.names = {}, .layers = {}, .renames = Graph::renames()};
  for (const Layer& l : layers()) {
    known_.layers.insert(&l.base());
    known_.names.take(l.name());
  }
  return known_;
}

namespace {

// What is known of a first layer's input: a model's, or what a layer's weights were made for.
Symbols input_of(const Layer& layer) {
  if (const ModelBase* model = ModelBase::of(layer)) {
    if (!model->has_graph() || model->inputs().size() != 1) return {};
    const Symbol& input = model->inputs()[0];
    const Shape shape = input.shape();
    return {Input(Shape(std::vector<std::int64_t>(shape.begin() + 1, shape.end())), {.dtype = input.dtype()})};
  }
  const auto& [shape, dtype] = Graph::built_on(layer.base());
  if (layer.weights().empty() || !shape || shape->empty()) return {};
  return {Input(Shape(std::vector<std::int64_t>(shape->begin() + 1, shape->end())),
                {.dtype = dtype.value_or(default_dtype())})};
}
// Whether others would not do: the sizes that a layer was built for are one example.
bool is_promised(const Layer& layer) {
  const ModelBase* model = ModelBase::of(layer);
  return model && model->checks_shapes();
}

}  // namespace

void SequentialBase::add(const Layer& layer) {
  expect(static_cast<bool>(layer), "add: the layer is absent");
  Graph::expect_outside("add", *this, layer);
  if (detail::is_input(layer)) {
    expect(layers().empty() && outputs().empty(), "add: an InputLayer must come first; got '{}' after {}", layer.name(),
           models::counted(layers().size(), "layer"));
    const Symbol input = detail::call_input(layer);
    set_graph({input}, {input});
    return;
  }
  expect(!known().layers.count(&layer.base()), "add: the layer '{}' is in the model already", layer.name());
  const bool is_given = Graph::has_given_name(layer.base());
  expect(!is_given || !known().names.has(layer.name()),
         "add: there is a layer '{}' already; the names in a model must differ: set_name(…)", layer.name());

  Symbols graph_inputs = inputs(), graph_outputs = outputs();
  const bool is_first = layers().empty() && outputs().empty();
  if (is_first) graph_inputs = graph_outputs = input_of(layer);
  Symbol result;
  if (!graph_outputs.empty()) result = layer(graph_outputs[0]);
  Known& there = known();
  // A counted name that is free here stays.
  const bool stays = Graph::is_named(layer.base()) && there.names.take(layer.name());
  if (!stays && !is_given) Graph::set_name(layer.base(), there.names.take_free(layer), Graph::Name::counted);
  if (!result)
    Graph::add_sublayer(*this, layer);
  else if (outputs().empty())
    set_graph(graph_inputs, {result});
  else
    append(result);
  if (is_first && !graph_inputs.empty()) checks_shapes_ = is_promised(layer);
  there.layers.insert(&layer.base());
  Graph::take_over(*this, layer);
}

Sequential::Sequential() : Sequential(std::vector<Layer>{}) {}
Sequential::Sequential(const std::vector<Layer>& layers, const ModelOptions& options)
    : Model(detail::Ref<LayerBase>(new SequentialBase(options.name))) {
  for (const Layer& layer : layers) add(layer);
}
void Sequential::add(const Layer& layer) const { static_cast<SequentialBase&>(base()).add(layer); }
void Sequential::build(const Shape& input) const { static_cast<SequentialBase&>(base()).build_rows(input); }

}  // namespace frost
