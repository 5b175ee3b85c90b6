#include <frost/autograd/checkpoint.hpp>

#include "anomaly.hpp"
#include "check.hpp"
#include "journal.hpp"
#include "logits_note.hpp"
#include "node.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/side_loss.hpp>

#include <algorithm>
#include <optional>
#include <unordered_set>

// Note [Checkpoints]
// The function runs once, recorded, over inputs that are cut from the tape. The graph that this makes is read for where
// it leads, to leaves and to tensors computed before, and dropped. What it leads to and the inputs are the edges of one
// node, which keeps the inputs' values, the function, and the record of what it met. Its rule runs the function again
// and walks what that records down to the same ends. A second output is what the function adds to the loss by itself.
namespace frost::detail {

namespace {

struct Checkpoint : Counted {
  std::function<Tensor(const Tensors&)> f;
  Record record;
  int inputs = 0;        // the node's first inputs; the others are what f holds
  bool gathers = false;  // somebody gathered what f adds to the loss
  virtual ~Checkpoint() = default;
};

// Either run is a forward pass of its own, whatever runs around it.
class ForwardPass {
 public:
  ForwardPass(bool keep_inputs, bool gathers) : before_(thread_state()) {
    ThreadState& state = thread_state();
    state.grad_enabled = true;
    state.in_rule = false;
    state.is_quiet = false;
    state.keep_inputs |= keep_inputs;
    state.keeps_logits = 0;
    state.side_loss = nullptr;
    if (gathers) side_loss_.emplace();
  }
  ~ForwardPass() {
    ThreadState& state = thread_state();
    state.grad_enabled = before_.grad_enabled;
    state.in_rule = before_.in_rule;
    state.is_quiet = before_.is_quiet;
    state.keep_inputs = before_.keep_inputs;
    state.keeps_logits = before_.keeps_logits;
    side_loss_.reset();
    state.side_loss = before_.side_loss;
  }
  ForwardPass(const ForwardPass&) = delete;
  ForwardPass& operator=(const ForwardPass&) = delete;

  Tensor side_loss() const { return side_loss_ ? side_loss_->total() : Tensor(); }

