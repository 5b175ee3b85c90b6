#include "logits_note.hpp"

#include <frost/autograd/ops.hpp>

#include <algorithm>

// Note [Logits]
// The tensor that a softmax or a sigmoid returned keeps what that was given; so does a reshape of it. The note goes
// with the tensor: whatever else makes another tensor, of the same memory or not, recorded or not, has none.
namespace frost::detail {

struct Logits {
  Tensor values;
  const void* data;  // as they were: a leaf may be written since
  std::uint32_t version;
  const Op* op;  // of the recorded function; null: nothing was recorded
  std::int64_t classes;
  Squashing function;
};

namespace {

std::uint32_t version_of(const Tensor& t) { return impl(t)->buffer->version.load(std::memory_order_relaxed); }
std::int64_t last_size(const Tensor& t) { return t.rank() > 0 ? t.shape().back() : 1; }

bool has_hooks(const Node& node) {
  return node.notes && std::any_of(node.notes->hooks.begin(), node.notes->hooks.end(),
                                   [](const Ref<Hook>& hook) { return static_cast<bool>(hook->call); });
}

// Whether nothing asks for the gradient of what lies between the logits and t.
bool is_passed_over(const TensorImpl* t, const Op* function) {
  if (!function) return !t->node && !(t->flags & TensorImpl::records);
  const Node* node = t->node;
  while (node && !has_hooks(*node)) {
    if (node->op == function) return true;
    node = node->inputs[0].has(NodeInput::is_leaf) ? nullptr : node->inputs[0].node;  // a reshape's
  }
  return false;
}

// x at its place on the tape, without what it was itself computed from.
Tensor without_own(const Tensor& x) {
  if (!impl(x)->logits) return x;
  Tensor copy = make_view(x, shape_of(x));
  if (Node* node = impl(x)->node) {
    impl(copy)->node = node;
    impl(copy)->output = impl(x)->output;
    retain(node);
  }
  return copy;
}

}  // namespace

KeepLogits::KeepLogits(Squashing of)
    : before_(std::exchange(thread_state().keeps_logits, static_cast<std::uint8_t>(of))) {}
KeepLogits::~KeepLogits() { thread_state().keeps_logits = before_; }
bool KeepLogits::is_active() { return thread_state().keeps_logits != 0; }

Tensor KeepLogits::of(const Tensor& probabilities, Squashing function) const {
  const TensorImpl* t = impl(probabilities);
  const Logits* logits = t->logits;
  if (!logits || logits->function != function || !is_passed_over(t, logits->op)) return {};
  const Tensor& values = logits->values;
  if (impl(values)->data != logits->data || version_of(values) != logits->version) return {};
  if (function == Squashing::softmax && last_size(probabilities) != logits->classes) return {};
  return shape_of(values) == t->shape ? values : reshape(values, probabilities.shape());
}

void keep_logits(const Tensor& x, const Tensor& y, Squashing function) {
  if (is_abstract(y)) return;
  TensorImpl* t = impl(y);
  // Of what is cut from the tape, the logits are cut too.
  const Tensor values = records(x) && !t->node ? x.detach() : without_own(x);
  t->logits = new Logits{.values = values,
                         .data = impl(values)->data,
                         .version = version_of(values),
                         .op = t->node ? t->node->op : nullptr,
                         .classes = last_size(y),
                         .function = function};
}

void keep_logits_of(const Tensor& x, const Tensor& y) {
  const Logits* of_x = impl(x)->logits;
  if (!of_x || impl(y)->logits) return;
  auto* kept = new Logits(*of_x);
  if (kept->op && !impl(y)->node) {  // a reshape that is not recorded cuts
    kept->op = nullptr;
    kept->values = kept->values.detach();
  }
  impl(y)->logits = kept;
}

void forget_logits(TensorImpl* t) noexcept {
  delete t->logits;
  t->logits = nullptr;
}

Tensor without_logits(const Tensor& t) { return t.present() && impl(t)->logits ? alias(t) : t; }

void lose_logits(const Tensor& probabilities) {
  if (impl(probabilities)->logits) forget_logits(impl(probabilities));
}

}  // namespace frost::detail
