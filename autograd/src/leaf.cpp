#include <frost/autograd/leaf.hpp>

#include "array.hpp"
#include "check.hpp"

namespace frost::detail {

bool is_trained(const Tensor& leaf) {
  return leaf && !impl(leaf)->node && (impl(leaf)->flags & TensorImpl::records) != 0;
}

bool is_paused(const Tensor& leaf) {
  const Leaf* p = impl(leaf)->leaf;
  return p && p->paused > 0;
}
void pause(const Tensor& leaf) {
  ++leaf_of(impl(leaf)).paused;
  update_recording(impl(leaf));
}
void resume(const Tensor& leaf) {
  Leaf& p = leaf_of(impl(leaf));
  if (p.paused > 0) --p.paused;
  update_recording(impl(leaf));
}

bool keeps_state(const Tensor& leaf) {
  const Leaf* p = impl(leaf)->leaf;
  return p && p->keep_state;
}
void set_keeps_state(const Tensor& leaf, bool keeps) { leaf_of(impl(leaf)).keep_state = keeps; }

const std::vector<bool>& frozen_rows(const Tensor& leaf) {
  static const std::vector<bool> none;
  const Leaf* p = impl(leaf)->leaf;
  return p ? p->frozen_rows : none;
}
void set_frozen_rows(const Tensor& leaf, std::vector<bool> rows) {
  const ShapeRef& shape = shape_of(leaf);
  expect<ShapeError>(rows.empty() || (shape.rank() > 0 && static_cast<std::int64_t>(rows.size()) == shape[0]),
                     "frozen rows: got {} flags for {} of shape {}; expected one a row", rows.size(), describe(leaf),
                     text(shape));
  leaf_of(impl(leaf)).frozen_rows = std::move(rows);
}

}  // namespace frost::detail
