#include "check.hpp"
#include "node.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

#include "accumulate.hpp"
#include "anomaly.hpp"
#include "grad.hpp"
#include "hooks.hpp"

#include <algorithm>
#include <vector>

// Note [The walk]
// The backward pass takes the nodes that the roots reach from a heap, the latest recorded first: when a node's turn
// comes, everything that uses it has been visited and its gradient is complete. Nothing recurses. What a walk notes in
// nodes and leaves carries the walk's number; a walk that a rule starts inside another puts the outer one's notes aside
// and back. Gradients of leaves are committed when the walk is over, so that an error leaves them as they were.
//
// Two cases need to know beforehand which nodes lead to what is asked for: `grad`, which is given its targets, and a
// backward pass over a graph from which a leaf was frozen after it was recorded. They sort all reachable nodes first
// and mark, earliest first, those that are needed.

namespace frost::detail {

namespace {

std::atomic<std::uint32_t> walks{0};

bool later(const Node* a, const Node* b) { return a->sequence < b->sequence; }

class Walk {
 public:
  Walk(bool create_graph, bool retain_graph, std::uint64_t boundary = 0)
      : boundary_(boundary),
        id_(walks.fetch_add(1, std::memory_order_relaxed) + 1),
        create_graph_(create_graph),
        retain_(retain_graph || create_graph) {}
  ~Walk() {
    put_back();
    for (Node* node : kept_) release_saved(*node);
  }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  void add_root(const Tensor& root, Tensor gradient) {
    TensorImpl* t = impl(root);
    if (!t->node) {
      if (t->flags & TensorImpl::records) accumulate(touch(t).pending, std::move(gradient), create_graph_);
      return;
    }
    if (t->node->flags & Node::looks_up) [[unlikely]] {
      roots_.tensors.push_back(root);
      roots_.gradients.push_back(gradient);
    }
    accumulate(reach(t->node)->gradients[t->output], std::move(gradient), create_graph_);
  }

  // Every reachable node, while no leaf was frozen since.
  void run_all() {
    GradMode mode(create_graph_);
    while (!heap_.empty()) {
      Node* node = pop();
      expect_alive(*node);
      run_hooks(*node);
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
      if (is_inside(**n) && leads_on(**n, targets != nullptr)) (*n)->walk_flags |= Node::needed;
    GradMode mode(create_graph_);
    for (Node* node : order) {
      if (is_inside(*node)) run_hooks(*node);
      if (results && (node->walk_flags & Node::target)) collect(*node, *targets, *results);
      if (node->walk_flags & Node::needed) run(*node, targets != nullptr);
      if (is_inside(*node)) give_free(node);
      for (int k = 0; k < node->output_count; ++k) node->gradients[k] = Tensor();
    }
    if (!results) return;
    for (std::size_t i = 0; i < targets->size(); ++i)
      if (TensorImpl* t = (*targets)[i]; !t->node && t->leaf && t->leaf->walk == id_) (*results)[i] = t->leaf->pending;
  }

  void commit() {
    for (TensorImpl* t : leaves_)
      if (!t->leaf->hooks.empty() && (t->flags & TensorImpl::records))
        t->leaf->pending = after_hooks(t->leaf->hooks, 0, t->leaf->pending);
    for (TensorImpl* t : leaves_) {
      Leaf& leaf = *t->leaf;
      if (!leaf.pending || !(t->flags & TensorImpl::records)) continue;
      Tensor gradient = std::move(leaf.pending);
      if (leaf.part) gradient = leaf.part->gather(gradient);
      // A handle of its own: whoever writes it copies what others show.
      const TensorImpl* g = impl(gradient);
      if (g->node || g->leaf || g->owners.load(std::memory_order_relaxed) > 1) gradient = gradient.detach();
      accumulate(gradient_to_add_to(leaf), std::move(gradient), false);
    }
  }

 private:
  struct Aside {  // an outer walk's notes
    Node* node;
    TensorImpl* leaf;
    std::uint32_t walk;
    std::uint8_t flags;
    Tensors gradients;
  };

  Node* touch(Node* node) {
    if (node->walk == id_) return node;
    if (node->walk != 0) {
      Aside aside{node, nullptr, node->walk, node->walk_flags, {}};
      for (int k = 0; k < node->output_count; ++k)
        aside.gradients.push_back(std::exchange(node->gradients[k], Tensor()));
      aside_.push_back(std::move(aside));
    }
    node->walk = id_;
    node->walk_flags = 0;
    return node;
  }

  Leaf& touch(TensorImpl* t) {
    Leaf& leaf = leaf_of(t);
    if (leaf.walk == id_) return leaf;
    if (leaf.walk != 0)
      aside_.push_back({nullptr, t, leaf.walk, leaf.is_target, {std::exchange(leaf.pending, Tensor())}});
    leaf.walk = id_;
    leaf.is_target = false;
    leaves_.push_back(t);
    return leaf;
  }

  Node* reach(Node* node) {
    if (node->walk == id_) return node;
    touch(node);
    heap_.push_back(node);
    std::push_heap(heap_.begin(), heap_.end(), later);
    return node;
  }

  Node* pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Node* node = heap_.back();
    heap_.pop_back();
    current_ = node;
    return node;
  }

