#include <frost/models/plot.hpp>

#include "describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace frost {

using detail::Step;

namespace {

const char* colour_of(FreezeState state) {
  switch (state) {
    case FreezeState::trainable:
      return "#b7e1cd";
    case FreezeState::frozen:
      return "#a8c7fa";
    case FreezeState::partly:
      return "#fde293";
    case FreezeState::without_weights:
      return "#f1f3f4";
  }
  return "";
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

// Where a value comes from: the number of a box.
using Source = std::size_t;
using Sources = std::vector<Source>;

class Drawing {
 public:
  std::string of(const ModelBase& model) {
    text_ = fmt::format("digraph \"{}\" {{\n  rankdir=TB;\n  node [shape=box, style=filled, fontname=\"Helvetica\"];\n",
                        escaped(model.name()));
    draw_layers(model, "  ");
    Sources inputs;
    for (const Symbol& s : model.inputs()) inputs.push_back(box_of_input(model, s));
    connect(model, inputs);
    return text_ + "}\n";
  }

 private:
  void draw_layers(const ModelBase& model, const std::string& indent) {
    const detail::OutputTexts outputs(model);
    for (const Layer& layer : model.layers()) {
      const ModelBase* nested = ModelBase::of(layer);
      if (nested) {
        text_ += fmt::format("{}subgraph cluster_{} {{\n{}  label=\"{} ({})\";\n", indent, clusters_++, indent,
                             escaped(layer.name()), escaped(layer.type()));
        draw_layers(*nested, indent + "  ");
        text_ += indent + "}\n";
      } else if (!boxes_.count(&layer.base()) && !(detail::is_input(layer) && indent.size() > 2)) {
        draw_box(layer, outputs.of(layer), indent);
      }
    }
  }

  void draw_box(const Layer& layer, const std::string& shape, const std::string& indent) {
    const FreezeState state = detail::freeze_state(layer);
    std::string label = escaped(layer.name() + " (" + layer.type() + ")");
    if (!shape.empty()) label += "\\n" + escaped(shape);
    if (state != FreezeState::without_weights)
      label += fmt::format("\\n{} weights, {}", detail::grouped(layer.count_params()), detail::text_of(state));
    const std::size_t box = boxes_.size();
    boxes_[&layer.base()] = box;
    text_ += fmt::format("{}layer_{} [label=\"{}\", fillcolor=\"{}\"];\n", indent, box, label, colour_of(state));
  }

  // A model may list no input, as a Sequential does: then one is drawn for it.
  Source box_of_input(const ModelBase& model, const Symbol& input) {
    for (std::size_t i = 0; i < model.inputs().size(); ++i) {
      if (!model.inputs()[i].is_same(input)) continue;
      for (const Layer& layer : model.layers())
        if (layer.is_same(model.input_layers()[i]) && boxes_.count(&layer.base())) return boxes_.at(&layer.base());
    }
    const Layer layer = input.layer();
    if (!boxes_.count(&layer.base())) draw_box(layer, detail::OutputTexts(model).of(layer), "  ");
    return boxes_.at(&layer.base());
  }

  // Draws the edges of a model that is called on values from these boxes, and says where its outputs come from.
  Sources connect(const ModelBase& model, const Sources& inputs) {
    std::map<int, Source> slots;
    for (std::size_t i = 0; i < inputs.size(); ++i) slots[model.plan().inputs[i]] = inputs[i];
    for (const Step& step : model.plan().steps) {
      Sources xs;
      for (const int i : step.inputs) xs.push_back(slots.at(i));
      Sources ys;
      if (const ModelBase* nested = ModelBase::of(step.layer)) {
        ys = connect(*nested, xs);
      } else {
        const Source box = boxes_.at(step.base);
        ys.assign(step.outputs.size(), box);
        for (const Source x : xs)
          if (edges_.insert({x, box}).second) text_ += fmt::format("  layer_{} -> layer_{};\n", x, box);
      }
      for (std::size_t k = 0; k < ys.size(); ++k) slots[step.outputs[k]] = ys[k];
    }
    Sources outputs;
    for (const int i : model.plan().outputs) outputs.push_back(slots.at(i));
    return outputs;
  }

  std::string text_;
  int clusters_ = 0;
  std::map<const LayerBase*, Source> boxes_;
  std::set<std::pair<Source, Source>> edges_;
};

}  // namespace

std::string to_dot(const Model& model) {
  const ModelBase& base = ModelBase::in(model);
  base.expect_graph("to_dot");
  return Drawing().of(base);
}

}  // namespace frost
