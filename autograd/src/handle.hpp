#pragma once
#include "check.hpp"
#include "node.hpp"

// What the members of a Tensor ask of it before they do anything.
namespace frost::detail {

inline TensorImpl* expect_present(const Tensor& t, const char* what) {
  expect<ValueError>(t.present(), "{}: the tensor is absent", what);
  return impl(t);
}

inline void expect_values(TensorImpl* t, const char* what) {
  expect<ValueError>(
      make_values(t),
      "{}: the values of an abstract tensor were read; while a model is built a layer is called with shapes "
      "alone. Override output_shape in a layer whose result's shape depends on values.",
      what);
}

inline TensorImpl* expect_leaf(const Tensor& t, const char* what) {
  TensorImpl* p = expect_present(t, what);
  expect<GraphError>(
      !p->node,
      "{}: only a leaf can be changed; got the result of '{}', of shape {}. Use detach() for a leaf with its values.",
      what, p->node ? p->node->op->name : "", text(p->shape));
  return p;
}

}  // namespace frost::detail