  void finish(Node& node) {
    for (int k = 0; k < node.output_count; ++k) node.gradients[k] = Tensor();
    give_free(&node);
    node.walk = 0;
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
      if (t->node->walk != id_) {
        touch(t->node);
        targets_.push_back(t->node);
      }
      t->node->walk_flags |= Node::target;
    } else if (t->flags & TensorImpl::records) {
      touch(t).is_target = true;
    }
  }

  // All reachable nodes, the latest first. They stay noted until the walk is over.
  std::vector<Node*> sorted() {
    std::vector<Node*> order;
    const auto see = [&](Node* node) {
      if (node->walk != id_) touch(node);
      if (node->walk_flags & seen) return;
      node->walk_flags |= seen;
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

  bool is_wanted(const NodeInput& x, bool has_targets) const {
    if (!x.has(NodeInput::wanted)) return false;
    if (x.has(NodeInput::is_leaf))
      return (x.leaf->flags & TensorImpl::records) &&
             (!has_targets || (x.leaf->leaf->walk == id_ && x.leaf->leaf->is_target));
    return !marked_ || (x.node->walk == id_ && (x.node->walk_flags & (Node::needed | Node::target)));
  }

  bool leads_on(const Node& node, bool has_targets) const {
    for (int i = 0; i < node.input_count; ++i)
      if (is_wanted(node.inputs[i], has_targets)) return true;
    return false;
  }

  void collect(Node& node, const std::vector<TensorImpl*>& targets, Tensors& results) {
    for (std::size_t i = 0; i < targets.size(); ++i)
      if (targets[i]->node == &node) results[i] = node.gradients[targets[i]->output];
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
    for (int k = 0; k < node.output_count; ++k)
      has_gradient |= static_cast<bool>(gradients[k] = std::move(node.gradients[k]));
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
      if (sum && *sum && is_unshared(*sum))
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
      if (!g[k]) continue;
      roots.push_back(std::move(outputs[static_cast<std::size_t>(k)]));
      gradients.push_back(g[k]);
    }
    Tensors found = gradients_of(roots, gradients, targets, true, true, boundary);
    std::size_t next = 0;
    for (int i = 0; i < node.input_count; ++i)
      if (joint.contains(i)) deliver(node, i, std::move(found[next++]), g);
  }

  void deliver(Node& node, int i, Tensor g, const Tensor* incoming) {
    if (!g) return;
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
    if (x.has(NodeInput::is_leaf)) return touch(x.leaf).pending;
    return (marked_ ? x.node : reach(x.node))->gradients[x.output];
  }

  void put_back() noexcept {
    const auto clear = [](Node* node) {
      for (int k = 0; k < node->output_count; ++k) node->gradients[k] = Tensor();
      node->walk = 0;
      node->walk_flags = 0;
    };
    if (current_) clear(current_);
    for (Node* node : heap_) clear(node);
    for (Node* node : noted_) clear(node);
    for (Node* node : targets_) clear(node);
    for (TensorImpl* t : leaves_) {
      t->leaf->pending = Tensor();
      t->leaf->walk = 0;
      t->leaf->is_target = false;
    }
    for (auto a = aside_.rbegin(); a != aside_.rend(); ++a) {
      if (a->node) {
        a->node->walk = a->walk;
        a->node->walk_flags = a->flags;
        for (int k = 0; k < a->node->output_count; ++k)
          a->node->gradients[k] = std::move(a->gradients[static_cast<std::size_t>(k)]);
      } else {
        a->leaf->leaf->walk = a->walk;
        a->leaf->leaf->is_target = a->flags;
        a->leaf->leaf->pending = std::move(a->gradients[0]);
      }
    }
  }

  static constexpr std::uint8_t seen = 4;

  std::uint64_t boundary_;
  std::uint32_t id_;
  bool create_graph_, retain_;
  bool marked_ = false;
  Roots roots_;  // kept where a rule may look up
  std::vector<Node*> kept_;
  Node* current_ = nullptr;
  std::vector<Node*> heap_;
  std::vector<Node*> noted_;
  std::vector<Node*> targets_;
  std::vector<TensorImpl*> leaves_;
  std::vector<Aside> aside_;
};

}  // namespace

Tensors gradients_of(const Tensors& roots, const Tensors& gradients, const Tensors& targets, bool create_graph,
                     bool retain_graph, std::uint64_t boundary) {
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
}

void run_backward(const Tensor& output, const BackwardOptions& options) {
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
}

}  // namespace frost::detail
