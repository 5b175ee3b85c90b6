#include <frost/layers/copying.hpp>

#include "expect.hpp"

#include <frost/autograd/leaf.hpp>
#include <frost/layers/graph.hpp>

#include <utility>

namespace frost::detail {

namespace {

thread_local Copying* innermost = nullptr;

void fill_weight(const Parameter& from, const Parameter& to) {
  to.assign(from.to(to.dtype()).detach());
  if (is_floating(from.dtype())) to.set_requires_grad(from.requires_grad());
  set_keeps_state(to, keeps_state(from));
  if (const Ref<FrozenPart>& part = frozen_part(from)) set_frozen_part(to, part->flags());
}

}  // namespace

Copying::Copying(std::optional<DType> dtype) : before_(std::exchange(innermost, this)), dtype_(dtype) {
  if (!dtype_ && before_) dtype_ = before_->dtype_;
}
Copying::~Copying() { innermost = before_; }
const Copying* Copying::current() { return innermost; }

const Parameter& Copying::copy_of(const Parameter& from) const {
  if (const auto copy = copies_.find(identity(from)); copy != copies_.end()) return copy->second;
  return before_ ? before_->copy_of(from) : from;
}

void copy_name_and_flags(const LayerBase& from, LayerBase& to) {
  if (Graph::is_named(from)) Graph::set_name(to, from.name(), Graph::origin(from));
  Graph::set_trainable_flag(to, from.trainable());
  Graph::set_keep_stochastic(to, Graph::flags(from).keep_stochastic);
  Graph::set_keep_state(to, Graph::flags(from).keep_state);
  Graph::set_keep_statistics(to, from.keeps_statistics());
}

void Copying::prepare(const LayerBase& from, LayerBase& to) const {
  copy_name_and_flags(from, to);
  if (dtype_) Graph::set_dtype(to, *dtype_);
}

void Copying::fill(const Layer& from, const Layer& to) {
  if (!filled_.insert(&from.base())) return;
  const auto &olds = from.base().own_weights(), &news = to.base().own_weights();
  const auto &inner = from.base().sublayers(), &copies = to.base().sublayers();
  expect(olds.size() == news.size() && inner.size() == copies.size(),
         "clone: the copy of the layer '{}' of type {} has {} weights and {} layers; expected {} and {}", from.name(),
         from.type(), news.size(), copies.size(), olds.size(), inner.size());
  for (std::size_t i = 0; i < olds.size(); ++i) {
    const Parameter &old = olds[i].parameter, &copy = news[i].parameter;
    expect(!copy.is_same(old), "clone: the copy of the layer '{}' of type {} shares the weight {}, which it must not",
           from.name(), from.type(), old.name());
    if (olds[i].is_shared) continue;  // filled where it belongs
    copies_.emplace(identity(old), copy);
    fill_weight(old, copy);
  }
  for (std::size_t i = 0; i < inner.size(); ++i) {
    prepare(inner[i].base(), copies[i].base());
    fill(inner[i], copies[i]);
  }
}

Layer copy_in(const Layer& layer, const Tensors& xs, DType dtype) {
  if (!layer.is_built()) Graph::build_for(layer.base(), xs.data(), xs.size());
  Copying copying(dtype);
  const Layer copy = layer.base().copy_unbuilt();
  if (copy.is_built()) return copy;  // a model, which copies what is in it
  copying.prepare(layer.base(), copy.base());
  Graph::build_for(copy.base(), xs.data(), xs.size());
  copying.fill(layer, copy);
  return copy;
}

}  // namespace frost::detail
