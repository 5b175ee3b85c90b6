#include <frost/autograd/inspect.hpp>

#include "check.hpp"
#include "node.hpp"

#include <unordered_set>

namespace frost {

using namespace detail;

namespace {

// Why operations do not record a leaf; empty when they do.
std::string why_not_recorded(const TensorImpl* t) {
  if (!is_floating(t->dtype))
    return fmt::format("it is {}, and only floating tensors have gradients: convert with to(DType::float32)",
                       name_of(t->dtype));
  const Leaf* leaf = t->leaf;
  if (leaf && leaf->trainable) {
    if (leaf->paused > leaf->lifted) return "a FreezeGuard pauses it";
    if (leaf->part && leaf->part->trained() == 0) return "all its elements are frozen, in parts";
    return "";
  }
  if (t->flags & TensorImpl::abstract) return "it has a shape and no values: a model was being built";
  const bool is_named = leaf && !leaf->name.empty();
  if (is_named || leaf || t->buffer->borrowed) return "it is frozen: set_requires_grad(true) would have it recorded";
  return "it was cut from the tape: by detach() or NoGrad, by an operation that is not differentiable, or because "
         "nothing it was computed from requires a gradient";
}

// Whether the tape leads from an output to a tensor: to it as a leaf that was recorded, or to its node.
bool leads_to(const Tensor& output, const TensorImpl* t) {
  std::unordered_set<const Node*> seen;
  std::vector<const Node*> left;
  const auto see = [&](const Node* node) {
    if (node && seen.insert(node).second) left.push_back(node);
  };
  if (impl(output) == t) return true;
  see(impl(output)->node);
  while (!left.empty()) {
    const Node* node = left.back();
    left.pop_back();
    if (node == t->node) return true;
    for (int i = 0; i < node->input_count; ++i) {
      const NodeInput& x = node->inputs[i];
      if (!x.has(NodeInput::wanted)) continue;
      if (!x.has(NodeInput::is_leaf))
        see(x.node);
      else if (x.leaf == t)
        return true;
    }
  }
  return false;
}

}  // namespace

std::string why_no_gradient(const Tensor& tensor) {
  if (!tensor.present()) return "the tensor is absent";
  if (tensor.has_grad()) return "it has one";
  const TensorImpl* t = impl(tensor);
  if (t->node)
    return fmt::format("it is computed, by '{}', and only leaves keep gradients: ask grad(output, {{x}}) for it",
                       t->node->op->name);
  const std::string frozen = why_not_recorded(t);
  if (!frozen.empty()) return frozen;
  return "no backward pass has reached it since it was made, zeroed or thawed: either none was run, or the loss does "
         "not depend on it; why_no_gradient(tensor, loss) tells";
}

std::string why_no_gradient(const Tensor& tensor, const Tensor& output) {
  if (!tensor.present()) return "the tensor is absent";
  if (!output.present()) return "the output is absent";
  const TensorImpl* t = impl(tensor);
  const bool is_reached = leads_to(output, t);
  if (!t->node) {
    const std::string frozen = why_not_recorded(t);
    if (!frozen.empty()) return is_reached ? frozen + "; it was frozen since the output was computed" : frozen;
  }
  if (!records(output)) return "nothing was recorded for the output: " + why_not_recorded(impl(output));
  if (!is_reached)
    return "the output was not computed from it, or what leads there was cut from the tape (detach(), NoGrad, an "
           "operation that is not differentiable), or it was frozen then";
  if (!t->node && tensor.has_grad()) return "it has one";
  return t->node ? "the output depends on it: grad(output, {x}) gives it"
                 : "the output depends on it, and no backward pass has come from there: call backward()";
}

}  // namespace frost
