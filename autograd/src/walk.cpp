#include "check.hpp"
#include "node.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

#include "accumulate.hpp"
#include "anomaly.hpp"
#include "grad.hpp"
#include "headroom.hpp"
#include "hooks.hpp"
#include "walk_notes.hpp"

#include <algorithm>
#include <vector>

// Note [The walk]
// The backward pass takes the nodes that the roots reach from a heap, the latest recorded first: when a node's turn
// comes, everything that uses it has been visited and its gradient is complete. Nothing recurses. What a walk notes of
// a node is in the node, where its own thread recorded it, and carries the walk's number; a walk that a rule starts
// inside another puts the outer one's notes aside and back. Of leaves and of nodes that other threads recorded the walk
// has notes of its own: several threads may walk over them at once. Gradients of leaves are committed when the walk is
// over, so that an error leaves them as they were.
//
// Two cases need to know beforehand which nodes lead to what is asked for: `grad`, which is given its targets, and a
// backward pass over a graph from which a leaf was frozen after it was recorded. They sort all reachable nodes first
// and mark, earliest first, those that are needed.

namespace frost::detail {

namespace {

bool later(const Node* a, const Node* b) { return a->sequence < b->sequence; }

class Walk {
 public:
  Walk(bool create_graph, bool retain_graph, std::uint64_t boundary = 0)
      : boundary_(boundary),
        thread_(thread_state().number ? thread_state().number : nobody),
        id_(++thread_state().walks),
        create_graph_(create_graph),
        retain_(retain_graph || create_graph) {}
  ~Walk() {
    put_back();
    for (Node* node : kept_) release_saved(*node);
    --thread_state().walks;
  }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  void add_root(const Tensor& root, Tensor gradient) {
    TensorImpl* t = impl(root);
    if (!t->node) {
      if (t->flags & TensorImpl::records) accumulate(leaves_.at(t).gradient, std::move(gradient), create_graph_);
      return;
    }
    if (t->node->flags & Node::looks_up) [[unlikely]] {
      roots_.tensors.push_back(root);
      roots_.gradients.push_back(gradient);
    }
    reach(t->node);
    accumulate(gradients(*t->node)[t->output], std::move(gradient), create_graph_);
  }

  // Every reachable node, while no leaf was frozen since.
  void run_all() {
    GradMode mode(create_graph_);
    while (!heap_.empty()) {
      Node* node = pop();
      expect_alive(*node);
      run_hooks(*node, gradients(*node));
      run(*node, false);
      finish(*node);
    }
  }

  // Only what leads to a target, or to any leaf that still records.
  void run_needed(const std::vector<TensorImpl*>* targets, Tensors* results) {
    marked_ = true;
    if (targets)
      for (TensorImpl* t : *targets) mark_target(t);
    std::vector<Node*> order = sorted();
    for (auto n = order.rbegin(); n != order.rend(); ++n)
      if (is_inside(**n) && leads_on(**n, targets != nullptr)) flags(**n) |= Node::needed;
    GradMode mode(create_graph_);
    for (Node* node : order) {
      Tensor* const gradients = this->gradients(*node);
      if (is_inside(*node)) run_hooks(*node, gradients);
      if (results && (flags(*node) & Node::target)) collect(*node, *targets, *results);
      if (flags(*node) & Node::needed) run(*node, targets != nullptr);
      if (is_inside(*node)) give_free(node);
      for (int k = 0; k < node->output_count; ++k) gradients[k] = Tensor();
    }
    if (!results) return;
    for (std::size_t i = 0; i < targets->size(); ++i)
      if (TensorImpl* t = (*targets)[i]; !t->node)
        if (const LeafNote* note = leaves_.find(t)) (*results)[i] = note->gradient;
  }

