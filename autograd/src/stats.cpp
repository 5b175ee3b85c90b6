#include <frost/autograd/stats.hpp>

#include "check.hpp"
#include "function_registry.hpp"
#include "node.hpp"

#include <unordered_set>

namespace frost {

using namespace detail;

namespace {

class Account {
 public:
  explicit Account(TapeStats& stats) : stats_(stats) {}
  void add(const Buffer* buffer) {
    if (!buffer || !seen_.insert(buffer).second) return;
    (buffer->borrowed ? stats_.borrowed_bytes : stats_.saved_bytes) += static_cast<std::int64_t>(buffer->bytes);
  }

 private:
  TapeStats& stats_;
  std::unordered_set<const Buffer*> seen_;
};

}  // namespace

TapeStats tape_stats(const Tensor& output) {
  expect(output.present(), "tape_stats: the tensor is absent");
  TapeStats stats;
  Account account(stats);
  std::unordered_set<const Node*> seen;
  std::vector<const Node*> left;
  const auto see = [&](const Node* node) {
    if (node && seen.insert(node).second) left.push_back(node);
  };
  see(impl(output)->node);
  while (!left.empty()) {
    const Node* node = left.back();
    left.pop_back();
    ++stats.nodes;
    ++stats.ops[node->op->name];
    for (int i = 0; i < node->input_count; ++i) {
      const NodeInput& x = node->inputs[i];
      if (x.has(NodeInput::strong)) account.add(x.buffer);
      if (!x.has(NodeInput::is_leaf)) see(x.node);
    }
    for (int k = 0; k < node->output_count; ++k) account.add(node->outputs[k].buffer);
    for (int k = 0; k < node->extra_count; ++k)
      if (node->extras[k].present()) account.add(impl(node->extras[k])->buffer);
  }
  return stats;
}

namespace {

template <class Visit>
void each_op(const Visit& visit) {
  for (const Op* op : catalog()) visit(*op);
  for (const Op* op : registered_functions()) visit(*op);
}

}  // namespace

std::map<std::string, std::int64_t> kernel_counts() {
  std::map<std::string, std::int64_t> counts;
  const auto add = [&](const std::string& name, const std::atomic<std::int64_t>& count) {
    if (const std::int64_t n = count.load(std::memory_order_relaxed)) counts[name] += n;
  };
  each_op([&](const Op& op) {
    add(op.name, op.counts.forward);
    for (int i = 0; i < max_inputs; ++i)
      if (const Rule& rule = op.rules[static_cast<std::size_t>(i)]; rule.exists())
        add(std::string(op.name) + ".d" + rule.input, op.counts.gradients[static_cast<std::size_t>(i)]);
  });
  return counts;
}

void reset_kernel_counts() {
  each_op([](const Op& op) {
    op.counts.forward.store(0, std::memory_order_relaxed);
    for (auto& count : op.counts.gradients) count.store(0, std::memory_order_relaxed);
  });
}

}  // namespace frost
