#include "matrices.hpp"

namespace frost::detail {

void expect_matrices(const char* op, const char* name, const Tensor& x) {
  expect(x.present(), "{}: {} is absent", op, name);
  expect_floating(op, x);
  expect<ShapeError>(shape_of(x).rank() >= 2, "{}: got {} of shape {}; expected matrices (…, m, n)", op, name, text(x));
}

void expect_square(const char* op, const char* name, const Tensor& x) {
  expect(x.present(), "{}: {} is absent", op, name);
  expect_floating(op, x);
  const ShapeRef& shape = shape_of(x);
  expect<ShapeError>(shape.rank() >= 2 && shape[shape.rank() - 1] == shape[shape.rank() - 2],
                     "{}: got {} of shape {}; expected square matrices (…, n, n)", op, name, text(shape));
}

bool expect_system(const char* op, Tensor& a, Tensor& b) {
  expect_square(op, "a", a);
  expect(b.present(), "{}: b is absent", op);
  expect_same_dtype(op, a, b);
  const bool is_vector = shape_of(b).rank() == 1;
  const Shape of_a = a.shape(), of_b = b.shape();
  expect<ShapeError>(!of_b.empty() && of_b[is_vector ? 0 : of_b.size() - 2] == of_a.back(),
                     "{}: b does not fit a; got a of shape {} and b of shape {}; expected (…, {}, k) or ({},)", op,
                     text(of_a), text(of_b), of_a.back(), of_a.back());
  if (is_vector) b = expand_dims(b, -1);
  const auto batch = [](const Shape& s) { return make_shape(s.data(), s.size() - 2); };
  const ShapeRef batch_a = batch(of_a), batch_b = batch(b.shape());
  if (batch_a == batch_b) return is_vector;
  const Shape common = broadcast_shapes(op, batch_a, batch_b).dims();
  for (Tensor* x : {&a, &b}) {
    Shape shape = common;
    shape.insert(shape.end(), shape_of(*x).dims().end() - 2, shape_of(*x).dims().end());
    if (x->shape() != shape) *x = broadcast_to(*x, shape);
  }
  return is_vector;
}

ShapeRef with_last_axes(const ShapeRef& x, std::initializer_list<std::int64_t> last) {
  Shape shape(std::vector<std::int64_t>(x.dims().begin(), x.dims().end() - 2));
  shape.insert(shape.end(), last.begin(), last.end());
  return make_shape(shape);
}

}  // namespace frost::detail
