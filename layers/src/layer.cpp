#include <frost/layers/layer.hpp>

#include "expect.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/anomaly.hpp>
#include <frost/autograd/identity.hpp>
#include <frost/autograd/leaf.hpp>
#include <frost/layers/graph.hpp>

#include <algorithm>

namespace frost {

using detail::expect;
using detail::fail;
using detail::Graph;

Layer::Layer(detail::Ref<LayerBase> base) : base_(std::move(base)) {
  // The first handle: only now is the class known, and with it the name of weights that its constructor added.
  if (!base_ || !base_->name_.empty()) return;
  const std::string& name = base_->name();
  for (const OwnWeight& w : base_->weights_)
    if (!w.is_shared) w.parameter.set_name(name + "/" + w.name);
}

LayerBase& Layer::base() const {
  expect(static_cast<bool>(base_), "the layer is absent");
  return *base_;
}

namespace {

// Absent masks and states are left out, not passed: an input that is absent is a mistake.
void expect_present(const Tensor* xs, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (!xs[i].present()) [[unlikely]]
      fail("input {} is absent", i);
}

Tensor only_result(const LayerBase& layer, const Tensors& ys) {
  expect<GraphError>(ys.size() == 1, "{}: the layer has {} outputs; use all(…)", layer.type(), ys.size());
  return Graph::watched(layer, ys[0]);
}

}  // namespace

Tensor Layer::operator()(const Tensor& x, const CallOptions& options) const {
  LayerBase& l = base();
  try {
    const detail::LayerScope scope(l.name());
    expect_present(&x, 1);
    if (!l.is_built()) Graph::build_for(l, &x, 1);
    if (options.result_masks) [[unlikely]]
      return only_result(l, Graph::call_with_masks(l, {x}, options));
    return Graph::watched(l, l.call(x, Graph::context(l, options)));
  } catch (const Error&) {
    Graph::rethrow_inside(l);
  }
}
Tensor Layer::operator()(const Tensors& xs, const CallOptions& options) const {
  LayerBase& l = base();
  try {
    const detail::LayerScope scope(l.name());
    expect_present(xs.data(), xs.size());
    if (!l.is_built()) Graph::build_for(l, xs.data(), xs.size());
    if (options.result_masks) [[unlikely]]
      return only_result(l, Graph::call_with_masks(l, xs, options));
    return Graph::watched(l, l.call(xs, Graph::context(l, options)));
  } catch (const Error&) {
    Graph::rethrow_inside(l);
  }
}
Tensors Layer::all(const Tensors& xs, const CallOptions& options) const {
  LayerBase& l = base();
  try {
    const detail::LayerScope scope(l.name());
    expect_present(xs.data(), xs.size());
    if (!l.is_built()) Graph::build_for(l, xs.data(), xs.size());
    if (options.result_masks) [[unlikely]]
      return Graph::watched(l, Graph::call_with_masks(l, xs, options));
    return Graph::watched(l, l.call_all(xs, Graph::context(l, options)));
  } catch (const Error&) {
    Graph::rethrow_inside(l);
  }
}
Tensors Layer::all(const Tensor& x, const CallOptions& options) const { return all(Tensors{x}, options); }

Symbols Layer::all(const Symbols& xs) const { return Graph::connect(*this, xs); }
Symbols Layer::all(const Symbol& x) const { return all(Symbols{x}); }
Symbol Layer::operator()(const Symbols& xs) const {
  const Symbols ys = all(xs);
  expect<GraphError>(ys.size() == 1, "{}: the layer has {} outputs; use all(…)", name(), ys.size());
  return ys[0];
}
Symbol Layer::operator()(const Symbol& x) const { return (*this)(Symbols{x}); }

const std::string& Layer::name() const { return base().name(); }
void Layer::set_name(const std::string& name) const {
  expect(!name.empty(), "set_name: the name of a layer is empty");
  expect(!Graph::has_namesake(base(), name),
         "set_name: there is a layer '{}' already beside '{}'; the names in a model must differ", name, this->name());
  Graph::set_name(base(), name, Graph::Name::given);
}
std::string Layer::type() const { return base().type(); }
bool Layer::is_built() const { return base().is_built(); }
bool Layer::trainable() const { return base().trainable(); }
bool Layer::keeps_stochastic() const {
  return detail::decided(&base().keep_stochastic_, base().made_in_, base().keep_stochastic_);
}
bool Layer::keeps_statistics() const { return base().keeps_statistics(); }

void Layer::set_trainable(bool trainable) const {
  LayerBase& l = base();
  Graph::set_trainable_flag(l, trainable);
  l.keep_stochastic_ = l.keep_state_ = false;
  for (const OwnWeight& w : l.weights_) {
    if (w.is_state || !is_floating(w.parameter.dtype())) continue;
    w.parameter.set_requires_grad(trainable);
    detail::set_keeps_state(w.parameter, false);
  }
  for (const Layer& inner : l.sublayers_) inner.set_trainable(trainable);
}

namespace {

// All weights below a layer, each once: a layer may be shared by models, a weight by layers.
void gather(const Layer& layer, detail::Met& seen, Parameters& found, bool& shares) {
  const LayerBase& l = layer.base();
  if (!seen.insert(&l)) return;
  for (const OwnWeight& w : l.own_weights()) {
    shares |= w.is_shared;
    found.push_back(w.parameter);
  }
  for (const Layer& inner : l.sublayers()) gather(inner, seen, found, shares);
}

template <class Keep>
Parameters filtered(const Parameters& all, const Keep& keep) {
  Parameters kept;
  for (const Parameter& p : all)
    if (keep(p)) kept.push_back(p);
  return kept;
}

}  // namespace

Parameters Layer::weights() const {
  Parameters found;
  detail::Met seen;
  bool shares = false;
  gather(*this, seen, found, shares);
  if (!shares) return found;
  Parameters once;
  detail::Met met;
  for (const Parameter& p : found)
    if (met.insert(p)) once.push_back(p);
  return once;
}
Parameters Layer::trainable_weights() const {
  return filtered(weights(), [](const Parameter& p) { return detail::is_trained(p); });
}
Parameters Layer::non_trainable_weights() const {
  return filtered(weights(), [](const Parameter& p) { return !detail::is_trained(p); });
}

Tensors Layer::get_weights() const {
  Tensors values;
  for (const Parameter& p : weights()) values.push_back(p.detach().clone());
  return values;
}

void Layer::set_weights(const Tensors& values) const {
  const Parameters all = weights();
  expect(values.size() == all.size(), "set_weights: {} has {} weight{}; got {} tensor{}{}", name(), all.size(),
         all.size() == 1 ? "" : "s", values.size(), values.size() == 1 ? "" : "s",
         all.empty() && !is_built() ? ". The layer is not built yet" : "");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Tensor& v = values[i];
    expect(has_values(v), "set_weights: the values for {} are absent", all[i].name());
    expect<ShapeError>(v.shape() == all[i].shape(), "set_weights: the shapes differ for {}; got {}; expected {}",
                       all[i].name(), to_string(v.shape()), to_string(all[i].shape()));
    expect(v.dtype() == all[i].dtype(), "set_weights: the dtypes differ for {}; got {}; expected {}", all[i].name(),
           name_of(v.dtype()), name_of(all[i].dtype()));
  }
  // A value may be another weight, which must not be written before it is read.
  Tensors sources;
  for (std::size_t i = 0; i < all.size(); ++i) sources.push_back(values[i].is_leaf() ? values[i].detach() : values[i]);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].assign(sources[i]);
}

