#include "frozen_prefix.hpp"

#include "expect.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/leaf.hpp>

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_set>

namespace frost::models {

using detail::Graph;
using detail::Step;

namespace {

bool is_freezable(const OwnWeight& weight) { return !weight.is_state && is_floating(weight.parameter.dtype()); }

bool has_frozen_weights(const LayerBase& layer) {
  return std::any_of(layer.own_weights().begin(), layer.own_weights().end(),
                     [](const OwnWeight& w) { return is_freezable(w) && !detail::is_trained(w.parameter); }) ||
         std::any_of(layer.sublayers().begin(), layer.sublayers().end(),
                     [](const Layer& inner) { return has_frozen_weights(inner.base()); });
}

// Why a layer's results may change while the model is trained; `what` is null where they stay.
struct Obstacle {
  const char* what = nullptr;
  std::string path = {};
  explicit operator bool() const { return what != nullptr; }
  std::string text() const { return what ? fmt::format(fmt::runtime(what), path) : std::string(); }
};

bool is_partly_frozen(const LayerBase& layer) {
  return std::any_of(layer.own_weights().begin(), layer.own_weights().end(), [](const OwnWeight& w) {
    return is_freezable(w) && (!detail::is_trained(w.parameter) || detail::frozen_part(w.parameter));
  });
}

Obstacle obstacle_of(const LayerBase& layer, bool training) {
  const bool trains = Graph::context(layer, training, nullptr).training;
  const auto obstacle = [&](const char* what) { return Obstacle{what, layer.name()}; };
  if (Graph::is_watched(layer)) return obstacle("{} is watched");
  for (const OwnWeight& w : layer.own_weights()) {
    if (detail::is_trained(w.parameter))
      return obstacle(is_partly_frozen(layer) ? "{} is partly trainable" : "{} is trainable");
    if (detail::is_paused(w.parameter)) return obstacle("{} is paused by a FreezeGuard");
  }
  if (layer.is_stateful()) return obstacle("{} is stateful");
  if (Graph::trains(layer) && layer.penalizes_activity()) return obstacle("{} asks for an activity penalty");
  if (trains && layer.is_random()) return obstacle("{} is random");
  if (trains && layer.moves_states()) return obstacle("the statistics of {} move");
  for (const Layer& inner : layer.sublayers())
    if (Obstacle found = obstacle_of(inner.base(), trains)) {
      found.path.insert(0, layer.name() + "/");
      return found;
    }
  return {};
}

// Whether a symbol has a row for each row of the model's inputs. See Note [Two witnesses].
bool has_rows(const detail::Call::Output& output) {
  for (int w = 0; w < 2; ++w) {
    const Shape& shape = output.witness[w].shape();
    if (shape.empty() || shape[0] != detail::witness_size[w]) return false;
  }
  return true;
}

bool contains(const Symbols& symbols, const Symbol& s) {
  return std::any_of(symbols.begin(), symbols.end(), [&](const Symbol& t) { return t.is_same(s); });
}

const void* address_of(const Tensor& t) {
  switch (t.dtype()) {
    case DType::float32:
      return t.data<float>().data();
    case DType::float64:
      return t.data<double>().data();
    case DType::int64:
      return t.data<std::int64_t>().data();
    case DType::boolean:
      return t.data<bool>().data();
  }
  return nullptr;
}

// Part of a model, under its name, so that errors show the same paths.
Model part_of(const ModelBase& model, const Symbols& inputs, const Symbols& outputs) {
  Model part(inputs, outputs, {.name = model.name()});
  ModelBase::of(part)->take_inputs_as_they_are();
  return part;
}

using Reasons = std::map<const detail::Call*, std::string>;  // why a step is not in the prefix; empty: it is

// The steps that give an output its probabilities: back from it, past layers without weights, to one that has some.
std::unordered_set<const detail::Call*> last_steps(const ModelBase& model, const Symbol& output) {
  std::unordered_set<const detail::Call*> found;
  Symbols open = {output};
  while (!open.empty()) {
    const Symbol s = open.back();
    open.pop_back();
    if (contains(model.inputs(), s)) continue;
    const detail::Call& call = Graph::call(s);
    if (found.insert(&call).second && call.layer.weights().empty())
      open.insert(open.end(), call.inputs.begin(), call.inputs.end());
  }
  return found;
}

// `kept` are not to be in the prefix.
Reasons reasons_of(const ModelBase& model, const std::unordered_set<const detail::Call*>& kept) {
  Reasons reasons;
  const bool is_watched = Graph::is_watched(model);
  for (const Step& step : model.plan().steps) {
    std::string& reason = reasons[step.call];
    if (is_watched) reason = model.name() + " is watched";
    for (const Symbol& s : step.call->inputs)
      if (reason.empty() && !contains(model.inputs(), s)) reason = reasons.at(&Graph::call(s));
    if (reason.empty()) reason = obstacle_of(*step.base, true).text();
    for (const detail::Call::Output& output : step.call->outputs)
      if (reason.empty() && !has_rows(output)) reason = step.base->name() + " does not keep rows apart";
    if (reason.empty() && kept.count(step.call)) reason = "the loss is computed from " + step.base->name();
  }
  return reasons;
}

}  // namespace

FrozenPrefix::FrozenPrefix(ModelBase& model, const std::function<bool(std::size_t)>& wants_logits) : model_(&model) {
  Reasons reasons = reasons_of(model, {});
  std::unordered_set<const detail::Call*> kept;
  for (std::size_t i = 0; i < model.outputs().size(); ++i) {
    const auto found = reasons.find(&Graph::call(model.outputs()[i]));
    if (found == reasons.end() || !found->second.empty() || !wants_logits(i)) continue;
    kept.merge(last_steps(model, model.outputs()[i]));
  }
  if (!kept.empty()) reasons = reasons_of(model, kept);

  bool useful = false;
  for (const Step& step : model.plan().steps) {
    if (!has_frozen_weights(*step.base)) continue;
    const std::string& reason = reasons.at(step.call);
    useful |= reason.empty();
    if (obstacle_.empty()) obstacle_ = reason;
  }
  if (!useful) return;

  // The edges from the prefix to the rest.
  const auto read = [&](const Symbol& s) {
    if (contains(model.inputs(), s)) {
      for (std::size_t i = 0; i < model.inputs().size(); ++i)
        if (model.inputs()[i].is_same(s) && std::find(inputs_.begin(), inputs_.end(), i) == inputs_.end())
          inputs_.push_back(i);
    } else if (reasons.at(&Graph::call(s)).empty() && !contains(cut_, s)) {
      cut_.push_back(s);
    }
  };
  for (const Step& step : model.plan().steps)
    if (!reasons.at(step.call).empty()) std::for_each(step.call->inputs.begin(), step.call->inputs.end(), read);
  std::for_each(model.outputs().begin(), model.outputs().end(), read);
  if (cut_.empty()) return;
  for (std::size_t i = 0; i < cut_.size(); ++i)
    if (Graph::call(cut_[i]).outputs[static_cast<std::size_t>(Graph::output(cut_[i]))].mask[0].present())
      masked_.push_back(i);

  Symbols starts = cut_;
  for (const std::size_t i : inputs_) starts.push_back(model.inputs()[i]);
  body_ = part_of(model, model.inputs(), cut_);
  rest_ = part_of(model, starts, model.outputs());

  for (const Step& step : ModelBase::of(body_)->plan().steps)
    if (std::none_of(layers_.begin(), layers_.end(), [&](const Layer& l) { return l.is_same(step.layer); }))
      layers_.push_back(step.layer);
  for (const Parameter& w : body_.weights()) weights_.push_back({w, w.detach(), address_of(w)});
}

bool FrozenPrefix::ends_as(const FrozenPrefix& other) const {
  return cut_.size() == other.cut_.size() &&
         std::all_of(cut_.begin(), cut_.end(), [&](const Symbol& s) { return contains(other.cut_, s); });
}

Tensors FrozenPrefix::features(const Tensors& xs, bool training) const {
  const CallStream stream = training ? model_->call_stream() : CallStream();
  if (masked_.empty()) return body_.all(xs, {.training = training, .stream = stream});
  Tensors masks;
  Tensors found = body_.all(xs, {.training = training, .stream = stream, .result_masks = &masks});
  masks.resize(found.size());
  for (const std::size_t i : masked_) {
    expect<GraphError>(masks[i].present(), "fit: the layer '{}' gave no mask, though it has one on symbols",
                       cut_[i].layer().name());
    found.push_back(masks[i]);
  }
  return found;
}

std::string FrozenPrefix::change() {
  if (Graph::is_watched(*model_)) return model_->name() + " is watched";
  for (const Layer& layer : layers_)
    if (const Obstacle found = obstacle_of(layer.base(), true)) return found.text();
  for (Seen& seen : weights_) {
    const void* address = address_of(seen.weight);
    if (address == seen.address) continue;
    const auto bytes = static_cast<std::size_t>(seen.weight.size()) * size_of(seen.weight.dtype());
    if (std::memcmp(address, seen.address, bytes) != 0) return seen.weight.name() + " was written";
    seen.values = seen.weight.detach();
    seen.address = address;
  }
  return {};
}

}  // namespace frost::models
