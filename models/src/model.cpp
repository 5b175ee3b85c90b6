#include <frost/models/model.hpp>

#include "expect.hpp"
#include "model_base.hpp"

namespace frost {

using detail::Graph;
using models::counted;
using models::expect;

namespace detail {

Layer find_layer(const Layer& root, const std::string& path) {
  const std::vector<Layer>& layers = root.base().sublayers();
  for (const Layer& l : layers)
    if (l.name() == path) return l;
  // Names may hold slashes themselves: every one is tried as the border.
  for (const Layer& l : layers) {
    const std::string& name = l.name();
    if (path.size() <= name.size() + 1 || path[name.size()] != '/' || path.compare(0, name.size(), name) != 0) continue;
    if (const Layer found = find_layer(l, path.substr(name.size() + 1))) return found;
  }
  return {};
}

namespace {

void gather_paths(const Layer& root, const std::string& prefix, std::vector<std::string>& paths) {
  for (const Layer& l : root.base().sublayers()) {
    paths.push_back(prefix + l.name());
    gather_paths(l, prefix + l.name() + "/", paths);
  }
}

}  // namespace

Layer require_layer(const Layer& root, const std::string& path, const char* what) {
  if (const Layer found = find_layer(root, path)) return found;
  std::vector<std::string> paths;
  gather_paths(root, "", paths);
  throw ValueError(
      fmt::format("{}: there is no layer '{}' in '{}'. {}", what, path, root.name(), near_names(path, paths)));
}

}  // namespace detail

Model::Model(const Symbols& inputs, const Symbols& outputs, const ModelOptions& options)
    : Layer(detail::Ref<LayerBase>(new ModelBase(inputs, outputs, options.name))) {}
Model::Model(const Symbol& input, const Symbol& output, const ModelOptions& options)
    : Model(Symbols{input}, Symbols{output}, options) {}
Model::Model(const Symbol& input, const Symbols& outputs, const ModelOptions& options)
    : Model(Symbols{input}, outputs, options) {}
Model::Model(const Symbols& inputs, const Symbol& output, const ModelOptions& options)
    : Model(inputs, Symbols{output}, options) {}
Model::Model(const Layer& layer) : Layer(layer) {
  expect(ModelBase::of(layer) != nullptr, "Model: the layer '{}' is no model; it is of type {}", layer.name(),
         layer.type());
}

ModelBase& Model::model() const {
  expect(static_cast<bool>(*this), "the model is absent");
  return static_cast<ModelBase&>(base());
}

std::vector<Layer> Model::layers() const { return model().layers(); }

std::vector<Layer> Model::layers(std::int64_t first, std::int64_t last) const {
  const std::vector<Layer>& all = model().layers();
  const auto count = static_cast<std::int64_t>(all.size());
  const auto bound = [&](std::int64_t i) { return std::min(std::max<std::int64_t>(i < 0 ? i + count : i, 0), count); };
  if (bound(first) >= bound(last)) return {};
  return {all.begin() + bound(first), all.begin() + bound(last)};
}

Layer Model::get_layer(const std::string& path) const { return detail::require_layer(*this, path, "get_layer"); }

Layer Model::get_layer(std::int64_t index) const {
  const std::vector<Layer>& all = model().layers();
  const auto count = static_cast<std::int64_t>(all.size());
  expect(index >= -count && index < count, "get_layer: got index {}; the model '{}' has {}", index, name(),
         counted(count, "layer"));
  return all[static_cast<std::size_t>(index < 0 ? index + count : index)];
}

Symbols Model::inputs() const {
  model().expect_graph("inputs");
  return model().inputs();
}
Symbols Model::outputs() const {
  model().expect_graph("outputs");
  return model().outputs();
}
Symbol Model::input() const {
  const Symbols all = inputs();
  expect<GraphError>(all.size() == 1, "input: the model '{}' has {} inputs; use inputs()", name(), all.size());
  return all[0];
}
Symbol Model::output() const {
  const Symbols all = outputs();
  expect<GraphError>(all.size() == 1, "output: the model '{}' has {} outputs; use outputs()", name(), all.size());
  return all[0];
}

Parameters Model::weights() const {
  model().expect_weights("weights");
  return Layer::weights();
}
Parameters Model::trainable_weights() const {
  model().expect_weights("trainable_weights");
  return Layer::trainable_weights();
}
Parameters Model::non_trainable_weights() const {
  model().expect_weights("non_trainable_weights");
  return Layer::non_trainable_weights();
}
Tensors Model::get_weights() const {
  model().expect_weights("get_weights");
  return Layer::get_weights();
}
void Model::set_weights(const Tensors& values) const {
  model().expect_weights("set_weights");
  Layer::set_weights(values);
}
std::int64_t Model::count_params() const {
  model().expect_weights("count_params");
  return Layer::count_params();
}

Model Model::until(const std::string& layer) const {
  model().expect_graph("until");
  const Layer last = detail::require_layer(*this, layer, "until");
  for (const Symbol& s : model().inputs())
    if (s.layer().is_same(last)) return Model(s, s);
  Symbols ends;
  for (const detail::Step& step : model().plan().steps)
    if (step.layer.is_same(last))
      for (std::size_t k = 0; k < step.call->outputs.size(); ++k)
        ends.push_back(Graph::symbol(const_cast<detail::Call&>(*step.call), static_cast<int>(k)));
  expect<GraphError>(!ends.empty(),
                     "until: the layer '{}' is inside a nested model of '{}'; ask that model: "
                     "Model(get_layer(…)).until(…)",
                     layer, name());
  expect<GraphError>(ends.size() == 1, "until: the layer '{}' has {} outputs in the model '{}'; expected one", layer,
                     ends.size(), name());
  return Model(model().inputs_of(ends[0]), ends[0]);
}

}  // namespace frost
