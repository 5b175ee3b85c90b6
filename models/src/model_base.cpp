#include "model_base.hpp"

#include "expect.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/anomaly.hpp>
#include <frost/autograd/checkpoint.hpp>
#include <frost/autograd/logits.hpp>
#include <frost/layers/reshaping.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace frost {

using detail::Call;
using detail::Graph;
using models::counted;
using models::expect;

namespace detail {

namespace {

// One output of one call.
using Port = std::pair<const Call*, int>;
Port port(const Symbol& s) { return {&Graph::call(s), Graph::output(s)}; }

std::set<Port> ports(const Symbols& symbols) {
  std::set<Port> all;
  for (const Symbol& s : symbols) all.insert(port(s));
  return all;
}

// The calls between inputs and outputs, each after those it depends on: that is the order in which they were made.
std::vector<const Call*> calls_between(const Symbols& inputs, const Symbols& outputs) {
  const std::set<Port> given = ports(inputs);
  std::unordered_set<const Call*> seen;
  std::vector<const Call*> calls;
  Symbols open(outputs);
  while (!open.empty()) {
    const Symbol s = std::move(open.back());
    open.pop_back();
    if (given.count(port(s))) continue;
    const Call* call = &Graph::call(s);
    if (!seen.insert(call).second) continue;
    expect<GraphError>(!call->inputs.empty(),
                       "Model: an output depends on the Input '{}' of shape {}, which is not among the model's inputs",
                       call->layer.name(), symbolic_text(s.shape()));
    calls.push_back(call);
    open.insert(open.end(), call->inputs.begin(), call->inputs.end());
  }
  std::sort(calls.begin(), calls.end(), [](const Call* a, const Call* b) { return a->sequence < b->sequence; });
  return calls;
}

// A layer's place in the model: how far it is from the outputs, and when it was first called.
struct Place {
  Layer layer;
  std::int64_t depth;
  std::uint64_t first;
};

// Keras' depths: a call's is one more than the largest of those that use it, a layer's the largest of its calls'.
std::vector<Place> places(const std::vector<const Call*>& calls, const Symbols& inputs,
                          const std::vector<Layer>& input_layers) {
  std::unordered_map<const Call*, std::int64_t> call_depth;
  std::unordered_map<const LayerBase*, Place> layers;
  std::vector<std::int64_t> input_depth(inputs.size(), 0);
  std::map<Port, std::size_t> number;
  for (std::size_t i = 0; i < inputs.size(); ++i) number.emplace(port(inputs[i]), i);
  for (auto it = calls.rbegin(); it != calls.rend(); ++it) {
    const Call* call = *it;
    Place& place = layers.try_emplace(&call->layer.base(), Place{call->layer, 0, call->sequence}).first->second;
    const std::int64_t depth = std::max(call_depth[call], place.depth);
    call_depth[call] = place.depth = depth;
    place.first = call->sequence;
    for (const Symbol& s : call->inputs) {
      const auto input = number.find(port(s));
      std::int64_t& below = input != number.end() ? input_depth[input->second] : call_depth[&Graph::call(s)];
      below = std::max(below, depth + 1);
    }
  }
  std::vector<Place> all;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    all.push_back({input_layers[i], input_depth[i], Graph::call(inputs[i]).sequence});
  for (auto& [base, place] : layers) all.push_back(place);
  return all;
}

// Names for the layers that have none, or whose counted name another layer has: given names stay, then the counted ones
// of layers that were called earlier.
std::vector<std::pair<Layer, std::string>> new_names(std::vector<Place> places) {
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.first < b.first; });
  TakenNames taken;
  for (const Place& p : places)
    if (Graph::has_given_name(p.layer.base()))
      expect(taken.take(p.layer.name()),
             "Model: two layers are called '{}'; the names in a model must differ: set_name(…)", p.layer.name());
  std::vector<Layer> waiting;
  for (const Place& p : places)
    if (!Graph::has_given_name(p.layer.base()) && !(Graph::is_named(p.layer.base()) && taken.take(p.layer.name())))
      waiting.push_back(p.layer);
  std::vector<std::pair<Layer, std::string>> names;
  for (const Layer& layer : waiting) names.emplace_back(layer, taken.take_free(layer));
  return names;
}

