#include <frost/autograd/make.hpp>

#include "check.hpp"

#include <algorithm>
#include <cmath>

namespace frost {

using namespace detail;

namespace {

Tensor finish(Tensor t, bool requires_grad) {
  borrowed(t);
  return requires_grad ? t.set_requires_grad(true) : t;
}

template <class Body>
void write(Tensor& t, const Body& body) {
  const std::int64_t n = t.size();
  switch (t.dtype()) {
    case DType::float32:
      return body(raw_out<float>(t), n);
    case DType::float64:
      return body(raw_out<double>(t), n);
    case DType::int64:
      return body(raw_out<std::int64_t>(t), n);
    case DType::boolean:
      return body(raw_out<bool>(t), n);
  }
}

Tensor filled(const ShapeRef& shape, DType dtype, double value) {
  Tensor t = make_tensor(shape, dtype);
  write(t, [&]<class S>(S* to, std::int64_t n) { std::fill_n(to, n, static_cast<S>(value)); });
  return t;
}

// A maker of other tensors' shapes must work while a model is built, when tensors have shapes alone.
Tensor filled_like(const Tensor& like, double value) {
  expect(static_cast<bool>(like), "zeros_like: the tensor is absent");
  if (is_abstract(like)) return make_abstract(shape_of(like), like.dtype());
  return filled(shape_of(like), like.dtype(), value);
}

// --------------------------------------------------------------------------------------------------- nested braces
// ----

void measure(const Literal& l, std::size_t depth, std::vector<std::int64_t>& dims) {
  if (!l.is_list()) return;
  const auto n = static_cast<std::int64_t>(l.entries().size());
  if (dims.size() == depth) dims.push_back(n);
  for (const Literal& entry : l.entries()) measure(entry, depth + 1, dims);
}

void check(const Literal& l, std::size_t depth, const std::vector<std::int64_t>& dims) {
  if (depth == dims.size()) {
    expect<ShapeError>(!l.is_list(), "tensor: the nesting is uneven at depth {}; got a list among numbers", depth);
    return;
  }
  expect<ShapeError>(l.is_list(), "tensor: the nesting is uneven at depth {}; got a number among lists", depth);
  expect<ShapeError>(static_cast<std::int64_t>(l.entries().size()) == dims[depth],
                     "tensor: the rows have different lengths at depth {}; got {} and {}", depth, dims[depth],
                     l.entries().size());
  for (const Literal& entry : l.entries()) check(entry, depth + 1, dims);
}

template <class S>
S* copy(const Literal& l, S* to) {
  if (!l.is_list()) {
    if constexpr (std::is_same_v<S, std::int64_t>)
      *to = l.scalar().integer();
    else
      *to = static_cast<S>(l.scalar().value());
    return to + 1;
  }
  for (const Literal& entry : l.entries()) to = copy(entry, to);
  return to;
}

template <class T>
Tensor copied(const std::vector<T>& values, const Shape& shape) {
  const ShapeRef dims = make_shape(shape);
  expect<ShapeError>(dims.count() == static_cast<std::int64_t>(values.size()),
                     "from_vector: the sizes differ; got {} values for shape {}; expected {}", values.size(),
                     text(dims), dims.count());
  Tensor t = make_tensor(dims, dtype_of<T>::value);
  std::copy(values.begin(), values.end(), raw_out<T>(t));
  return borrowed(t);
}

}  // namespace

Tensor tensor(Literal values, DType dtype) { return tensor(values, TensorOptions{.dtype = dtype}); }

Tensor tensor(Literal values, const TensorOptions& options) {
  std::vector<std::int64_t> dims;
  measure(values, 0, dims);
  check(values, 0, dims);
  Tensor t = make_tensor(make_shape(dims), options.dtype);
  write(t, [&](auto* to, std::int64_t) { copy(values, to); });
  return finish(t, options.requires_grad);
}

Tensor zeros(const Shape& shape, const TensorOptions& options) { return full(shape, 0, options); }
Tensor ones(const Shape& shape, const TensorOptions& options) { return full(shape, 1, options); }
Tensor full(const Shape& shape, double value, const TensorOptions& options) {
  return finish(filled(make_shape(shape), options.dtype, value), options.requires_grad);
}
Tensor zeros_like(const Tensor& like) { return filled_like(like, 0); }
Tensor ones_like(const Tensor& like) { return filled_like(like, 1); }
Tensor full_like(const Tensor& like, double value) { return filled_like(like, value); }

Tensor arange(Scalar start, Scalar stop, Scalar step) {
  const bool integers = start.is_integer() && stop.is_integer() && step.is_integer();
  return arange(start, stop, step, {.dtype = integers ? DType::int64 : default_dtype()});
}
Tensor arange(Scalar stop) { return arange(0, stop, 1); }
Tensor arange(Scalar start, Scalar stop, Scalar step, const TensorOptions& options) {
  expect(step.value() != 0, "arange: the step is 0; got start {} and stop {}", start.value(), stop.value());
  const double count = std::ceil((stop.value() - start.value()) / step.value());
  expect(std::isfinite(count) && count < 1e15, "arange: too many elements; got start {}, stop {}, step {}",
         start.value(), stop.value(), step.value());
  Tensor t = make_tensor(make_shape({static_cast<std::int64_t>(std::max(count, 0.))}), options.dtype);
  write(t, [&]<class S>(S* to, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      if constexpr (std::is_same_v<S, std::int64_t>)
        to[i] = step.is_integer() ? start.integer() + i * step.integer()
                                  : static_cast<S>(start.value() + static_cast<double>(i) * step.value());
      else
        to[i] = static_cast<S>(start.value() + static_cast<double>(i) * step.value());
    }
  });
  return finish(t, options.requires_grad);
}

Tensor eye(std::int64_t n, const TensorOptions& options) {
  Tensor t = filled(make_shape({n, n}), options.dtype, 0);
  write(t, [&]<class S>(S* to, std::int64_t) {
    for (std::int64_t i = 0; i < n; ++i) to[i * (n + 1)] = S{1};
  });
  return finish(t, options.requires_grad);
}

Tensor linspace(double start, double stop, std::int64_t count, const TensorOptions& options) {
  expect(count >= 0, "linspace: got {} values; expected 0 or more", count);
  Tensor t = make_tensor(make_shape({count}), options.dtype);
  write(t, [&]<class S>(S* to, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      const double step = n > 1 ? (stop - start) / static_cast<double>(n - 1) : 0;
      to[i] = static_cast<S>(i == n - 1 && n > 1 ? stop : start + static_cast<double>(i) * step);
    }
  });
  return finish(t, options.requires_grad);
}

Tensor from_vector(const std::vector<float>& values, const Shape& shape) { return copied(values, shape); }
Tensor from_vector(const std::vector<double>& values, const Shape& shape) { return copied(values, shape); }
Tensor from_vector(const std::vector<std::int64_t>& values, const Shape& shape) { return copied(values, shape); }
Tensor from_vector(const std::vector<bool>& values, const Shape& shape) { return copied(values, shape); }

}  // namespace frost