 private:
  struct Flags {
    explicit Flags(const ThreadState& s)
        : grad_enabled(s.grad_enabled),
          in_rule(s.in_rule),
          is_quiet(s.is_quiet),
          keep_inputs(s.keep_inputs),
          keeps_logits(s.keeps_logits),
          side_loss(s.side_loss) {}
    bool grad_enabled, in_rule, is_quiet, keep_inputs;
    std::uint8_t keeps_logits;
    SideLoss* side_loss;
  } before_;
  std::optional<SideLoss> side_loss_;
};

// The same values as a trainable leaf. They stay an operation's output in the accounts.
Tensor cut(const Tensor& x) {
  Tensor leaf = make_view(x, shape_of(x));
  leaf_of(impl(leaf)).trainable = true;
  update_recording(impl(leaf));
  return leaf;
}

Tensor handle_of(TensorImpl* t) {
  t->owners.fetch_add(1, std::memory_order_relaxed);
  return Access::take(t);
}

// Output `output` of a node as a tensor without values: an edge.
Tensor edge_to(Node* node, int output) {
  const NodeOutput& slot = node->outputs[output];
  Tensor edge = make_abstract(slot.shape, slot.dtype);
  impl(edge)->node = node;
  impl(edge)->output = static_cast<std::uint8_t>(output);
  retain(node);
  return edge;
}

// What recorded results depend on, but for `inputs`: trainable leaves, and tensors from before the boundary.
Tensors held_by(const Tensors& results, const Tensors& inputs, std::uint64_t boundary) {
  std::unordered_set<const void*> seen;
  std::vector<Node*> left;
  Tensors held;
  const auto see_leaf = [&](TensorImpl* t) {
    const auto is_t = [t](const Tensor& x) { return impl(x) == t; };
    if (std::none_of(inputs.begin(), inputs.end(), is_t) && seen.insert(t).second) held.push_back(handle_of(t));
  };
  const auto see = [&](Node* node, int output) {
    if (node->sequence > boundary) {
      if (seen.insert(node).second) left.push_back(node);
    } else if (seen.insert(&node->outputs[output]).second) {
      held.push_back(edge_to(node, output));
    }
  };
  for (const Tensor& y : results) {
    TensorImpl* root = impl(y);
    if (root->node)
      see(root->node, root->output);
    else if (records(y))
      see_leaf(root);
  }
  while (!left.empty()) {
    const Node* node = left.back();
    left.pop_back();
    for (int i = 0; i < node->input_count; ++i) {
      const NodeInput& x = node->inputs[i];
      if (!x.has(NodeInput::wanted)) continue;
      if (x.has(NodeInput::is_leaf))
        see_leaf(x.leaf);
      else
        see(x.node, x.output);
    }
  }
  return held;
}

void recompute(const Saved& saved, const Tensor&, Tensor* gradients) {
  Checkpoint& checkpoint = *saved.attrs<Ref<Checkpoint>>();
  const Node& node = saved.node();
  const bool create_graph = recording();

  Tensors xs, targets;
  std::vector<int> numbers;
  const auto aim = [&](int i, const Tensor& target) {
    targets.push_back(target);
    numbers.push_back(i);
  };
  for (int i = 0; i < checkpoint.inputs; ++i) {
    xs.push_back(saved.has_input(i) ? saved.input(i) : Tensor());
    if (!node.inputs[i].has(NodeInput::wanted)) continue;
    if (!create_graph)
      xs.back() = cut(xs.back());
    else if (saved.needs(i))
      xs.back() = alias(xs.back());
    if (saved.needs(i)) aim(i, xs.back());
  }
  for (int i = checkpoint.inputs; i < node.input_count; ++i) {
    if (!saved.needs(i)) continue;
    const NodeInput& x = node.inputs[i];
    aim(i, x.has(NodeInput::is_leaf) ? handle_of(x.leaf) : edge_to(x.node, x.output));
  }

  const std::uint64_t boundary = begin_era();
  Tensor y, side_loss;
  {
    Journal journal(checkpoint.record, Journal::Run::again);
    const ForwardPass pass(create_graph, checkpoint.gathers);
    y = checkpoint.f(xs);
    side_loss = pass.side_loss();
    journal.expect_done();
  }
  expect<GraphError>(y.present() && shape_of(y) == saved.output_shape() && y.dtype() == saved.dtype(),
                     "checkpoint: the function gives another result in the backward pass; got shape {}; expected {}",
                     text(y), text(saved.output_shape()));
  Tensors roots, seeds;
  if (const Tensor& g = saved.grad_output(0); g.present()) {
    roots.push_back(y);
    seeds.push_back(g);
  }
  if (node.output_count > 1 && side_loss.present())
    if (const Tensor& g = saved.grad_output(1); g.present()) {
      roots.push_back(side_loss);
      seeds.push_back(g);
    }
  Tensors found = gradients_of(roots, seeds, targets, create_graph, create_graph, boundary);
  for (std::size_t k = 0; k < found.size(); ++k) gradients[numbers[k]] = std::move(found[k]);
}

// y = f(x; held)        dx, dheld: by running f again
constexpr Op make_op(int outputs) {
  return {.name = "checkpoint",
          .outputs = outputs,
          .variadic = true,
          .rules = {{{"x", reads_input(0), nullptr}}},
          .joint = recompute};
}
constinit const Op checkpoint_op = make_op(1);
constinit const Op with_side_loss_op = make_op(2);

// What f gives where nothing is to be differentiated.
Tensor run_plainly(const std::function<Tensor(const Tensors&)>& f, const Tensors& xs) {
  const KeepLogits none(Squashing::none);
  return without_logits(f(xs));
}

}  // namespace

Tensor run_checkpointed(std::function<Tensor(const Tensors&)> f, const Tensors& xs) {
  bool runs = true;
  for (const Tensor& x : xs) runs &= !x.present() || !is_abstract(x);
  if (!recording() || !runs) return run_plainly(f, xs);

  Ref<Checkpoint> kept(new Checkpoint);
  kept->gathers = SideLoss::is_gathered();
  Tensors inner;
  Tensor y, side_loss;
  std::uint64_t boundary = 0;
  {
    Journal journal(kept->record, Journal::Run::first);
    const ForwardPass pass(thread_state().keep_inputs, kept->gathers);
    for (const Tensor& x : xs) inner.push_back(!x.present() ? x : records(x) ? cut(x) : make_view(x, shape_of(x)));
    boundary = begin_era();
    y = f(inner);
    side_loss = pass.side_loss();
  }
  expect(y.present(), "checkpoint: the function returned an absent tensor");
  const bool has_side_loss = side_loss.present() && records(side_loss);
  if (side_loss.present() && !has_side_loss) SideLoss::add(side_loss);
  if (!records(y) && !has_side_loss) return without_logits(y);

  Tensors results = {y};
  if (has_side_loss) results.push_back(side_loss);
  Tensors edges = xs;
  for (Tensor& held : held_by(results, inner, boundary)) edges.push_back(std::move(held));
  kept->f = std::move(f);
  kept->inputs = static_cast<int>(xs.size());
  const Tensor constant = records(y) ? Tensor() : y;
  for (Tensor& result : results) result = make_view(result, shape_of(result));
  y = side_loss = Tensor();
  std::vector<const Tensor*> pointers;
  for (const Tensor& edge : edges) pointers.push_back(&edge);
  Tensor none[max_extras];
  Node* node = record(has_side_loss ? with_side_loss_op : checkpoint_op, Attrs(kept),
                      Inputs(pointers.data(), static_cast<int>(pointers.size())), results.data(), reads_nothing, none);
  for (int i = 0; i < kept->inputs; ++i)
    if (const Tensor& x = edges[static_cast<std::size_t>(i)]; x.present()) keep_input(*node, i, x);
  if (has_side_loss) SideLoss::add(results[1]);
  return constant.present() ? without_logits(constant) : results[0];
}

}  // namespace frost::detail