Plan plan_of(const std::vector<const Call*>& calls, const Symbols& inputs, const Symbols& outputs) {
  std::map<Port, std::size_t> last_use;  // the step after which nobody reads it
  for (std::size_t i = 0; i < calls.size(); ++i)
    for (const Symbol& s : calls[i]->inputs) last_use[port(s)] = i;
  for (const Symbol& s : outputs) last_use[port(s)] = calls.size();

  Plan plan;
  std::map<Port, int> slot;
  std::vector<int> free;
  const auto take = [&](const Port& p) {
    const int taken = free.empty() ? plan.slots++ : free.back();
    if (!free.empty()) free.pop_back();
    return slot[p] = taken;
  };
  for (const Symbol& s : inputs) plan.inputs.push_back(take(port(s)));
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Step step{calls[i]->layer, &calls[i]->layer.base(), calls[i], {}, {}, {}};
    for (const Symbol& s : calls[i]->inputs) step.inputs.push_back(slot.at(port(s)));
    for (std::size_t k = 0; k < calls[i]->outputs.size(); ++k) {
      const Port p{calls[i], static_cast<int>(k)};
      // An output that is an input of the model is given, not computed.
      const bool given = slot.count(p) != 0;
      step.outputs.push_back(given ? plan.slots++ : take(p));
      plan.makes_masks |= calls[i]->outputs[k].mask[0].present();
      if (given || !last_use.count(p)) step.dropped.push_back(step.outputs.back());
    }
    for (const Symbol& s : calls[i]->inputs)
      if (last_use.at(port(s)) == i) step.dropped.push_back(slot.at(port(s)));
    std::sort(step.dropped.begin(), step.dropped.end());
    step.dropped.erase(std::unique(step.dropped.begin(), step.dropped.end()), step.dropped.end());
    free.insert(free.end(), step.dropped.begin(), step.dropped.end());
    plan.steps.push_back(std::move(step));
  }
  for (const Symbol& s : outputs) plan.outputs.push_back(slot.at(port(s)));
  plan.free = std::move(free);
  return plan;
}

}  // namespace

std::string symbolic_text(const Shape& shape) {
  std::string out = "(";
  for (std::size_t i = 0; i < shape.size(); ++i)
    out += (i ? ", " : "") + (shape[i] < 0 ? std::string("None") : std::to_string(shape[i]));
  return out + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace detail

ModelBase::ModelBase(const std::string& name) {
  configure(name, true, default_dtype());
  set_container();
}

ModelBase::ModelBase(const Symbols& inputs, const Symbols& outputs, const std::string& name) : ModelBase(name) {
  set_graph(inputs, outputs);
}

void ModelBase::set_graph(const Symbols& inputs, const Symbols& outputs) {
  expect(!inputs.empty() && !outputs.empty(), "Model: got {} and {}; expected one or more of each",
         counted(inputs.size(), "input"), counted(outputs.size(), "output"));
  for (const Symbol& s : inputs) expect(static_cast<bool>(s), "Model: an input is absent");
  for (const Symbol& s : outputs) expect(static_cast<bool>(s), "Model: an output is absent");
  std::map<detail::Port, std::size_t> first;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto [known, is_new] = first.emplace(detail::port(inputs[i]), i);
    expect(is_new, "Model: inputs {} and {} are the same symbol", known->second, i);
  }

  const std::vector<const Call*> calls = detail::calls_between(inputs, outputs);
  // A model may begin at any symbol; where that is no Input, the list of layers shows one all the same.
  std::vector<Layer> input_layers;
  for (const Symbol& s : inputs) {
    const Layer layer = s.layer();
    const Shape shape = s.shape();
    input_layers.push_back(detail::is_input(layer) ? layer
                                                   : InputLayer(Shape(std::vector<std::int64_t>(
                                                                    shape.begin() + !shape.empty(), shape.end())),
                                                                {.dtype = s.dtype()}));
  }
  std::vector<detail::Place> places = detail::places(calls, inputs, input_layers);
  const auto names = detail::new_names(places);
  detail::Plan plan = detail::plan_of(calls, inputs, outputs);
  for (const auto& [layer, name] : names) Graph::set_name(layer.base(), name, Graph::Name::counted);

  std::sort(places.begin(), places.end(), [](const detail::Place& a, const detail::Place& b) {
    return a.depth != b.depth ? a.depth > b.depth : a.first < b.first;
  });
  std::vector<Layer> layers;
  for (const detail::Place& p : places)
    if (lists_inputs_ || !detail::is_input(p.layer)) layers.push_back(p.layer);
  Graph::set_sublayers(*this, std::move(layers));
  inputs_ = inputs;
  outputs_ = outputs;
  plan_ = std::move(plan);
  input_shapes_.clear();
  input_dtypes_.clear();
  for (const Symbol& s : inputs) {
    input_shapes_.push_back(s.shape());
    input_dtypes_.push_back(s.dtype());
  }
  input_layers_ = std::move(input_layers);
  Graph::set_built(*this);
}