  void commit() {
    for (LeafNote& note : leaves_)
      if (Leaf* leaf = note.leaf->leaf; leaf && !leaf->hooks.empty() && (note.leaf->flags & TensorImpl::records))
        note.gradient = after_hooks(leaf->hooks, 0, note.gradient);
    for (LeafNote& note : leaves_) {
      if (!note.gradient.present() || !(note.leaf->flags & TensorImpl::records)) {
        note.gradient = Tensor();
        continue;
      }
      if (note.leaf->leaf->part) note.gradient = note.leaf->leaf->part->gather(note.gradient);
      // A handle of its own: whoever writes it copies what others show.
      const TensorImpl* g = impl(note.gradient);
      if (g->node || g->leaf || g->owners.load(std::memory_order_relaxed) > 1) note.gradient = note.gradient.detach();
      if (is_unshared(note.gradient)) continue;
      // Where what is there cannot be written either, the sum would need memory when some are in place already.
      const auto lock = lock_gradient(note.leaf);
      if (const Tensor& stored = note.leaf->leaf->gradient; stored.present() && !is_unshared(stored))
        note.gradient = note.gradient.detach().clone();
    }
    for (LeafNote& note : leaves_) {
      if (!note.gradient.present()) continue;
      const auto lock = lock_gradient(note.leaf);
      accumulate(gradient_to_add_to(*note.leaf->leaf), std::move(note.gradient), false);
    }
  }

 private:
  struct Aside {  // an outer walk's notes
    Node* node;
    std::uint16_t walk;
    std::uint8_t flags;
    Tensors gradients;
  };

  bool is_own(const Node& node) const { return node.thread == thread_; }
  bool is_touched(const Node& node) const {
    return is_own(node) ? node.walk == id_ : foreign_.find(&node) != foreign_.end();
  }
  // The notes of a node that was touched.
  Tensor* gradients(Node& node) { return is_own(node) ? node.gradients : foreign_.find(&node)->second.gradients; }
  std::uint8_t& flags(Node& node) { return is_own(node) ? node.walk_flags : foreign_.find(&node)->second.flags; }

  void touch(Node* node) {
    if (!is_own(*node)) {
      foreign_.try_emplace(node);
      return;
    }
    if (node->walk != 0) {
      Aside aside{node, node->walk, node->walk_flags, {}};
      for (int k = 0; k < node->output_count; ++k)
        aside.gradients.push_back(std::exchange(node->gradients[k], Tensor()));
      aside_.push_back(std::move(aside));
    }
    node->walk = id_;
    node->walk_flags = 0;
  }

  void reach(Node* node) {
    if (is_touched(*node)) return;
    touch(node);
    heap_.push_back(node);
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  Node* pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Node* node = heap_.back();
    heap_.pop_back();
    current_ = node;
    return node;
  }

  void finish(Node& node) {
    give_free(&node);
    clear(node);
    current_ = nullptr;
  }

  // What a visited node saved, now or, where a rule may look up, when the walk is over.
  void give_free(Node* node) {
    if (retain_) return;
    if (roots_.tensors.empty()) [[likely]]
      release_saved(*node);
    else
      kept_.push_back(node);
  }

  void mark_target(TensorImpl* t) {
    if (t->node) {
      // A target that the roots do not reach is noted all the same, and taken back at the end.
      if (!is_touched(*t->node)) {
        touch(t->node);
        targets_.push_back(t->node);
      }
      flags(*t->node) |= Node::target;
    } else if (t->flags & TensorImpl::records) {
      leaves_.at(t).is_target = true;
    }
  }

