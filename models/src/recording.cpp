#include "recording.hpp"

#include "expect.hpp"

#include <frost/autograd/anomaly.hpp>
#include <frost/autograd/function.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/autograd/leaf.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/random.hpp>
#include <frost/autograd/stats.hpp>

#include <algorithm>
#include <memory>
#include <unordered_map>

namespace frost::models {

using detail::Graph;

namespace {

// An operation on two tensors that keeps nothing: the tape below it is the tape below both.
struct Join : Function<Join> {
  static Tensor forward(FunctionContext&, const Tensor&, const Tensor&) { return zeros({}); }
  static Tensors backward(FunctionContext&, const Tensor&) { return {Tensor(), Tensor()}; }
};

// The tape below all tensors that it has seen.
class Meter {
 public:
  // What the tape has more than before.
  TapeStats add(const Tensor& y) {
    if (!y.present() || !y.requires_grad()) return {};
    if (all_.present()) ++joins_;
    all_ = all_.present() ? Join::apply(all_, y) : y;
    TapeStats now = tape_stats(all_), more;
    now.nodes -= joins_;
    more.nodes = now.nodes - before_.nodes;
    more.saved_bytes = now.saved_bytes - before_.saved_bytes;
    before_ = now;
    return more;
  }

 private:
  Tensor all_;
  TapeStats before_;
  std::int64_t joins_ = 0;
};

// A value under way, and the nearest trainable layer that leads to it.
struct Value {
  Tensor tensor;
  std::string trained;
  Tensor mask = {};
};

bool holds_weight(const Parameter& w) { return detail::is_trained(w); }

void add_trained(const LayerBase& layer, const std::string& prefix, std::vector<std::string>& names) {
  for (const OwnWeight& w : layer.own_weights())
    if (!w.is_state && holds_weight(w.parameter))
      names.push_back((detail::frozen_part(w.parameter) ? "part of " : "") + prefix + w.name);
  for (const Layer& inner : layer.sublayers()) add_trained(inner.base(), prefix + inner.name() + "/", names);
}

class Pass {
 public:
  explicit Pass(const ModelBase& model) { gather(model, ""); }

  std::vector<Value> run(ModelBase& model, const std::vector<Value>& inputs) {
    const detail::Plan& plan = model.plan();
    std::vector<Value> slots(static_cast<std::size_t>(plan.slots));
    const auto slot = [&](int i) -> Value& { return slots[static_cast<std::size_t>(i)]; };
    for (std::size_t i = 0; i < inputs.size(); ++i) slot(plan.inputs[i]) = inputs[i];
    for (const detail::Step& step : plan.steps) {
      std::vector<Value> xs;
      for (const int i : step.inputs) xs.push_back(slot(i));
      ModelBase* nested = ModelBase::of(step.layer);
      std::vector<Value> ys;
      if (nested) {
        const Tensors taken = nested->taken_inputs(tensors_of(xs));
        for (std::size_t i = 0; i < xs.size(); ++i) xs[i].tensor = taken[i];
        ys = run(*nested, xs);
        show(*nested, ys);
      } else {
        ys = call(step, xs);
      }
      for (std::size_t k = 0; k < ys.size(); ++k) slot(step.outputs[k]) = std::move(ys[k]);
      for (const int i : step.dropped) slot(i) = {};
    }
    std::vector<Value> outputs;
    for (const int i : plan.outputs) outputs.push_back(slot(i));
    return outputs;
  }

  std::vector<Recording> recordings;

 private:
  static Tensors tensors_of(const std::vector<Value>& values) {
    Tensors tensors;
    for (const Value& v : values) tensors.push_back(v.tensor);
    return tensors;
  }
  static std::vector<Shape> shapes_of(const Tensors& tensors) {
    std::vector<Shape> shapes;
    for (const Tensor& t : tensors) shapes.push_back(t.shape());
    return shapes;
  }

  void gather(const ModelBase& model, const std::string& prefix) {
    for (const Layer& layer : model.layers()) {
      const std::string path = prefix + layer.name();
      if (const ModelBase* nested = ModelBase::of(layer)) {
        gather(*nested, path + "/");
      } else if (!(detail::is_input(layer) && !prefix.empty()) && !places_.count(&layer.base())) {
        places_[&layer.base()] = recordings.size();
        Recording r;
        r.layer = layer;
        r.path = path;
        r.is_watched = Graph::is_watched(layer.base());
        add_trained(layer.base(), "", r.trained);
        recordings.push_back(std::move(r));
      }
    }
  }

  // A watched model's results become starts of the recording, as Watch says.
  void show(const ModelBase& model, std::vector<Value>& values) {
    if (!Graph::is_watched(model)) return;
    const Tensors seen = Graph::watched(model, tensors_of(values));
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (values[k].trained.empty()) values[k].trained = model.name();
      values[k].tensor = seen[k];
    }
  }