std::vector<std::string> ModelBase::input_names() const {
  std::vector<std::string> names;
  for (const Layer& l : input_layers_) names.push_back(l.name());
  return names;
}

void ModelBase::append(const Symbol& output) {
  Call& call = Graph::call(output);
  const int before = plan_.outputs[0];
  int after = plan_.slots;
  if (plan_.free.empty()) {
    ++plan_.slots;
  } else {
    after = plan_.free.back();
    plan_.free.pop_back();
  }
  plan_.free.push_back(before);
  plan_.steps.push_back({call.layer, &call.layer.base(), &call, {before}, {after}, {before}});
  plan_.outputs = {after};
  plan_.makes_masks |= call.outputs[0].mask[0].present();
  Graph::add_sublayer(*this, call.layer);
  outputs_ = {output};
}

std::vector<std::string> ModelBase::output_names() const {
  std::vector<std::string> names;
  for (const Symbol& s : outputs_) models::add_unique(names, s.layer().name());
  return names;
}

void ModelBase::expect_graph(const char* what) const {
  expect<GraphError>(!plan_.outputs.empty(),
                     "{}: the model '{}' is not built; its input's shape is unknown: build({{…}}), or call it on data",
                     what, name());
}

Symbols ModelBase::inputs_of(const Symbol& output) const {
  Symbols used;
  if (detail::ports(inputs_).count(detail::port(output))) return {output};
  std::set<detail::Port> read;
  for (const Call* call : detail::calls_between(inputs_, {output}))
    for (const Symbol& s : call->inputs) read.insert(detail::port(s));
  for (const Symbol& s : inputs_)
    if (read.count(detail::port(s))) used.push_back(s);
  return used;
}

Generator& ModelBase::stream() {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (!stream_) {
    const detail::DoneOnce once(Graph::made_in(*this));
    restart_stream();
  }
  return stream_->generator;
}
CallStream ModelBase::call_stream() {
  stream();
  return CallStream(stream_);
}
void ModelBase::restart_stream() { set_stream(default_generator().split()); }
// Whoever still draws from the one before goes on with this.
void ModelBase::set_stream(const Generator& stream) {
  if (stream_)
    stream_->generator = stream;
  else
    stream_ = detail::Ref<detail::SharedStream>(new detail::SharedStream(stream));
}

void ModelBase::run_with_masks(const detail::Step& step, Tensor* slots, Tensor* masks, const CallContext& context) {
  Tensors xs, given, made;
  for (const int i : step.inputs) {
    xs.push_back(slots[i]);
    given.push_back(masks[i]);
  }
  Tensors ys = Graph::watched(*step.base, Graph::call_with_masks(*step.base, xs, given, context, made));
  expect<GraphError>(ys.size() == step.outputs.size(), "the layer gave {}; expected {}", counted(ys.size(), "output"),
                     step.outputs.size());
  made.resize(ys.size());
  for (std::size_t k = 0; k < ys.size(); ++k) {
    slots[step.outputs[k]] = std::move(ys[k]);
    masks[step.outputs[k]] = std::move(made[k]);
  }
  for (const int i : step.dropped) masks[i] = Tensor();
}

