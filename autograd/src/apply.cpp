#include "anomaly.hpp"
#include "check.hpp"
#include "headroom.hpp"
#include "journal.hpp"

#include <frost/autograd/consume.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

namespace frost::detail {

namespace {

// Of what a kernel or the tape asks for beside its tensors, which say so themselves.
[[noreturn, gnu::cold]] void no_memory_for(const Op& op, const Inputs& x, const Specs& y) {
  use_reserve();
  std::string inputs;
  for (int i = 0; i < x.size(); ++i) inputs += (i ? ", " : "") + fmt::format("{}", text(x[i]));
  std::string outputs;
  for (int k = 0; k < op.outputs; ++k)
    if (const Spec& spec = y[static_cast<std::size_t>(k)]; spec.shape)
      outputs += fmt::format("{}{} of {} bytes", k ? ", " : "", text(spec.shape),
                             static_cast<std::size_t>(spec.shape.count()) * size_of(spec.dtype));
  fail<Error>(
      "{}: out of memory: the system does not give what the operation needs beside its tensors; inputs {}; result {}; "
      "{} "
      "bytes are in use",
      op.name, inputs, outputs.empty() ? "not yet known" : outputs, reserved_bytes() - cached_bytes());
}

// Whether an abstract pass makes a large tensor out of smaller ones, as by broadcasting to an unknown size.
bool is_made_large(const Inputs& x, const Op& op, const Specs& y) {
  if (!thread_state().passes) [[likely]]
    return false;
  std::int64_t inputs = 0, outputs = 0;
  bool is_large = false;
  for (int i = 0; i < x.size(); ++i)
    if (x[i].present()) inputs += shape_of(x[i]).count();
  for (int k = 0; k < op.outputs; ++k) {
    const ShapeRef& shape = y[static_cast<std::size_t>(k)].shape;
    outputs += shape.count();
    is_large |= is_put_off(shape);
  }
  return is_large && outputs > inputs;
}

// An operation on tensors whose values can be made, to be applied when those of its outputs are read.
struct Later {
  const Op* op;
  AttrsType type{};
  std::vector<std::max_align_t> attrs;
  Tensors inputs;

  Later(const Op& operation, const Attrs& given, const Inputs& x) : op(&operation) {
    if (given.type()) {
      type = *given.type();
      attrs.resize(type.size / sizeof(std::max_align_t) + 1);
      if (type.copy)
        type.copy(given.get(), attrs.data());
      else
        std::memcpy(attrs.data(), given.get(), type.size);
    }
    for (int i = 0; i < x.size(); ++i) inputs.push_back(x[i]);
  }
  ~Later() {
    if (type.destroy) type.destroy(attrs.data());
  }
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;

  Tensor output(int k) const {
    std::vector<const Tensor*> pointers;
    for (const Tensor& t : inputs) {
      if (t.present()) make_values(impl(t));
      pointers.push_back(&t);
    }
    Tensor y[max_outputs];
    apply(*op, attrs.empty() ? Attrs() : Attrs(attrs.data(), &type),
          Inputs(pointers.data(), static_cast<int>(pointers.size())), y);
    return y[k];
  }
};

void make_abstract_outputs(const Op& op, const Attrs& attrs, const Inputs& x, const Specs& specs, Tensor* y) {
  bool can_be_made = thread_state().passes;
  for (int i = 0; i < x.size(); ++i) can_be_made = can_be_made && (!x[i].present() || can_have_values(x[i]));
  const std::shared_ptr<Later> later = can_be_made ? std::make_shared<Later>(op, attrs, x) : nullptr;
  for (int k = 0; k < op.outputs; ++k) {
    const Spec& spec = specs[static_cast<std::size_t>(k)];
    y[k] = later ? make_abstract(spec.shape, spec.dtype, [later, k] { return later->output(k); })
                 : make_abstract(spec.shape, spec.dtype);
  }
}

inline void apply_to(const Op& op, const Attrs& attrs, const Inputs& x, Tensor* y, Specs& specs, ThreadState& state) {
  bool abstract = false;
  Reads reads = reads_nothing;
  bool records_any = false;
  const bool may_record = state.grad_enabled && op.differentiable;
  for (int i = 0; i < x.size(); ++i) {
    if (!x[i].present()) continue;
    abstract |= is_abstract(x[i]);
    if (may_record && records(x[i])) {
      const Rule& rule = op.rule(i);
      if (!rule.exists()) continue;
      reads |= rule.reads;
      records_any = true;
    }
  }

  op.shape(x, attrs, specs);
  if (abstract || is_made_large(x, op, specs)) {
    note_abstract_operation();
    return make_abstract_outputs(op, attrs, x, specs, y);
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
  if (records_any)
    record(op, attrs, x, y, reads, extras);
  else if (op.is_part)
    impl(y[0])->flags |= op.view ? TensorImpl::part_view : TensorImpl::part_copy;
}

// Inside a checkpoint's function leaves are read as its first run saw them.
void apply_as_seen_first(const Op& op, const Attrs& attrs, const Inputs& x, Tensor* y, Specs& specs,
                         ThreadState& state) {
  Journal& journal = *state.journal;
  bool reads_any = false;
  for (int i = 0; i < x.size(); ++i) reads_any |= x[i].present() && journal.is_outside(x[i]);
  if (!reads_any) return apply_to(op, attrs, x, y, specs, state);
  Tensors seen(static_cast<std::size_t>(x.size()));
  std::vector<const Tensor*> pointers;
  for (int i = 0; i < x.size(); ++i) {
    Tensor& read = seen[static_cast<std::size_t>(i)];
    if (x[i].present() && journal.is_outside(x[i])) read = journal.read(x[i]);
    pointers.push_back(read.present() ? &read : &x[i]);
  }
  apply_to(op, attrs, Inputs(pointers.data(), x.size()), y, specs, state);
}

}  // namespace

void apply(const Op& op, const Attrs& attrs, const Inputs& x, Tensor* y) {
  Specs specs;
  try {
    ThreadState& state = thread_state();
    if (state.journal) [[unlikely]]
      return apply_as_seen_first(op, attrs, x, y, specs, state);
    apply_to(op, attrs, x, y, specs, state);
  } catch (const std::bad_alloc&) {
    no_memory_for(op, x, specs);
  }
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
