#include <frost/autograd/leaf.hpp>

#include "array.hpp"
#include "check.hpp"

#include <frost/autograd/checkpoint.hpp>

#include <algorithm>

namespace frost::detail {

bool is_trained(const Tensor& leaf) {
  if (!leaf.present() || impl(leaf)->node) return false;
  const TensorImpl* t = impl(leaf);
  return decided(&t->flags, t->run, (t->flags & TensorImpl::records) != 0);
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
void change_part(const Tensor& tensor, Leaf& leaf, Ref<FrozenPart> part) {
  if (leaf.gradient.present()) {
    const Ref<FrozenPart> kept = trained_in_both(tensor.shape(), leaf.without_gradient, part);
    leaf.gradient = kept && kept->trained() == 0 ? Tensor() : lay_out(leaf.gradient, leaf.without_gradient, kept);
    leaf.without_gradient = kept;
  }
  leaf.part = std::move(part);
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
  Leaf& p = leaf_of(impl(leaf));
  if (p.part ? p.part->flags() == kept : !any) return;
  change_part(leaf, p, Ref<FrozenPart>(any ? new FrozenPart(leaf.shape(), kept) : nullptr));
  update_recording(impl(leaf));
}

StoredGradient stored_gradient(const Tensor& leaf) {
  const Leaf* p = impl(leaf)->leaf;
  if (!p) return {};
  const auto lock = lock_gradient(impl(leaf));
  return p->gradient.present() ? StoredGradient{p->gradient, p->without_gradient} : StoredGradient{};
}
void store_gradient(const Tensor& leaf, const StoredGradient& gradient) {
  leaf_of(impl(leaf));
  put_gradient(impl(leaf), gradient.values, gradient.without);
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
  if (!(p.part == state.part)) change_part(leaf, p, state.part);
  update_recording(impl(leaf));
}

}  // namespace frost::detail
