#include <frost/autograd/make.hpp>

#include "check.hpp"
#include "convert.hpp"

#include <frost/autograd/foreign.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <tuple>

namespace frost {

using namespace detail;

namespace {

Tensor finish(Tensor t, bool requires_grad) {
  if (!is_abstract(t)) borrowed(t);
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

template <class Make>
Tensor made(const ShapeRef& shape, DType dtype, const Make& make) {
  return is_put_off(shape) ? make_abstract(shape, dtype, make) : make();
}

Tensor filled(const char* op, const ShapeRef& shape, DType dtype, Scalar value) {
  return made(shape, dtype, [=] {
    Tensor t = make_tensor(shape, dtype);
    write(t, [&]<class S>(S* to, std::int64_t n) { std::fill_n(to, n, converted<S>(op, value)); });
    return t;
  });
}

// A maker of other tensors' shapes must work while a model is built, when tensors have shapes alone.
Tensor filled_like(const char* op, const Tensor& like, Scalar value) {
  expect(like.present(), "{}: the tensor is absent", op);
  const auto make = [op, shape = shape_of(like), dtype = like.dtype(), value] {
    return filled(op, shape, dtype, value);
  };
  return is_abstract(like) ? make_abstract(shape_of(like), like.dtype(), make) : make();
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
    *to = converted<S>("tensor", l.scalar());
    return to + 1;
  }
  for (const Literal& entry : l.entries()) to = copy(entry, to);
  return to;
}

// The dtype of nested braces: of integers int64, of booleans bool, with a fraction the default one.
void note_kinds(const Literal& l, bool& any_number, bool& any_integer, bool& any_fraction) {
  if (!l.is_list()) {
    any_number = true;
    any_integer |= l.scalar().is_integer() && !l.is_boolean();
    any_fraction |= !l.scalar().is_integer();
  }
  for (const Literal& entry : l.entries()) note_kinds(entry, any_number, any_integer, any_fraction);
}
DType dtype_of_literal(const Literal& l) {
  bool any_number = false, any_integer = false, any_fraction = false;
  note_kinds(l, any_number, any_integer, any_fraction);
  if (any_fraction || !any_number) return default_dtype();
  return any_integer ? DType::int64 : DType::boolean;
}

// The shape with its −1, if it has one, as the number of values makes it.
ShapeRef inferred(const Shape& shape, std::size_t count) {
  Shape dims = shape;
  const auto unknown = std::find(dims.begin(), dims.end(), -1);
  if (unknown != dims.end()) {
    std::int64_t known = 1;
    for (auto n = dims.begin(); n != dims.end(); ++n)
      if (n != unknown) known *= *n;
    const auto values = static_cast<std::int64_t>(count);
    expect<ShapeError>(known > 0 && values % known == 0,
                       "from_vector: the sizes differ; got {} values for shape {}; expected a multiple of {}", count,
                       text(shape), known);
    *unknown = values / known;
  }
  ShapeRef made = make_shape(dims);
  expect<ShapeError>(made.count() == static_cast<std::int64_t>(count),
                     "from_vector: the sizes differ; got {} values for shape {}; expected {}", count, text(shape),
                     made.count());
  return made;
}

}  // namespace

Tensor tensor(Literal values) { return tensor(values, TensorOptions{}); }
Tensor tensor(Literal values, DType dtype) { return tensor(values, TensorOptions{.dtype = dtype}); }

Tensor tensor(Literal values, const TensorOptions& options) {
  std::vector<std::int64_t> dims;
  measure(values, 0, dims);
  check(values, 0, dims);
  const DType dtype = options.dtype.is_given() ? DType(options.dtype) : dtype_of_literal(values);
  expect(!options.requires_grad || is_floating(dtype),
         "tensor: {} values cannot require a gradient; write 1. for 1, or ask for .dtype = DType::float32",
         name_of(dtype));
  Tensor t = make_tensor(make_shape(dims), dtype);
  write(t, [&](auto* to, std::int64_t) { copy(values, to); });
  return finish(t, options.requires_grad);
}

Tensor zeros(const Shape& shape, const TensorOptions& options) { return full(shape, 0, options); }
Tensor ones(const Shape& shape, const TensorOptions& options) { return full(shape, 1, options); }
Tensor full(const Shape& shape, Scalar value, const TensorOptions& options) {
  return finish(filled("full", make_shape(shape), options.dtype, value), options.requires_grad);
}
Tensor zeros_like(const Tensor& like) { return filled_like("zeros_like", like, 0); }
Tensor ones_like(const Tensor& like) { return filled_like("ones_like", like, 1); }
Tensor full_like(const Tensor& like, Scalar value) { return filled_like("full_like", like, value); }

Tensor arange(Scalar start, Scalar stop, Scalar step) {
  const bool integers = start.is_integer() && stop.is_integer() && step.is_integer();
  return arange(start, stop, step, {.dtype = integers ? DType::int64 : default_dtype()});
}
Tensor arange(Scalar stop) { return arange(0, stop, 1); }
Tensor arange(Scalar start, Scalar stop, Scalar step, const TensorOptions& options) {
  const auto fail_count = [&] {
    fail<ValueError>("arange: too many elements; got start {}, stop {}, step {}", start.value(), stop.value(),
                     step.value());
  };
  expect(step.value() != 0, "arange: the step is 0; got start {} and stop {}", start.value(), stop.value());
  const bool integers = start.is_integer() && stop.is_integer() && step.is_integer();
  std::int64_t count = 0;
  if (integers) {
    const auto [from, to, by] = std::tuple(start.integer(), stop.integer(), step.integer());
    const auto distance = [](std::int64_t low, std::int64_t high) {
      return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    };
    const std::uint64_t way = by > 0 ? (from < to ? distance(from, to) : 0) : (to < from ? distance(to, from) : 0);
    const std::uint64_t stride = by > 0 ? distance(0, by) : distance(by, 0);
    const std::uint64_t wanted = way / stride + (way % stride != 0);
    if (wanted > std::uint64_t{1} << 50) fail_count();
    count = static_cast<std::int64_t>(wanted);
  } else {
    const double wanted = std::ceil((stop.value() - start.value()) / step.value());
    if (!(std::isfinite(wanted) && wanted < 0x1p50)) fail_count();
    count = static_cast<std::int64_t>(std::max(wanted, 0.));
  }
  const auto at = [=](std::int64_t i) {
    if (!integers) return Scalar(start.value() + static_cast<double>(i) * step.value());
    const auto bits = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };  // whose arithmetic wraps around
    return Scalar(static_cast<std::int64_t>(bits(start.integer()) + bits(i) * bits(step.integer())));
  };
  const ShapeRef shape = make_shape({count});
  const Tensor t = made(shape, options.dtype, [=] {
    Tensor values = make_tensor(shape, options.dtype);
    write(values, [&]<class S>(S* to, std::int64_t n) {
      for (std::int64_t i = 0; i < n; ++i) to[i] = converted<S>("arange", at(i));
    });
    return values;
  });
  return finish(t, options.requires_grad);
}

