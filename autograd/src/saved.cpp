#include "check.hpp"
#include "node.hpp"

namespace frost::detail {

namespace {

std::string input_name(const Node& node, int i) {
  const Rule& rule = node.op->rule(i);
  return rule.exists() && !node.op->variadic ? fmt::format("input '{}'", rule.input) : fmt::format("input {}", i);
}

std::string saved_name(const Node& node, int i) {
  const NodeInput& slot = node.inputs[i];
  if (slot.has(NodeInput::is_leaf) && !slot.leaf->leaf->name.empty()) return fmt::format("'{}'", slot.leaf->leaf->name);
  return fmt::format("{} (a {} tensor of shape {})", input_name(node, i), name_of(slot.dtype), text(slot.shape));
}

// Throws unless the buffer is as it was when the node saved it. `name` is asked for the message alone.
template <class Name>
void check_version(const Node& node, const Name& name, std::uint32_t saved, const Buffer* buffer) {
  const std::uint32_t now = buffer->version.load(std::memory_order_relaxed);
  if (saved == now) return;
  fail<GraphError>(
      "{}: a value that the backward pass needs was overwritten: {} was saved at version {} and is now at "
      "version {}. Assign after the backward pass, or run the forward pass again.",
      node.op->name, name(), saved, now);
}

// The leaf still shows what was saved: it is its own connection to the tape.
bool shows(const TensorImpl* leaf, const NodeInput& slot) {
  return leaf->buffer == slot.buffer && leaf->data == slot.data;
}

// A tensor over the saved buffer, connected to where it came from while gradients are recorded.
Tensor wrap(const Node& node, int i) {
  const NodeInput& slot = node.inputs[i];
  check_version(
      node, [&] { return saved_name(node, i); }, slot.version, slot.buffer);
  const bool connected = recording() && slot.has(NodeInput::wanted);
  if (!connected) return make_over(slot.buffer, slot.data, slot.shape, slot.dtype);
  if (slot.has(NodeInput::is_leaf)) {
    slot.leaf->owners.fetch_add(1, std::memory_order_relaxed);
    Tensor leaf = Access::take(slot.leaf);
    if (shows(slot.leaf, slot)) return leaf;
    // The leaf was assigned a fresh buffer since. The old values stay what this gradient is a function of.
    return at_leaf(leaf, make_over(slot.buffer, slot.data, slot.shape, slot.dtype));
  }
  Tensor value = make_over(slot.buffer, slot.data, slot.shape, slot.dtype);
  impl(value)->node = slot.node;
  impl(value)->output = slot.output;
  retain(slot.node);
  return value;
}

}  // namespace

void Saved::check(Reads what, const char* kind, int number) const {
  if (allowed_ & what) return;
  const Rule& rule = node_.op->rule(index_);
  throw GraphError(fmt::format("{}: the rule of {} reads {} {} without declaring it", node_.op->name,
                               rule.exists() ? rule.input : "an input", kind, number));
}

Tensor Saved::input(int i) const {
  check(reads_input(node_.op->variadic ? 0 : i), "input", i);
  return wrap(node_, i);
}

const void* Saved::input_data(int i) const {
  check(reads_input(node_.op->variadic ? 0 : i), "input", i);
  const NodeInput& slot = node_.inputs[i];
  check_version(
      node_, [&] { return saved_name(node_, i); }, slot.version, slot.buffer);
  return slot.data;
}

Tensor Saved::output(int k) const {
  check(reads_output(k), "output", k);
  const NodeOutput& slot = node_.outputs[k];
  check_version(
      node_, [&] { return fmt::format("output {}", k); }, slot.version, slot.buffer);
  Tensor value = make_over(slot.buffer, slot.data, slot.shape, slot.dtype);
  if (!recording()) return value;
  auto* node = const_cast<Node*>(&node_);
  impl(value)->node = node;
  impl(value)->output = static_cast<std::uint8_t>(k);
  retain(node);
  return value;
}

const void* Saved::output_data(int k) const {
  check(reads_output(k), "output", k);
  const NodeOutput& slot = node_.outputs[k];
  check_version(
      node_, [&] { return fmt::format("output {}", k); }, slot.version, slot.buffer);
  return slot.data;
}

Tensor Saved::extra(int k) const {
  check(reads_extra(k), "extra value", k);
  return node_.extras[k];
}

Tensors Saved::recorded_gradients(const Tensors& outputs) const {
  return gradients_of(roots_->tensors, roots_->gradients, outputs, true, true, node_.sequence);
}

Tensor composite_input(const Node& node, int i) {
  const NodeInput& slot = node.inputs[i];
  if (!slot.has(NodeInput::present)) return {};
  if (slot.has(NodeInput::strong)) return wrap(node, i);
  const bool alive = slot.buffer && try_retain(slot.buffer);
  if (!alive)
    fail<GraphError>(
        "{}: the second derivative needs {}, which freezing made unnecessary for the first and which is gone. "
        "Put `KeepInputs guard;` around the forward pass.",
        node.op->name, saved_name(node, i));
  Tensor value = wrap(node, i);
  release(slot.buffer);
  return value;
}

}  // namespace frost::detail
