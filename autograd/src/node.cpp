#include "node.hpp"

#include "anomaly.hpp"
#include "check.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace frost::detail {

namespace {

// A list of inputs can be longer than the bits of Reads: they share rules[0], and one bit stands for each of them.
Reads input_bit(const Op& op, int i) { return reads_input(op.variadic ? 0 : i); }

void save_input(NodeInput& slot, const Tensor& x, bool strong, bool weak) {
  const TensorImpl* t = impl(x);
  if (!strong && !weak) return;
  slot.buffer = t->buffer;
  slot.data = t->data;
  slot.version = t->buffer->version.load(std::memory_order_relaxed);
  if (strong) {
    retain(t->buffer);
    slot.flags |= NodeInput::strong;
  } else {
    remember(t->buffer);
    slot.flags |= NodeInput::weak;
  }
}

void drop(NodeInput& slot) noexcept {
  if (slot.has(NodeInput::strong)) release(slot.buffer);
  if (slot.has(NodeInput::weak)) forget(slot.buffer);
  slot.flags = static_cast<std::uint8_t>(slot.flags & ~(NodeInput::strong | NodeInput::weak));
  slot.buffer = nullptr;
}

void keep_attrs(Node& node, const Attrs& attrs) {
  node.attrs_type = attrs.type();
  if (!attrs.type()) return;
  void* to = node.inline_attrs;
  if (attrs.type()->size > sizeof(node.inline_attrs)) {
    to = node.attrs_block = small_allocate(attrs.type()->size);
    node.attrs_heap = 1;
  }
  if (attrs.type()->copy)
    attrs.type()->copy(attrs.get(), to);
  else
    std::memcpy(to, attrs.get(), attrs.type()->size);
}

void drop_attrs(Node& node) noexcept {
  if (!node.attrs_type) return;
  void* at = node.attrs_heap ? node.attrs_block : node.inline_attrs;
  if (node.attrs_type->destroy) node.attrs_type->destroy(at);
  if (node.attrs_heap) small_free(at, node.attrs_type->size);
  node.attrs_type = nullptr;
}

// Everything but the edges, which the caller hands on.
void destroy_contents(Node& node) noexcept {
  release_saved(node);
  drop_attrs(node);
  delete node.notes;
}

std::atomic<std::uint64_t> eras{0};

}  // namespace

Node* record(const Op& op, const Attrs& attrs, const Inputs& x, Tensor* y, Reads reads, Tensor* extras) {
  ThreadState& state = thread_state();
  Node* node = new (small_allocate(sizeof(Node))) Node;
  if (state.number == 0) [[unlikely]]
    enroll(state);
  node->thread = state.number;
  node->op = &op;
  node->reads = reads;
  node->epoch = freeze_epoch();
  node->input_count = static_cast<std::uint16_t>(x.size());
  node->output_count = static_cast<std::uint8_t>(op.outputs);
  if (x.size() > 2) {
    const std::size_t n = static_cast<std::size_t>(x.size());
    node->inputs = static_cast<NodeInput*>(small_allocate(n * sizeof(NodeInput)));
    for (std::size_t i = 0; i < n; ++i) new (node->inputs + i) NodeInput;
  }
  std::uint64_t sequence = state.sequence;
  for (int i = 0; i < x.size(); ++i) {
    if (!x[i].present()) continue;
    TensorImpl* t = impl(x[i]);
    NodeInput& slot = node->inputs[i];
    slot.flags = NodeInput::present;
    slot.shape = t->shape;
    slot.dtype = t->dtype;
    const bool strong = reads & input_bit(op, i);
    const bool wanted = records(x[i]) && op.rule(i).exists();
    if (wanted && t->node) {
      slot.flags |= NodeInput::wanted;
      slot.node = t->node;
      slot.output = t->output;
      retain(t->node);
      sequence = std::max(sequence, t->node->sequence);
      node->epoch = std::min(node->epoch, t->node->epoch);
      node->flags = static_cast<std::uint8_t>(node->flags | (t->node->flags & Node::looks_up));
    } else if (wanted || (strong && t->leaf)) {
      slot.flags |= NodeInput::is_leaf | (wanted ? NodeInput::wanted : 0);
      slot.leaf = t;
      t->owners.fetch_add(1, std::memory_order_relaxed);
    }
    save_input(slot, x[i], strong || (op.composite && state.keep_inputs), op.composite != nullptr);
  }
  node->sequence = state.sequence = sequence + 1;
  if (anomaly_mode()) [[unlikely]]
    note_path(*node);
  keep_attrs(*node, attrs);
  if (op.looks_up && op.looks_up(y)) node->flags |= Node::looks_up;

  if (op.outputs > 1) {
    const std::size_t n = static_cast<std::size_t>(op.outputs);
    node->outputs = static_cast<NodeOutput*>(small_allocate(n * sizeof(NodeOutput)));
    node->gradients = static_cast<Tensor*>(small_allocate(n * sizeof(Tensor)));
    for (std::size_t k = 0; k < n; ++k) {
      new (node->outputs + k) NodeOutput;
      new (node->gradients + k) Tensor;
    }
  }
  for (int k = 0; k < op.outputs; ++k) {
    TensorImpl* t = impl(y[k]);
    NodeOutput& slot = node->outputs[k];
    slot.shape = t->shape;
    slot.dtype = t->dtype;
    if (reads & reads_output(k)) {
      slot.buffer = t->buffer;
      slot.data = t->data;
      slot.version = t->buffer->version.load(std::memory_order_relaxed);
      retain(t->buffer);
    }
    t->node = node;
    t->output = static_cast<std::uint8_t>(k);
    retain(node);
  }

  int extra_count = 0;
  for (int k = 0; k < max_extras; ++k)
    if (extras[k].present()) extra_count = k + 1;
  if (extra_count > 0) {
    node->extra_count = static_cast<std::uint8_t>(extra_count);
    node->extras = static_cast<Tensor*>(small_allocate(static_cast<std::size_t>(extra_count) * sizeof(Tensor)));
    for (int k = 0; k < extra_count; ++k) new (node->extras + k) Tensor(std::move(extras[k]));
  }
  return node;
}

