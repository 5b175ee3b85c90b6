#pragma once
#include "op.hpp"

#include <frost/autograd/hooks.hpp>

#include <algorithm>

// The tape's entries. A node holds edges and buffers, never tensors: so no cycle can be written, and what nobody reads
// is free to go.
namespace frost::detail {

struct NodeInput {
  static constexpr std::uint8_t wanted = 1;   // its gradient is asked for: there is an edge
  static constexpr std::uint8_t is_leaf = 2;  // the edge leads to a leaf
  static constexpr std::uint8_t strong = 4;   // owns the buffer
  static constexpr std::uint8_t weak = 8;     // remembers the buffer: only the composite may want it
  static constexpr std::uint8_t present = 16;

  union {
    Node* node = nullptr;
    TensorImpl* leaf;
  };
  Buffer* buffer = nullptr;
  void* data = nullptr;
  ShapeRef shape;
  std::uint32_t version = 0;
  std::uint8_t output = 0;
  DType dtype = DType::float32;
  std::uint8_t flags = 0;

  bool has(std::uint8_t flag) const { return flags & flag; }
};

struct NodeOutput {
  Buffer* buffer = nullptr;  // kept only where a rule reads it
  void* data = nullptr;
  ShapeRef shape;
  std::uint32_t version = 0;
  DType dtype = DType::float32;
};

/// What few nodes have.
struct NodeNotes {
  std::string path;  // of the layer that recorded it, in anomaly mode
  Hooks hooks;
};

struct Node {
  static constexpr std::uint8_t released = 1;
  static constexpr std::uint8_t looks_up = 2;  // its rule, or that of a node below, looks up
  static constexpr std::uint8_t needed = 1;  // in walk_flags: leads to what the walk is for
  static constexpr std::uint8_t target = 2;

  std::atomic<std::uint32_t> owners{0};
  std::uint16_t input_count = 0;
  std::uint8_t output_count = 0;
  std::uint8_t flags = 0;
  const Op* op = nullptr;
  union {
    std::uint64_t sequence = 0;
    Node* next_doomed;  // once nobody owns the node
  };
  std::uint32_t epoch = 0;
  Reads reads = reads_nothing;  // what has been saved
  std::uint32_t walk = 0;
  std::uint8_t walk_flags = 0;
  std::uint8_t extra_count = 0;
  std::uint16_t attrs_heap = 0;  // attributes too large for the node
  const AttrsType* attrs_type = nullptr;
  NodeInput* inputs = inline_inputs;
  NodeOutput* outputs = &inline_output;
  Tensor* gradients = &inline_gradient;  // of the outputs, gathered by the walk under way
  Tensor* extras = nullptr;
  NodeNotes* notes = nullptr;
  union {
    void* attrs_block;
    std::byte inline_attrs[48];
  };
  NodeOutput inline_output;
  Tensor inline_gradient;
  NodeInput inline_inputs[2];

  Node() : attrs_block(nullptr) {}
  Attrs attrs() const { return {attrs_heap ? attrs_block : static_cast<const void*>(inline_attrs), attrs_type}; }
};
static_assert(sizeof(Node) <= 288);

/// Records an operation and makes its outputs point to the node. `reads` is what the enabled rules read.
Node* record(const Op& op, const Attrs& attrs, const Inputs& x, Tensor* y, Reads reads, Tensor* extras);
/// Keeps the value of an input that was not kept when the node was made.
void keep_input(Node& node, int i, const Tensor& x);
/// Drops what the node saved; the structure stays, so that a second pass can say what happened.
void release_saved(Node& node) noexcept;
/// Gives up a share of a node. Takes graphs of any depth apart without recursion.
void release(Node* node) noexcept;
inline void retain(Node* node) { node->owners.fetch_add(1, std::memory_order_relaxed); }

/// A set of a node's inputs.
class InputSet {
 public:
  void insert(int i) {
    if (i < 64) {
      few_ |= std::uint64_t{1} << i;
    } else {
      more_.resize(std::max(more_.size(), static_cast<std::size_t>(i) - 63));
      more_[static_cast<std::size_t>(i) - 64] = true;
    }
  }
  bool contains(int i) const {
    if (i < 64) return few_ >> i & 1;
    const std::size_t k = static_cast<std::size_t>(i) - 64;
    return k < more_.size() && more_[k];
  }
  bool empty() const { return few_ == 0 && more_.empty(); }

