#include <frost/autograd/checkpoint.hpp>

#include "anomaly.hpp"
#include "check.hpp"
#include "draw_journal.hpp"
#include "node.hpp"

#include <frost/autograd/grad.hpp>

#include <algorithm>
#include <unordered_set>

// Note [Checkpoints]
// The function runs once, recorded, over inputs that are cut from the tape. The graph that this makes is read for where
// it leads, to leaves and to tensors computed before, and dropped. What it leads to and the inputs are the edges of one
// node, which keeps the inputs' values, the function, and where each random number was drawn. Its rule runs the
// function again and walks what that records down to the same ends.
namespace frost::detail {

Draw DrawJournal::draw(std::uint64_t key, std::uint64_t& position, std::uint64_t blocks) {
  for (StillGenerator& g : still)  // it is the one that the position is a part of
    if (reinterpret_cast<std::uintptr_t>(&position) - reinterpret_cast<std::uintptr_t>(g.generator) < sizeof(Generator))
      return {key, position + std::exchange(g.ahead, g.ahead + blocks), blocks};
  if (replays) {
    expect<GraphError>(next < draws.size() && draws[next].blocks == blocks,
                       "checkpoint: the function draws other random numbers in the backward pass; got draw {} of {} "
                       "blocks; expected {}. It must do the same both times.",
                       next, blocks, next < draws.size() ? fmt::format("{}", draws[next].blocks) : "no more draws");
    return draws[next++];
  }
  const Draw made =
      outer ? outer->draw(key, position, blocks) : Draw{key, std::exchange(position, position + blocks), blocks};
  if (still.empty()) draws.push_back(made);
  return made;
}

bool is_checkpointed() {
  const DrawJournal* journal = thread_state().journal;
  while (journal && !journal->still.empty()) journal = journal->outer;
  return journal != nullptr;
}
bool is_recomputing() { return thread_state().recomputes; }
DrawnOnce::DrawnOnce() : before_(std::exchange(thread_state().journal, nullptr)) {}
DrawnOnce::~DrawnOnce() { thread_state().journal = static_cast<DrawJournal*>(before_); }

namespace {

struct Checkpoint : Counted {
  std::function<Tensor(const Tensors&)> f;
  std::vector<Draw> draws;
  int inputs = 0;  // the node's first inputs; the others are what f holds
  virtual ~Checkpoint() = default;
};

// A recomputation is a forward pass, whatever runs around it.
class ForwardPass {
 public:
  explicit ForwardPass(bool keep_inputs) : before_(thread_state()) {
    ThreadState& state = thread_state();
    state.grad_enabled = true;
    state.in_rule = false;
    state.is_quiet = false;
    state.keep_inputs |= keep_inputs;
    state.recomputes = true;
  }
  ~ForwardPass() {
    ThreadState& state = thread_state();
    state.grad_enabled = before_.grad_enabled;
    state.in_rule = before_.in_rule;
    state.is_quiet = before_.is_quiet;
    state.keep_inputs = before_.keep_inputs;
    state.recomputes = before_.recomputes;
  }
  ForwardPass(const ForwardPass&) = delete;
  ForwardPass& operator=(const ForwardPass&) = delete;