  std::vector<Value> call(const detail::Step& step, const std::vector<Value>& inputs) {
    Recording& r = recordings[places_.at(step.base)];
    const Tensors xs = tensors_of(inputs);
    Tensors ys, given, masks;
    for (const Value& v : inputs) given.push_back(v.mask);
    try {
      const detail::LayerScope scope(step.base->name());
      const CallContext context = Graph::context(*step.base, true, &random_);
      ys = Graph::watched(*step.base, Graph::call_with_masks(*step.base, xs, given, context, masks));
    } catch (const Error&) {
      Graph::rethrow_inside(*step.base);
    }
    expect<GraphError>(ys.size() == step.outputs.size(), "{}: the layer gave {} outputs; expected {}", r.path,
                       ys.size(), step.outputs.size());
    bool goes_on = false;
    for (std::size_t k = 0; k < ys.size(); ++k) {
      goes_on |= ys[k].requires_grad();
      if (std::binary_search(step.dropped.begin(), step.dropped.end(), step.outputs[k])) continue;  // off the tape
      const TapeStats more = meter_.add(ys[k]);
      r.nodes += more.nodes;
      r.saved_bytes += more.saved_bytes;
    }
    std::string below;
    for (const Value& x : inputs)
      if (below.empty() && x.tensor.requires_grad()) below = x.trained;
    if (r.below.empty()) r.below = below;
    r.passes_on |= goes_on;
    add_flops(r, step.layer, shapes_of(xs), shapes_of(ys), goes_on, !below.empty());

    std::vector<Value> values;
    const std::string& nearest = !r.trained.empty() || (r.is_watched && below.empty()) ? r.path : below;
    masks.resize(ys.size());
    for (std::size_t k = 0; k < ys.size(); ++k)
      values.push_back({ys[k], ys[k].requires_grad() ? nearest : "", masks[k]});
    return values;
  }

  static void add_flops(Recording& r, const Layer& layer, const std::vector<Shape>& xs, const std::vector<Shape>& ys,
                        bool has_gradient, bool input_gradient) {
    const LayerFlops flops = layer.base().flops(xs, ys);
    ++r.calls;
    r.forward += flops.forward;
    r.steps += flops.steps;
    if (!has_gradient || (r.trained.empty() && !input_gradient)) return;
    r.backward += flops.backward;
    r.steps += flops.steps;
    if (input_gradient) r.input_gradient += flops.input_gradient;
    const Parameters weights = layer.weights();
    for (std::size_t i = 0; i < std::min(weights.size(), flops.weight_gradients.size()); ++i)
      if (holds_weight(weights[i])) r.weight_gradients += flops.weight_gradients[i];
  }

  Meter meter_;
  Generator random_{0};
  std::unordered_map<const LayerBase*, std::size_t> places_;
};

}  // namespace

Rehearsal::Rehearsal(const ModelBase& model, const char* what)
    : copy_((model.expect_graph(what), const_cast<ModelBase&>(model).handle().clone())) {
  adjust(model, copy_.base());
  seen_.resize(watched_.size());
  for (std::size_t i = 0; i < watched_.size(); ++i) Graph::add_watcher(*watched_[i], &seen_[i]);
}
Rehearsal::~Rehearsal() {
  for (std::size_t i = 0; i < watched_.size(); ++i) Graph::remove_watcher(*watched_[i], &seen_[i]);
}

void Rehearsal::adjust(const LayerBase& from, const LayerBase& to) {
  auto& copy = const_cast<LayerBase&>(to);
  if (!Graph::trains(from)) Graph::set_trainable_flag(copy, false);
  if (Graph::is_watched(from)) watched_.push_back(&copy);
  for (std::size_t i = 0; i < from.own_weights().size(); ++i)
    if (detail::is_paused(from.own_weights()[i].parameter)) to.own_weights()[i].parameter.set_requires_grad(false);
  for (std::size_t i = 0; i < from.sublayers().size(); ++i)
    adjust(from.sublayers()[i].base(), to.sublayers()[i].base());
}

void Rehearsal::thaw_all() {
  copy_.set_trainable(true);
  for (const Parameter& w : copy_.weights())
    if (detail::frozen_part(w)) detail::set_frozen_part(w, detail::FrozenPart::Flags(w.shape().size()));
}

std::vector<Recording> Rehearsal::run(std::int64_t batch_size, std::int64_t unknown_size) {
  const EnableGrad records;
  ModelBase& model = *ModelBase::of(copy_);
  std::vector<Value> inputs;
  for (const Symbol& s : model.inputs()) {
    Shape shape = s.shape();
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (shape[i] < 0) shape[i] = i == 0 ? batch_size : unknown_size;
    inputs.push_back({zeros(shape, {.dtype = s.dtype()}), ""});
  }
  Pass pass(model);
  pass.run(model, inputs);
  return std::move(pass.recordings);
}

}  // namespace frost::models