 private:
  std::uint64_t few_ = 0;
  std::vector<bool> more_;
};

// Note [Looking up]
// Where values repeat, the gradients that reach the factors of a matrix do not say what its own gradient is; how they
// change with the factors does. So the rule differentiates them: a walk from the same roots down to the node, recorded.
// For this a walk that can reach such a node gives nothing free before its end.

/// Where a walk starts.
struct Roots {
  Tensors tensors, gradients;
};

/// What a rule sees of its node. A rule may read what it declared, and nothing else.
class Saved {
 public:
  Saved(const Node& node, int index, Reads allowed, const Tensor* gradients, const InputSet* needs = nullptr,
        const Roots* roots = nullptr)
      : node_(node), gradients_(gradients), needs_(needs), roots_(roots), allowed_(allowed), index_(index) {}

  /// The input whose gradient is asked for.
  int index() const { return index_; }
  /// For joint rules: whether the gradient of this input is asked for.
  bool needs(int input) const { return needs_ && needs_->contains(input); }
  /// The value of an input, connected to the tape while gradients are recorded.
  Tensor input(int i) const;
  bool has_input(int i) const { return i < node_.input_count && node_.inputs[i].has(NodeInput::present); }
  Tensor output(int k = 0) const;
  Tensor extra(int k) const;
  /// The gradient of output k, absent if nothing depends on it.
  const Tensor& grad_output(int k) const { return gradients_[k]; }
  /// The gradients of outputs of this node, recorded as functions of them: see Note [Looking up].
  Tensors recorded_gradients(const Tensors& outputs) const;
  /// The values of an input or output, for kernels.
  const void* input_data(int i) const;
  const void* output_data(int k = 0) const;

  int input_count() const { return node_.input_count; }
  const ShapeRef& input_shape(int i) const { return node_.inputs[i].shape; }
  const ShapeRef& output_shape(int k = 0) const { return node_.outputs[k].shape; }
  DType input_dtype(int i) const { return node_.inputs[i].dtype; }
  DType dtype() const { return node_.outputs[0].dtype; }
  template <class A>
  const A& attrs() const {
    return node_.attrs().as<A>();
  }
  const Node& node() const { return node_; }
  const char* name() const { return node_.op->name; }
  /// Counts a gradient kernel of this node's operation, for joint rules.
  void count(int input) const { count_one(node_.op->counts.gradients[static_cast<std::size_t>(input)]); }

 private:
  void check(Reads what, const char* kind, int number) const;

  const Node& node_;
  const Tensor* gradients_;
  const InputSet* needs_;
  const Roots* roots_;
  Reads allowed_;
  int index_;
};

/// The saved input as the composite gets it: strong or, if it still lives, weak; connected to the tape if it was
/// wanted.
Tensor composite_input(const Node& node, int i);

/// The gradients of ⟨roots[k], gradients[k]⟩ for the targets; absent where a target was not reached. Nodes up to the
/// sequence number `boundary` may be targets, but the walk does not go through them.
Tensors gradients_of(const Tensors& roots, const Tensors& gradients, const Tensors& targets, bool create_graph,
                     bool retain_graph, std::uint64_t boundary = 0);

/// A number that no node recorded before exceeds, and that every node this thread records from now on does.
std::uint64_t begin_era();

/// x itself, as a node of its own.
Tensor alias(const Tensor& x);
extern const Op alias_op;
/// Values that a leaf had, connected to it where it records.
Tensor at_leaf(const Tensor& leaf, const Tensor& values);

/// Sums g over the axes along which `shape` was broadcast to g's shape.
Tensor sum_to(const Tensor& g, const ShapeRef& shape);

/// Whether operations are recorded now.
inline bool recording() { return thread_state().grad_enabled; }

}  // namespace frost::detail