  // All reachable nodes, the latest first. They stay noted until the walk is over.
  std::vector<Node*> sorted() {
    std::vector<Node*> order;
    const auto see = [&](Node* node) {
      if (!is_touched(*node)) touch(node);
      if (flags(*node) & seen) return;
      flags(*node) |= seen;
      heap_.push_back(node);
      std::push_heap(heap_.begin(), heap_.end(), later);
    };
    std::vector<Node*> roots = std::move(heap_);
    heap_.clear();
    for (Node* root : roots) see(root);
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), later);
      Node* node = heap_.back();
      heap_.pop_back();
      order.push_back(node);
      noted_.push_back(node);
      if (!is_inside(*node)) continue;
      expect_alive(*node);
      for (int i = 0; i < node->input_count; ++i)
        if (const NodeInput& x = node->inputs[i]; x.has(NodeInput::wanted) && !x.has(NodeInput::is_leaf)) see(x.node);
    }
    return order;
  }

  // Nodes up to the boundary are ends: they may be targets, and nothing more.
  bool is_inside(const Node& node) const { return node.sequence > boundary_; }

  bool is_wanted(const NodeInput& x, bool has_targets) {
    if (!x.has(NodeInput::wanted)) return false;
    if (x.has(NodeInput::is_leaf)) {
      if (!(x.leaf->flags & TensorImpl::records)) return false;
      const LeafNote* note = has_targets ? leaves_.find(x.leaf) : nullptr;
      return !has_targets || (note && note->is_target);
    }
    return !marked_ || (is_touched(*x.node) && (flags(*x.node) & (Node::needed | Node::target)));
  }

  bool leads_on(const Node& node, bool has_targets) {
    for (int i = 0; i < node.input_count; ++i)
      if (is_wanted(node.inputs[i], has_targets)) return true;
    return false;
  }

  void collect(Node& node, const std::vector<TensorImpl*>& targets, Tensors& results) {
    for (std::size_t i = 0; i < targets.size(); ++i)
      if (targets[i]->node == &node) results[i] = gradients(node)[targets[i]->output];
  }

  void run(Node& node, bool has_targets) {
    if (!anomaly_mode()) [[likely]]
      return run_rules(node, has_targets);
    const Quiet quiet;
    run_rules(node, has_targets);
  }

  void run_rules(Node& node, bool has_targets) {
    const Op& op = *node.op;
    // Taken out of the node: a rule that starts a walk of its own may put the node's notes aside.
    Tensor gradients[max_outputs];
    bool has_gradient = false;
    Tensor* const noted = this->gradients(node);
    for (int k = 0; k < node.output_count; ++k) has_gradient |= (gradients[k] = std::move(noted[k])).present();
    if (!has_gradient) return;
    InputSet joint;
    for (int i = 0; i < node.input_count; ++i) {
      if (!is_wanted(node.inputs[i], has_targets)) continue;
      const Rule& rule = op.rule(i);
      if (!rule.gradient || (create_graph_ && op.composite)) {
        joint.insert(i);
        continue;
      }
      if (create_graph_ && op.no_second_derivative)
        throw GraphError(fmt::format("{}: {}", op.name, op.no_second_derivative));
      const Saved saved(node, i, rule.reads, gradients, nullptr, &roots_);
      Tensor* sum = rule.add_gradient && !create_graph_ && !anomaly_mode() ? &slot_of(node.inputs[i]) : nullptr;
      if (sum && (*sum).present() && is_unshared(*sum))
        rule.add_gradient(saved, gradients[0], *sum);
      else
        deliver(node, i, rule.gradient(saved, gradients[0]), gradients);
      if (!create_graph_) count_one(op.counts.gradients[static_cast<std::size_t>(op.variadic ? 0 : i)]);
    }
    if (joint.empty()) return;
    if (create_graph_ && op.composite)
      run_composite(node, gradients, joint);
    else
      run_joint(node, gradients, joint);
  }

  void run_joint(Node& node, const Tensor* g, const InputSet& joint) {
    const Op& op = *node.op;
    if (create_graph_ && op.no_second_derivative)
      throw GraphError(fmt::format("{}: {}", op.name, op.no_second_derivative));
    Reads allowed = reads_nothing;
    int first = 0;
    for (int i = node.input_count; i-- > 0;)
      if (joint.contains(i)) {
        allowed |= op.rule(i).reads;
        first = i;
      }
    Tensors gradients(static_cast<std::size_t>(node.input_count));
    op.joint(Saved(node, first, allowed, g, &joint), g[0], gradients.data());
    for (int i = 0; i < node.input_count; ++i)
      if (joint.contains(i)) deliver(node, i, std::move(gradients[static_cast<std::size_t>(i)]), g);
  }

  // Under create_graph: the gradient of the same function made of operations whose rules can be differentiated. One
  // alias an input keeps apart what is passed twice.
  void run_composite(Node& node, const Tensor* g, const InputSet& joint) {
    Tensors inputs, targets;
    for (int i = 0; i < node.input_count; ++i) {
      Tensor x = composite_input(node, i);
      if (joint.contains(i)) targets.push_back(x = alias(x));
      inputs.push_back(std::move(x));
    }
    const std::uint64_t boundary = begin_era();
    Tensors roots, gradients;
    Tensors outputs = node.op->composite(inputs, node.attrs());
    for (int k = 0; k < node.output_count; ++k) {
      if (!g[k].present()) continue;
      roots.push_back(std::move(outputs[static_cast<std::size_t>(k)]));
      gradients.push_back(g[k]);
    }
    Tensors found = gradients_of(roots, gradients, targets, true, true, boundary);
    std::size_t next = 0;
    for (int i = 0; i < node.input_count; ++i)
      if (joint.contains(i)) deliver(node, i, std::move(found[next++]), g);
  }

  void deliver(Node& node, int i, Tensor g, const Tensor* incoming) {
    if (!g.present()) return;
    if (anomaly_mode()) [[unlikely]]
      check_gradient(node, i, incoming, g);
    const NodeInput& x = node.inputs[i];
    expect<GraphError>(impl(g)->dtype == x.dtype,
                       "{}: the gradient of input {} has the wrong dtype; got {}; expected {}", node.op->name, i,
                       name_of(impl(g)->dtype), name_of(x.dtype));
    if (!(shape_of(g) == x.shape)) {
      expect<GraphError>(node.op->broadcasts, "{}: the gradient of input {} has the wrong shape; got {}; expected {}",
                         node.op->name, i, text(g), text(x.shape));
      g = sum_to(g, x.shape);
    }
    accumulate(slot_of(x), std::move(g), create_graph_);
  }

  // What the walk has gathered for an input so far.
  Tensor& slot_of(const NodeInput& x) {
    if (x.has(NodeInput::is_leaf)) return leaves_.at(x.leaf).gradient;
    if (!marked_) reach(x.node);
    return gradients(*x.node)[x.output];
  }

  void clear(Node& node) noexcept {
    if (!is_own(node)) {
      foreign_.erase(&node);
      return;
    }
    for (int k = 0; k < node.output_count; ++k) node.gradients[k] = Tensor();
    node.walk = 0;
    node.walk_flags = 0;
  }

  void put_back() noexcept {
    if (current_) clear(*current_);
    for (Node* node : heap_) clear(*node);
    for (Node* node : noted_) clear(*node);
    for (Node* node : targets_) clear(*node);
    for (auto a = aside_.rbegin(); a != aside_.rend(); ++a) {
      a->node->walk = a->walk;
      a->node->walk_flags = a->flags;
      for (int k = 0; k < a->node->output_count; ++k)
        a->node->gradients[k] = std::move(a->gradients[static_cast<std::size_t>(k)]);
    }
  }

  static constexpr std::uint16_t nobody = 0xffff;  // what no node's thread is
  static constexpr std::uint8_t seen = 4;

  std::uint64_t boundary_;
  std::uint16_t thread_;
  std::uint16_t id_;  // how many walks this thread is in
  bool create_graph_, retain_;
  bool marked_ = false;
  Roots roots_;  // kept where a rule may look up
  std::vector<Node*> kept_;
  Node* current_ = nullptr;
  std::vector<Node*> heap_;
  std::vector<Node*> noted_;
  std::vector<Node*> targets_;
  std::vector<Aside> aside_;
  LeafNotes leaves_;
  std::unordered_map<const Node*, NodeNote> foreign_;
};

}  // namespace