void ModelBase::run(Tensor* slots, Tensor* masks, const CallContext& context, const char* hint) {
  const bool keeps_logits = detail::KeepLogits::is_active();
  const bool draws_own = context.training && !Graph::stream(context);
  CallContext inner(context.training, draws_own ? call_stream() : Graph::stream(context));
  const detail::Step* step = nullptr;
  try {
    for (const detail::Step& s : plan_.steps) {
      step = &s;
      const detail::LayerScope scope(s.base->name());
      inner.training = Graph::is_training(*s.base, context.training);
      if (masks) {
        run_with_masks(s, slots, masks, inner);
      } else if (s.inputs.size() == 1 && s.outputs.size() == 1) {
        slots[s.outputs[0]] = Graph::watched(*s.base, s.base->call(slots[s.inputs[0]], inner));
      } else {
        Tensors xs;
        xs.reserve(s.inputs.size());
        for (const int i : s.inputs) xs.push_back(slots[i]);
        if (s.outputs.size() == 1) {
          slots[s.outputs[0]] = Graph::watched(*s.base, s.base->call(xs, inner));
        } else {
          Tensors ys = Graph::watched(*s.base, s.base->call_all(xs, inner));
          expect<GraphError>(ys.size() == s.outputs.size(), "the layer gave {}; expected {}",
                             counted(ys.size(), "output"), s.outputs.size());
          for (std::size_t k = 0; k < ys.size(); ++k) slots[s.outputs[k]] = std::move(ys[k]);
        }
      }
      // What hands its input on outside of training is a further operation then too.
      if (keeps_logits && s.base->is_random() && slots[s.outputs[0]].is_same(slots[s.inputs[0]]))
        slots[s.outputs[0]] = detail::without_logits(slots[s.outputs[0]]);
      for (const int i : s.dropped) slots[i] = Tensor();
    }
  } catch (const Error&) {
    Graph::rethrow_inside(*step->base, nullptr, hint);
  }
}

// Few models need many slots at once.
template <class F>
auto ModelBase::with_slots(const F& use) {
  constexpr int few = 12;
  if (plan_.slots <= few) {
    std::array<Tensor, few> slots;
    return use(slots.data());
  }
  std::vector<Tensor> slots(static_cast<std::size_t>(plan_.slots));
  return use(slots.data());
}

// Models without masks need no places for them.
bool ModelBase::has_masks(const CallContext& context) const { return plan_.makes_masks || context.has_masks(); }

Tensor ModelBase::call(const Tensor& x, const CallContext& context) {
  expect_graph("call");
  expect(plan_.inputs.size() == 1, "the model takes {}; got 1", counted(plan_.inputs.size(), "input"));
  expect<GraphError>(plan_.outputs.size() == 1, "the model has {} outputs; use all(…)", plan_.outputs.size());
  if (has_masks(context)) [[unlikely]]
    return std::move(ModelBase::call_all({x}, context)[0]);
  return with_slots([&](Tensor* slots) {
    slots[plan_.inputs[0]] = taken_input(0, x);
    run(slots, nullptr, context, hint_for(0, x));
    return std::move(slots[plan_.outputs[0]]);
  });
}

Tensor ModelBase::call(const Tensors& xs, const CallContext& context) {
  expect_graph("call");
  expect<GraphError>(plan_.outputs.size() == 1, "the model has {} outputs; use all(…)", plan_.outputs.size());
  return std::move(ModelBase::call_all(xs, context)[0]);
}

Tensors ModelBase::call_all(const Tensors& xs, const CallContext& context) {
  expect_inputs(xs.size());
  const char* hint = "";
  Tensors masks(has_masks(context) ? static_cast<std::size_t>(plan_.slots) : 0);
  return with_slots([&](Tensor* slots) {
    for (std::size_t i = 0; i < xs.size(); ++i) {
      slots[plan_.inputs[i]] = taken_input(i, xs[i]);
      if (!*hint) hint = hint_for(i, xs[i]);
    }
    if (context.has_masks())
      for (std::size_t i = 0; i < xs.size(); ++i) masks[static_cast<std::size_t>(plan_.inputs[i])] = context.mask(i);
    run(slots, masks.empty() ? nullptr : masks.data(), context, hint);
    if (Tensors* told = Graph::told(context); told && !masks.empty()) {
      told->clear();
      for (const int i : plan_.outputs) told->push_back(masks[static_cast<std::size_t>(i)]);
    }
    Tensors ys;
    ys.reserve(plan_.outputs.size());
    for (const int i : plan_.outputs) ys.push_back(slots[i]);
    return ys;
  });
}

}  // namespace frost
