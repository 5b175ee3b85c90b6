#include <frost/autograd/foreign.hpp>

#include "check.hpp"
#include "node.hpp"

#include <new>

namespace frost::detail {

Tensor make_foreign(const void* data, const Shape& shape, DType dtype, void (*release_values)(void* context),
                    void* context) {
  const ShapeRef counted = make_shape(shape);
  auto* buffer = new (small_allocate(sizeof(Buffer))) Buffer;
  buffer->data = const_cast<void*>(data);
  buffer->bytes = static_cast<std::size_t>(counted.count()) * size_of(dtype);
  buffer->release = release_values;
  buffer->context = context;
  buffer->borrowed = true;
  Tensor t = make_over(buffer, buffer->data, counted, dtype);
  release(buffer);
  return t;
}

void show_values(const Tensor& leaf, const Tensor& values) {
  expect(leaf.present() && values.present(), "show_values: the tensor is absent");
  TensorImpl* to = impl(leaf);
  const TensorImpl* from = impl(values);
  expect<GraphError>(!to->node, "show_values: only a leaf can be changed; got the result of '{}'",
                     to->node ? to->node->op->name : "");
  expect<ShapeError>(to->shape == from->shape, "show_values: the shapes differ for {}; got {}; expected {}",
                     describe(leaf), text(from->shape), text(to->shape));
  expect(to->dtype == from->dtype, "show_values: the dtypes differ for {}; got {}; expected {}", describe(leaf),
         name_of(from->dtype), name_of(to->dtype));
  expect(to->buffer && from->buffer, "show_values: the values of an abstract tensor were asked for");
  Buffer* old = to->buffer;
  retain(from->buffer);
  from->buffer->handles.fetch_add(1, std::memory_order_relaxed);
  from->buffer->borrowed = true;
  to->buffer = from->buffer;
  to->data = from->data;
  old->handles.fetch_sub(1, std::memory_order_release);
  release(old);
}

}  // namespace frost::detail