namespace {

[[noreturn, gnu::cold]] void no_memory_for_walk(const char* what, const Tensor& output) {
  use_reserve();
  fail<Error>(
      "{}: out of memory: the system does not give what the pass needs beside its gradients, from {} of {} bytes", what,
      describe(output), output.present() ? output.size() * static_cast<std::int64_t>(size_of(output.dtype())) : 0);
}

}  // namespace

Tensors gradients_of(const Tensors& roots, const Tensors& gradients, const Tensors& targets, bool create_graph,
                     bool retain_graph, std::uint64_t boundary) try {
  Walk walk(create_graph, retain_graph, boundary);
  {
    GradMode mode(create_graph);
    for (std::size_t k = 0; k < roots.size(); ++k) walk.add_root(roots[k], gradients[k]);
  }
  std::vector<TensorImpl*> wanted;
  for (const Tensor& t : targets) wanted.push_back(impl(t));
  Tensors results(targets.size());
  walk.run_needed(&wanted, &results);
  return results;
} catch (const std::bad_alloc&) {
  no_memory_for_walk("grad", roots.empty() ? Tensor() : roots[0]);
}

void run_backward(const Tensor& output, const BackwardOptions& options) try {
  expect_recorded("backward", output);
  Tensor g = starting_gradient("backward", output, options.grad_output);
  if (impl(g)->node) g = g.detach();
  Walk walk(false, options.retain_graph);
  const Node* root = impl(output)->node;
  GradMode mode(false);
  walk.add_root(output, std::move(g));
  if (!root || root->epoch == freeze_epoch())
    walk.run_all();
  else
    walk.run_needed(nullptr, nullptr);
  walk.commit();
} catch (const std::bad_alloc&) {
  no_memory_for_walk("backward", output);
}

}  // namespace frost::detail
