#include <frost/autograd/inspect.hpp>

#include "check.hpp"
#include "node.hpp"

#include <unordered_map>

namespace frost {

using namespace detail;

namespace {

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

class Drawing {
 public:
  std::string of(const Tensor& output) {
    const TensorImpl* root = impl(output);
    if (root->node)
      box_of(root->node);
    else
      box_of_leaf(root);
    while (!left_.empty()) {
      const Node* node = left_.back();
      left_.pop_back();
      draw(*node);
    }
    std::string frozen;
    if (!frozen_.empty()) frozen = "  subgraph cluster_frozen {\n    label=\"frozen\";\n" + frozen_ + "  }\n";
    return "digraph tape {\n  rankdir=BT;\n  node [shape=box, style=filled, fillcolor=\"#f1f3f4\", "
           "fontname=\"Helvetica\"];\n" +
           frozen + text_ + "}\n";
  }

 private:
  std::size_t box_of(const Node* node) {
    const auto [found, is_new] = boxes_.try_emplace(node, boxes_.size());
    if (is_new) left_.push_back(node);
    return found->second;
  }

  std::size_t box_of_leaf(const TensorImpl* t) {
    const auto [found, is_new] = boxes_.try_emplace(t, boxes_.size());
    if (!is_new) return found->second;
    const bool trains = t->flags & TensorImpl::records;
    std::string label = t->leaf ? escaped(t->leaf->name) : "";
    if (!label.empty()) label += "\\n";
    label += fmt::format("{} {}", text(t->shape), name_of(t->dtype));
    (trains ? text_ : frozen_) += fmt::format("{}  n{} [shape=ellipse, label=\"{}\", fillcolor=\"{}\"];\n",
                                              trains ? "" : "  ", found->second, label, trains ? "#b7e1cd" : "#a8c7fa");
    return found->second;
  }

  void draw(const Node& node) {
    const std::size_t box = boxes_.at(&node);
    std::string label = node.op->name;
    if (node.notes && !node.notes->path.empty()) label += " in " + escaped(node.notes->path);
    for (int k = 0; k < node.output_count; ++k) label += fmt::format("\\n{}", text(node.outputs[k].shape));
    std::size_t kept = 0;
    for (int k = 0; k < node.output_count; ++k)
      if (node.outputs[k].buffer) kept += node.outputs[k].buffer->bytes;
    for (int i = 0; i < node.input_count; ++i) {
      const NodeInput& x = node.inputs[i];
      if (x.has(NodeInput::strong) && !x.has(NodeInput::is_leaf)) kept += x.buffer->bytes;
    }
    if (kept > 0) label += fmt::format("\\nkeeps {} bytes", kept);
    text_ += fmt::format("  n{} [label=\"{}\"];\n", box, label);
    for (int i = 0; i < node.input_count; ++i) draw_edge(node, i, box);
  }

  void draw_edge(const Node& node, int i, std::size_t box) {
    const NodeInput& x = node.inputs[i];
    if (!x.has(NodeInput::present)) return;
    if (x.has(NodeInput::is_leaf)) {
      const bool trains = x.leaf->flags & TensorImpl::records;
      const std::size_t leaf = box_of_leaf(x.leaf);
      text_ += fmt::format("  n{} -> n{}{};\n", leaf, box, trains ? "" : " [style=dashed]");
    } else if (x.has(NodeInput::wanted)) {
      const std::size_t from = box_of(x.node);
      text_ += fmt::format("  n{} -> n{};\n", from, box);
    } else {
      text_ += fmt::format("  n{}_{} [shape=point, xlabel=\"{}\"];\n  n{}_{} -> n{} [style=dotted];\n", box, i,
                           text(x.shape), box, i, box);
    }
  }

  std::string text_, frozen_;
  std::unordered_map<const void*, std::size_t> boxes_;
  std::vector<const Node*> left_;
};

}  // namespace

std::string to_dot(const Tensor& output) {
  expect(output.present(), "to_dot: the tensor is absent");
  return Drawing().of(output);
}

}  // namespace frost