// Sequence numbers of threads are apart by less than 2^28 nodes between two eras, those of an era higher than all
// before.
std::uint64_t begin_era() {
  ThreadState& state = thread_state();
  const std::uint64_t era = (eras.fetch_add(1, std::memory_order_relaxed) + 1) << 28;
  return state.sequence = std::max(state.sequence + 1, era);
}

void keep_input(Node& node, int i, const Tensor& x) {
  NodeInput& slot = node.inputs[i];
  if (slot.has(NodeInput::strong)) return;
  if (!slot.node && impl(x)->leaf) {
    slot.flags |= NodeInput::is_leaf;
    slot.leaf = impl(x);
    impl(x)->owners.fetch_add(1, std::memory_order_relaxed);
  }
  save_input(slot, x, true, false);
}

void release_saved(Node& node) noexcept {
  node.flags |= Node::released;
  for (int i = 0; i < node.input_count; ++i) drop(node.inputs[i]);
  for (int k = 0; k < node.output_count; ++k) {
    if (!node.outputs[k].buffer) continue;
    release(node.outputs[k].buffer);
    node.outputs[k].buffer = nullptr;
  }
  if (node.extras) {
    for (int k = 0; k < node.extra_count; ++k) node.extras[k].~Tensor();
    small_free(node.extras, node.extra_count * sizeof(Tensor));
    node.extras = nullptr;
    node.extra_count = 0;
  }
}

void release(Node* node) noexcept {
  if (node->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  ThreadState& state = thread_state();
  node->next_doomed = state.doomed;
  state.doomed = node;
  if (state.destroying) return;  // the loop below, further out, will come to it
  state.destroying = true;
  while (Node* doomed = state.doomed) {
    state.doomed = doomed->next_doomed;
    destroy_contents(*doomed);
    for (int i = 0; i < doomed->input_count; ++i) {
      NodeInput& slot = doomed->inputs[i];
      if (slot.has(NodeInput::is_leaf)) {
        Tensor(Access::take(slot.leaf));
      } else if (slot.node) {
        release(slot.node);
      }
      slot.shape = ShapeRef();
    }
    if (doomed->input_count > 2) small_free(doomed->inputs, doomed->input_count * sizeof(NodeInput));
    if (doomed->output_count > 1) {
      for (int k = 0; k < doomed->output_count; ++k) {
        doomed->outputs[k].~NodeOutput();
        doomed->gradients[k].~Tensor();
      }
      small_free(doomed->outputs, doomed->output_count * sizeof(NodeOutput));
      small_free(doomed->gradients, doomed->output_count * sizeof(Tensor));
    }
    doomed->~Node();
    small_free(doomed, sizeof(Node));
  }
  state.destroying = false;
}

}  // namespace frost::detail
