#include <frost/autograd/function.hpp>

#include "anomaly.hpp"
#include "check.hpp"
#include "class_name.hpp"
#include "function_registry.hpp"
#include "node.hpp"

#include <map>
#include <mutex>
#include <typeindex>

#include <frost/autograd/make.hpp>

// Custom functions: a row for each type and number of outputs, made when it is first applied, whose joint rule calls
// the user's `backward`. What `save` kept is held by the node, so that no cycle arises.
namespace frost::detail {

namespace {

using State = Ref<FunctionState>;

void run_rule(const Saved& saved, const Tensor&, Tensor* gradients) {
  FunctionState& state = *saved.attrs<State>();
  Tensors dys;
  for (int k = 0; k < saved.node().output_count; ++k) {
    if (saved.grad_output(k).present()) {
      dys.push_back(saved.grad_output(k));
      continue;
    }
    Tensor none = make_tensor(saved.output_shape(k), saved.node().outputs[k].dtype);
    dys.push_back(zeros_like(none));
  }
  FunctionContext ctx(state, &saved);
  Tensors found = state.backward(ctx, dys);
  expect<GraphError>(static_cast<int>(found.size()) == saved.input_count(),
                     "{}: backward returned the wrong number of gradients; got {}; expected {}, one a tensor argument",
                     state.name, found.size(), saved.input_count());
  for (int i = 0; i < saved.input_count(); ++i) {
    if (!saved.needs(i)) continue;
    saved.count(0);
    gradients[i] = std::move(found[static_cast<std::size_t>(i)]);
  }
}

struct Registry {
  std::mutex mutex;
  std::map<std::pair<std::type_index, std::size_t>, std::unique_ptr<const Op>> rows;
  std::map<std::type_index, std::string> names;
};
Registry& registry() {
  static Registry* all = new Registry;  // never destroyed: graphs of static lifetime refer to its rows
  return *all;
}

const Op& row_of(const std::type_info& type, std::size_t outputs) {
  std::lock_guard lock(registry().mutex);
  auto& row = registry().rows[{std::type_index(type), outputs}];
  if (!row) {
    std::string& name = registry().names[std::type_index(type)];
    if (name.empty()) name = class_name(type);
    constexpr Reads everything = reads_input(0) | reads_output(0) | reads_output(1) | reads_output(2) | reads_output(3);
    row.reset(new Op{.name = name.c_str(),
                     .outputs = static_cast<int>(outputs),
                     .variadic = true,
                     .rules = {{{"x", everything, nullptr}}},
                     .joint = run_rule});
  }
  return *row;
}

}  // namespace

std::vector<const Op*> registered_functions() {
  std::lock_guard lock(registry().mutex);
  std::vector<const Op*> rows;
  for (const auto& [key, row] : registry().rows) rows.push_back(row.get());
  return rows;
}

void begin_function(FunctionState& state, const std::type_info& type, const Tensors& inputs) {
  state.name = class_name(type);
  for (const Tensor& x : inputs) state.needs.push_back(recording() && x.present() && records(x));
}

Tensors finish_function(const Ref<FunctionState>& state, const std::type_info& type, const Tensors& inputs,
                        const Tensors& outputs) {
  expect(!outputs.empty() && outputs.size() <= max_outputs, "{}: forward returned {} outputs; expected 1 to {}",
         state->name, outputs.size(), max_outputs);
  const Op& op = row_of(type, outputs.size());
  if (!thread_state().in_rule) count_one(op.counts.forward);
  bool any = false;
  for (const bool needed : state->needs) any |= needed;
  Tensors results;
  for (const Tensor& y : outputs) {
    expect(y.present(), "{}: forward returned an absent tensor", state->name);
    results.push_back(make_view(y, shape_of(y)));
  }
  const auto same = [](const Tensor& a, const Tensor& b) { return a.present() && a.is_same(b); };
  Reads reads = reads_nothing;
  for (const Tensor& t : state->to_save) {
    FunctionState::Kept kept{FunctionState::Kept::other, 0, {}};
    for (std::size_t i = inputs.size(); i-- > 0;)
      if (same(inputs[i], t)) kept = {FunctionState::Kept::input, static_cast<int>(i), {}};
    for (std::size_t k = outputs.size(); k-- > 0 && kept.kind == FunctionState::Kept::other;)
      if (same(outputs[k], t)) {
        kept = {FunctionState::Kept::output, static_cast<int>(k), {}};
        reads |= reads_output(static_cast<int>(k));
      }
    if (kept.kind == FunctionState::Kept::other) kept.value = t.detach();
    state->kept.push_back(std::move(kept));
  }
  state->to_save.clear();
  if (is_abstract(results[0])) return results;

  std::vector<const Tensor*> x;
  for (const Tensor& input : inputs) x.push_back(&input);
  if (anomaly_mode() && !thread_state().is_quiet) [[unlikely]]
    check_results(op.name, op, Inputs(x.data(), static_cast<int>(x.size())), results.data(), op.outputs);
  if (!any) return results;
  Tensor none[max_extras];
  Node* node = record(op, Attrs(state), Inputs(x.data(), static_cast<int>(x.size())), results.data(), reads, none);
  for (const FunctionState::Kept& kept : state->kept)
    if (kept.kind == FunctionState::Kept::input)
      keep_input(*node, kept.number, inputs[static_cast<std::size_t>(kept.number)]);
  return results;
}

Tensor kept_tensor(const FunctionState& state, const Saved* saved, std::size_t i) {
  const FunctionState::Kept& kept = state.kept[i];
  expect<GraphError>(saved, "{}: saved() was called outside backward", state.name);
  if (kept.kind == FunctionState::Kept::input) return saved->input(kept.number);
  if (kept.kind == FunctionState::Kept::output) return saved->output(kept.number);
  expect<GraphError>(
      !recording(),
      "{}: backward reads a saved tensor (number {}) that is neither an input nor an output, so its second "
      "derivative would be wrong; save inputs and recompute, or do not ask for create_graph",
      state.name, i);
  return kept.value;
}

void wrong_saved_count(const FunctionState& state, std::size_t asked) {
  throw GraphError(
      fmt::format("{}: saved<{}>() was asked for, but forward saved {} tensors", state.name, asked, state.kept.size()));
}

void wrong_input(const FunctionState& state, int asked) {
  throw GraphError(
      fmt::format("{}: needs_grad({}) was asked for; apply got {} tensors", state.name, asked, state.needs.size()));
}

void wrong_data(const FunctionState& state, const std::type_info& asked) {
  throw GraphError(
      fmt::format("{}: data<{}>() was asked for, but the first call had another type", state.name, class_name(asked)));
}

}  // namespace frost::detail
