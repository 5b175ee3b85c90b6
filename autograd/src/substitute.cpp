#include <frost/autograd/substitute.hpp>

#include "handle.hpp"
#include "node.hpp"

#include <utility>

namespace frost::detail {

namespace {

// What a tensor shows and where it came from, but for its name and flags.
void exchange(TensorImpl* a, TensorImpl* b) noexcept {
  std::swap(a->flags, b->flags);
  std::swap(a->output, b->output);
  std::swap(a->run, b->run);
  std::swap(a->node, b->node);
  std::swap(a->buffer, b->buffer);
  std::swap(a->data, b->data);
  std::swap(a->logits, b->logits);
}

}  // namespace

Substituted::Substituted(const Tensors& leaves, const Tensors& values) : leaves_(leaves) {
  expect(leaves.size() == values.size(), "functional_call: got {} values for {} weights", values.size(), leaves.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const Tensor &leaf = leaves[i], &value = values[i];
    expect(value.present(), "functional_call: the value for {} is absent", describe(leaf));
    if (!(shape_of(value) == shape_of(leaf)))
      fail<ShapeError>("functional_call: the shapes differ for {}; got {}; expected {}", describe(leaf), text(value),
                       text(leaf));
    if (value.dtype() != leaf.dtype())
      fail<ValueError>("functional_call: the dtypes differ for {}; got {}; expected {}", describe(leaf),
                       name_of(value.dtype()), name_of(leaf.dtype()));
    expect_leaf(leaf, "functional_call");
    stand_ins_.push_back(thread_state().grad_enabled && records(value) ? alias(value) : value.detach());
    impl(stand_ins_.back())->flags |= TensorImpl::stand_in;
  }
  for (std::size_t i = 0; i < leaves_.size(); ++i) exchange(impl(leaves_[i]), impl(stand_ins_[i]));
}

Substituted::~Substituted() {
  for (std::size_t i = 0; i < leaves_.size(); ++i) exchange(impl(leaves_[i]), impl(stand_ins_[i]));
}

}  // namespace frost::detail