Tensor eye(std::int64_t n, const TensorOptions& options) {
  const ShapeRef shape = make_shape({n, n});
  const Tensor t = made(shape, options.dtype, [=] {
    Tensor values = filled("eye", shape, options.dtype, 0);
    write(values, [&]<class S>(S* to, std::int64_t) {
      for (std::int64_t i = 0; i < n; ++i) to[i * (n + 1)] = S{1};
    });
    return values;
  });
  return finish(t, options.requires_grad);
}

Tensor linspace(double start, double stop, std::int64_t count, const TensorOptions& options) {
  expect(count >= 0, "linspace: got {} values; expected 0 or more", count);
  const ShapeRef shape = make_shape({count});
  const Tensor t = made(shape, options.dtype, [=] {
    Tensor values = make_tensor(shape, options.dtype);
    write(values, [&]<class S>(S* to, std::int64_t n) {
      const double step = n > 1 ? (stop - start) / static_cast<double>(n - 1) : 0;
      for (std::int64_t i = 0; i < n; ++i)
        to[i] = converted<S>("linspace", i == n - 1 && n > 1 ? stop : start + static_cast<double>(i) * step);
    });
    return values;
  });
  return finish(t, options.requires_grad);
}

Tensor from_vector(const std::vector<bool>& values, const Shape& shape) {
  Tensor t = make_tensor(inferred(shape, values.size()), DType::boolean);
  std::copy(values.begin(), values.end(), raw_out<bool>(t));
  return borrowed(t);
}

namespace detail {

Tensor copied_from(const void* values, std::size_t count, DType dtype, const Shape& shape) {
  Tensor t = make_tensor(inferred(shape, count), dtype);
  if (count) std::memcpy(impl(t)->data, values, count * size_of(dtype));
  return borrowed(t);
}

Tensor copied_from(std::span<const std::uint64_t> values, const Shape& shape) {
  Tensor t = make_tensor(inferred(shape, values.size()), DType::int64);
  auto* to = raw_out<std::int64_t>(t);
  for (const std::uint64_t v : values) {
    expect(v <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()),
           "from_vector: got {}; int64 has no place for it", v);
    *to++ = static_cast<std::int64_t>(v);
  }
  return borrowed(t);
}

Tensor borrowed_from(const void* values, const Shape& shape, DType dtype, std::function<void()> release) {
  const ShapeRef dims = make_shape(shape);
  expect(values || dims.count() == 0, "from_blob: the pointer is null; expected {} values", dims.count());
  auto context = std::make_unique<std::function<void()>>(std::move(release));
  Tensor t = make_foreign(
      values, shape, dtype,
      [](void* kept) {
        const std::unique_ptr<std::function<void()>> at_end(static_cast<std::function<void()>*>(kept));
        if (*at_end) (*at_end)();
      },
      context.get());
  context.release();
  return t;
}

}  // namespace detail

}  // namespace frost