 private:
  struct Flags {
    explicit Flags(const ThreadState& s)
        : grad_enabled(s.grad_enabled),
          in_rule(s.in_rule),
          is_quiet(s.is_quiet),
          keep_inputs(s.keep_inputs),
          recomputes(s.recomputes) {}
    bool grad_enabled, in_rule, is_quiet, keep_inputs, recomputes;
  } before_;
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

// What a recorded result depends on, but for `inputs`: trainable leaves, and tensors from before the boundary.
Tensors held_by(const Tensor& y, const Tensors& inputs, std::uint64_t boundary) {
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
  TensorImpl* root = impl(y);
  if (root->node)
    see(root->node, root->output);
  else if (records(y))
    see_leaf(root);
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

// The function would compute with other values than it did.
void expect_unchanged(const NodeInput& x, int number) {
  const std::uint32_t now = x.leaf->buffer->version.load(std::memory_order_relaxed);
  if (x.leaf->buffer == x.buffer && x.leaf->data == x.data && now == x.version) return;
  fail<GraphError>(
      "checkpoint: {} was assigned since the forward pass, which the backward pass has to repeat; it was at version "
      "{} and is now at version {}{}. Assign after the backward pass.",
      x.leaf->leaf->name.empty() ? fmt::format("a leaf of shape {} (edge {})", text(x.shape), number)
                                 : fmt::format("'{}'", x.leaf->leaf->name),
      x.version, now, x.leaf->buffer == x.buffer ? "" : " of another buffer");
}

void recompute(const Saved& saved, const Tensor& g, Tensor* gradients) {
  const Checkpoint& checkpoint = *saved.attrs<Ref<Checkpoint>>();
  const Node& node = saved.node();
  const bool create_graph = recording();
  for (int i = checkpoint.inputs; i < node.input_count; ++i)
    if (node.inputs[i].has(NodeInput::is_leaf)) expect_unchanged(node.inputs[i], i);

  Tensors xs, targets;
  std::vector<int> numbers;
  const auto aim = [&](int i, const Tensor& target) {
    targets.push_back(target);
    numbers.push_back(i);
  };
  for (int i = 0; i < checkpoint.inputs; ++i) {
    xs.push_back(saved.has_input(i) ? saved.input(i) : Tensor());
    if (!saved.needs(i)) continue;
    xs.back() = create_graph ? alias(xs.back()) : cut(xs.back());
    aim(i, xs.back());
  }
  for (int i = checkpoint.inputs; i < node.input_count; ++i) {
    if (!saved.needs(i)) continue;
    const NodeInput& x = node.inputs[i];
    aim(i, x.has(NodeInput::is_leaf) ? handle_of(x.leaf) : edge_to(x.node, x.output));
  }

  const std::uint64_t boundary = begin_era();
  Tensor y;
  {
    DrawJournal journal{.draws = checkpoint.draws, .replays = true};
    const JournalScope scope(&journal);
    const ForwardPass pass(create_graph);
    y = checkpoint.f(xs);
    expect<GraphError>(journal.next == journal.draws.size(),
                       "checkpoint: the function draws other random numbers in the backward pass; got {} draws; "
                       "expected {}. It must do the same both times.",
                       journal.next, journal.draws.size());
  }
  expect<GraphError>(y && shape_of(y) == saved.output_shape() && y.dtype() == saved.dtype(),
                     "checkpoint: the function gives another result in the backward pass; got shape {}; expected {}",
                     text(y), text(saved.output_shape()));
  Tensors found = gradients_of({y}, {g}, targets, create_graph, create_graph, boundary);
  for (std::size_t k = 0; k < found.size(); ++k) gradients[numbers[k]] = std::move(found[k]);
}

// y = f(x; held)        dx, dheld: by running f again
constinit const Op checkpoint_op{
    .name = "checkpoint",
    .variadic = true,
    .rules = {{{"x", reads_input(0), nullptr}}},
    .joint = recompute,
};

}  // namespace

Tensor run_checkpointed(std::function<Tensor(const Tensors&)> f, const Tensors& xs) {
  bool runs = true;
  for (const Tensor& x : xs) runs &= !x || !is_abstract(x);
  if (!recording() || !runs) return f(xs);

  Ref<Checkpoint> kept(new Checkpoint);
  Tensors inner;
  for (const Tensor& x : xs) inner.push_back(x && records(x) ? cut(x) : x);
  const std::uint64_t boundary = begin_era();
  Tensor y;
  {
    DrawJournal journal{.outer = thread_state().journal};
    const JournalScope scope(&journal);
    y = f(inner);
    kept->draws = std::move(journal.draws);
  }
  expect(static_cast<bool>(y), "checkpoint: the function returned an absent tensor");
  if (!records(y)) return y;

  Tensors edges = xs;
  for (Tensor& held : held_by(y, inner, boundary)) edges.push_back(std::move(held));
  kept->f = std::move(f);
  kept->inputs = static_cast<int>(xs.size());
  Tensor result = make_view(y, shape_of(y));
  y = Tensor();
  std::vector<const Tensor*> pointers;
  for (const Tensor& edge : edges) pointers.push_back(&edge);
  Tensor none[max_extras];
  Node* node = record(checkpoint_op, Attrs(kept), Inputs(pointers.data(), static_cast<int>(pointers.size())), &result,
                      reads_nothing, none);
  for (int i = 0; i < node->input_count; ++i) {
    const Tensor& edge = edges[static_cast<std::size_t>(i)];
    if (edge && !is_abstract(edge)) keep_input(*node, i, edge);
  }
  return result;
}

}  // namespace frost::detail
