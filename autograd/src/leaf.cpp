#include <frost/autograd/leaf.hpp>

#include "array.hpp"
#include "check.hpp"

#include <algorithm>

namespace frost::detail {

bool is_trained(const Tensor& leaf) {
  return leaf && !impl(leaf)->node && (impl(leaf)->flags & TensorImpl::records) != 0;
}

bool is_paused(const Tensor& leaf) {
  const Leaf* p = impl(leaf)->leaf;
  return p && p->paused > p->lifted;
}
void pause(const Tensor& leaf) {
  ++leaf_of(impl(leaf)).paused;
  update_recording(impl(leaf));
}
void resume(const Tensor& leaf) {
  Leaf& p = leaf_of(impl(leaf));
  if (p.paused > 0) --p.paused;
  p.lifted = std::min(p.lifted, p.paused);
  update_recording(impl(leaf));
}

bool keeps_state(const Tensor& leaf) {
  const Leaf* p = impl(leaf)->leaf;
  return p && p->keep_state;
}
void set_keeps_state(const Tensor& leaf, bool keeps) { leaf_of(impl(leaf)).keep_state = keeps; }

const Ref<FrozenPart>& frozen_part(const Tensor& leaf) {
  static const Ref<FrozenPart> none;
  const Leaf* p = impl(leaf)->leaf;
  return p ? p->part : none;
}
namespace {

// The gradient keeps what is trained before and after.
void change_part(Leaf& leaf, Ref<FrozenPart> part) {
  Tensor gradient = leaf.gradient && leaf.part ? leaf.part->spread(leaf.gradient) : leaf.gradient;
  if (gradient && part) gradient = part->trained() > 0 ? part->gather(gradient) : Tensor();
  leaf.part = std::move(part);
  leaf.gradient = std::move(gradient);
}

}  // namespace

void set_frozen_part(const Tensor& leaf, const FrozenPart::Flags& flags) {
  FrozenPart::Flags kept = flags;
  bool any = false;
  for (std::vector<bool>& axis : kept) {
    if (std::find(axis.begin(), axis.end(), true) == axis.end())
      axis.clear();
    else
      any = true;
  }
  change_part(leaf_of(impl(leaf)), Ref<FrozenPart>(any ? new FrozenPart(leaf.shape(), kept) : nullptr));
  update_recording(impl(leaf));
}

Tensor stored_gradient(const Tensor& leaf) {
  const Leaf* p = impl(leaf)->leaf;
  if (!p) return {};
  const auto lock = lock_gradient(impl(leaf));
  return p->gradient;
}
void store_gradient(const Tensor& leaf, const Tensor& gradient) {
  leaf_of(impl(leaf));
  put_gradient(impl(leaf), gradient);
}

LeafState leaf_state(const Tensor& leaf) {
  const Leaf* p = impl(leaf)->leaf;
  return p ? LeafState{p->trainable, p->keep_state, p->lifted, p->part} : LeafState{};
}
void restore_leaf_state(const Tensor& leaf, const LeafState& state) {
  Leaf& p = leaf_of(impl(leaf));
  p.trainable = state.trainable;
  p.keep_state = state.keeps_state;
  p.lifted = std::min(state.lifted, p.paused);
  if (!(p.part == state.part)) change_part(p, state.part);
  update_recording(impl(leaf));
}

}  // namespace frost::detail
