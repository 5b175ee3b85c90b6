#include "anomaly.hpp"
#include "check.hpp"
#include "journal.hpp"

#include <frost/autograd/consume.hpp>

#include <vector>

namespace frost::detail {

namespace {

void apply_to(const Op& op, const Attrs& attrs, const Inputs& x, Tensor* y, ThreadState& state) {
  bool abstract = false;
  Reads reads = reads_nothing;
  bool records_any = false;
  const bool may_record = state.grad_enabled && op.differentiable;
  for (int i = 0; i < x.size(); ++i) {
    if (!x[i]) continue;
    abstract |= is_abstract(x[i]);
    if (may_record && records(x[i])) {
      const Rule& rule = op.rule(i);
      if (!rule.exists()) continue;
      reads |= rule.reads;
      records_any = true;
    }
  }

  Specs specs;
  op.shape(x, attrs, specs);
  if (abstract) {
    for (int k = 0; k < op.outputs; ++k)
      y[k] = make_abstract(specs[static_cast<std::size_t>(k)].shape, specs[static_cast<std::size_t>(k)].dtype);
    return;
  }

  Tensor extras[max_extras];
  if (op.view) {
    y[0] = op.view(x, attrs, specs[0]);
  } else {
    if (op.in_place && !records_any && state.consumable == impl(x[0]) && is_unshared(x[0]) && !anomaly_mode()) {
      const TensorImpl* from = impl(x[0]);
      y[0] = make_over(from->buffer, from->data, from->shape, from->dtype);
    } else {
      for (int k = 0; k < op.outputs; ++k)
        y[k] = make_tensor(specs[static_cast<std::size_t>(k)].shape, specs[static_cast<std::size_t>(k)].dtype);
    }
    op.compute(x, attrs, Outputs(y, reads, extras));
    if (!state.in_rule) count_one(op.counts.forward);
    if (anomaly_mode() && !state.is_quiet) [[unlikely]]
      check_results(op.name, op, x, y, op.outputs);
  }
  if (records_any) record(op, attrs, x, y, reads, extras);
}

// Inside a checkpoint's function leaves are read as its first run saw them.
void apply_as_seen_first(const Op& op, const Attrs& attrs, const Inputs& x, Tensor* y, ThreadState& state) {
  Journal& journal = *state.journal;
  bool reads_any = false;
  for (int i = 0; i < x.size(); ++i) reads_any |= x[i] && journal.is_outside(x[i]);
  if (!reads_any) return apply_to(op, attrs, x, y, state);
  Tensors seen(static_cast<std::size_t>(x.size()));
  std::vector<const Tensor*> pointers;
  for (int i = 0; i < x.size(); ++i) {
    Tensor& read = seen[static_cast<std::size_t>(i)];
    if (x[i] && journal.is_outside(x[i])) read = journal.read(x[i]);
    pointers.push_back(read ? &read : &x[i]);
  }
  apply_to(op, attrs, Inputs(pointers.data(), x.size()), y, state);
}

}  // namespace

void apply(const Op& op, const Attrs& attrs, const Inputs& x, Tensor* y) {
  ThreadState& state = thread_state();
  if (state.journal) [[unlikely]]
    return apply_as_seen_first(op, attrs, x, y, state);
  apply_to(op, attrs, x, y, state);
}

Consume::Consume(const Tensor& x) : before_(std::exchange(thread_state().consumable, impl(x))) {}
Consume::~Consume() { thread_state().consumable = before_; }

Tensor apply_all(const Op& op, const Attrs& attrs, const Tensors& x) {
  std::vector<const Tensor*> pointers;
  pointers.reserve(x.size());
  for (const Tensor& t : x) pointers.push_back(&t);
  return apply(op, attrs, Inputs(pointers.data(), static_cast<int>(pointers.size())));
}

}  // namespace frost::detail