std::int64_t Layer::count_params() const {
  std::int64_t count = 0;
  for (const Parameter& p : weights()) count += p.size();
  return count;
}

void Layer::reset_states() const {
  base().reset_states();
  for (const Layer& inner : base().sublayers()) inner.reset_states();
}

namespace {

detail::Ref<detail::Call> only_call(const Layer& layer, const char* what) {
  const std::vector<detail::Ref<detail::Call>> calls = Graph::living_calls(layer.base());
  expect<GraphError>(!calls.empty(), "{}: the layer '{}' was not called on a symbol, or what it gave is gone", what,
                     layer.name());
  expect<GraphError>(calls.size() == 1,
                     "{}: the layer '{}' was called on symbols {} times; say which call is meant: output_at(i)", what,
                     layer.name(), calls.size());
  return calls[0];
}
Symbol only(const Symbols& symbols, const Layer& layer, const char* what) {
  expect<GraphError>(symbols.size() == 1, "{}: the layer '{}' has {} of them; use {}s()", what, layer.name(),
                     symbols.size(), what);
  return symbols[0];
}

}  // namespace

Symbols Layer::inputs() const {
  const detail::Ref<detail::Call> call = only_call(*this, "input");
  return call->inputs.empty() ? Graph::symbols(*call) : call->inputs;
}
Symbols Layer::outputs() const { return Graph::symbols(*only_call(*this, "output")); }
Symbol Layer::input() const { return only(inputs(), *this, "input"); }
Symbol Layer::output() const { return only(outputs(), *this, "output"); }
Symbol Layer::output_at(std::size_t call) const {
  const std::vector<detail::Ref<detail::Call>> calls = Graph::living_calls(base());
  expect(call < calls.size(), "output_at: the layer '{}' was called on symbols {} times; got {}", name(), calls.size(),
         call);
  return only(Graph::symbols(*calls[call]), *this, "output");
}

}  // namespace frost
