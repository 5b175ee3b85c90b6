#include "axes.hpp"
#include "elementwise.hpp"
#include "families.hpp"
#include "strided.hpp"

#include <algorithm>
#include <cstring>

// Operations with tensors of indices. What stands at an index that is used twice gets both gradients.
namespace frost {

using namespace detail;

namespace {

using kernels::ReduceShape;

void expect_indices(const char* op, const Tensor& indices) {
  expect(indices.present(), "{}: the indices are absent", op);
  expect(indices.dtype() == DType::int64, "{}: indices must be int64; got {}; convert with to(DType::int64)", op,
         name_of(indices.dtype()));
}

struct TakeAttrs {
  int axis;
  bool from_end;             // negative indices count from the end
  std::int64_t size = 0;     // of the axis, where no input has it
  const char* op = nullptr;  // for messages
};

std::int64_t checked(const TakeAttrs& attrs, std::int64_t index, std::int64_t size) {
  const std::int64_t at = attrs.from_end && index < 0 ? index + size : index;
  expect(at >= 0 && at < size, "{}: index out of range; got {} for an axis of size {}; expected {} to {}", attrs.op,
         index, size, attrs.from_end ? -size : 0, size - 1);
  return at;
}

// x's shape with the shape of the indices in place of the axis.
ShapeRef taken_shape(const ShapeRef& x, const ShapeRef& indices, int axis) {
  Shape shape = x.dims();
  shape.erase(shape.begin() + axis);
  shape.insert(shape.begin() + axis, indices.dims().begin(), indices.dims().end());
  return make_shape(shape);
}

void take_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  y[0] = {taken_shape(shape_of(x[0]), shape_of(x[1]), attrs.as<TakeAttrs>().axis), x[0].dtype()};
}

void compute_take(const Inputs& x, const Attrs& a, const Outputs& y) {
  const auto& attrs = a.as<TakeAttrs>();
  const ReduceShape shape = around(shape_of(x[0]), attrs.axis);
  const auto* indices = raw<std::int64_t>(x[1]);
  const std::int64_t count = shape_of(x[1]).count();
  for (std::int64_t i = 0; i < count; ++i) checked(attrs, indices[i], shape.n);
  const auto bytes = static_cast<std::int64_t>(size_of(x[0].dtype())) * shape.inner;
  const auto* from = static_cast<const std::byte*>(impl(x[0])->data);
  auto* to = static_cast<std::byte*>(impl(y[0])->data);
  if (bytes == 0) return;
  parallel_for(
      shape.outer * count,
      [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
          const std::int64_t o = r / count, at = checked(attrs, indices[r - o * count], shape.n);
          std::memcpy(to + r * bytes, from + (o * shape.n + at) * bytes, static_cast<std::size_t>(bytes));
        }
      },
      parallel_grain / std::min(parallel_grain, bytes) + 1);
}

// Adds the updates' entries to y along the axis.
void add_at(const Tensor& indices, const Tensor& updates, const TakeAttrs& attrs, Tensor& y) {
  const ReduceShape shape = around(shape_of(y), attrs.axis);
  const auto* at = raw<std::int64_t>(indices);
  const std::int64_t count = shape_of(indices).count();
  const auto add = [&]<class S>(S) {
    const S* from = raw<S>(updates);
    S* to = raw_out<S>(y);
    for (std::int64_t o = 0; o < shape.outer; ++o, to += shape.n * shape.inner)
      for (std::int64_t i = 0; i < count; ++i, from += shape.inner) {
        S* entry = to + checked(attrs, at[i], shape.n) * shape.inner;
        for (std::int64_t j = 0; j < shape.inner; ++j) entry[j] += from[j];
      }
  };
  if (y.dtype() == DType::int64) return add(std::uint64_t{});
  dispatch_floating(y.dtype(), add);
}

Tensor take_with(const Op& op, const Tensor& x, const Tensor& indices, TakeAttrs attrs) {
  return apply(op, attrs, {&x, &indices});
}

extern const Op untake_op;

Tensor take_gradient(const Saved& s, const Tensor& g) {
  TakeAttrs attrs = s.attrs<TakeAttrs>();
  attrs.size = s.input_shape(0)[attrs.axis];
  const Tensor indices = s.input(1);
  return apply(untake_op, attrs, {&g, &indices});
}

Tensor some_indices(const Shape& shape, std::int64_t low, std::int64_t high, std::uint64_t seed = 1) {
  return integers(low, high, shape, seed);
}

// y = entries of x along an axis        dx = g added at the indices
constinit const Op take_op{
    .name = "take",
    .shape = take_shape,
    .compute = compute_take,
    .rules = {{{"x", reads_input(1), take_gradient}}},
    .samples =
        [] {
          return Samples{
              {{normal({4, 3}), some_indices({5}, -4, 4)}, [](const Tensors& x) { return take(x[0], x[1]); }},
              {{normal({2, 3, 2}, 2), some_indices({2, 2}, 0, 3)},
               [](const Tensors& x) { return take(x[0], x[1], 1); }},
              {{normal({2, 3}, 3), some_indices({}, 0, 3)}, [](const Tensors& x) { return take(x[0], x[1], -1); }}};
        },
};

// y = rows of a matrix        dweights = g added at the indices
constinit const Op embedding_op{
    .name = "embedding",
    .shape = take_shape,
    .compute = compute_take,
    .rules = {{{"weights", reads_input(1), take_gradient}}},
    .samples =
        [] {
          return Samples{
              {{normal({5, 3}), some_indices({2, 4}, 0, 5)}, [](const Tensors& x) { return embedding(x[0], x[1]); }},
              {{normal({2, 3}, 2), some_indices({}, 0, 2)}, [](const Tensors& x) { return embedding(x[0], x[1]); }}};
        },
};

// y = zeros with x's entries added at the indices: the gradient of take        dx = g taken at the indices
constinit const Op untake_op{
    .name = "untake",
    .shape =
        [](const Inputs& x, const Attrs& a, Specs& y) {
          const auto& attrs = a.as<TakeAttrs>();
          Shape shape = shape_of(x[0]).dims();
          const auto at = shape.begin() + attrs.axis;
          shape.insert(shape.erase(at, at + shape_of(x[1]).rank()), attrs.size);
          y[0] = {make_shape(shape), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          std::memset(impl(y[0])->data, 0, static_cast<std::size_t>(shape_of(y[0]).count()) * size_of(y[0].dtype()));
          add_at(x[1], x[0], attrs.as<TakeAttrs>(), y[0]);
        },
    .rules = {{{"x", reads_input(1),
                [](const Saved& s, const Tensor& g) {
                  return take_with(take_op, g, s.input(1), s.attrs<TakeAttrs>());
                }}}},
    .samples =
        [] {
          return Samples{{{normal({2, 4, 2}), some_indices({4}, -3, 3)}, [](const Tensors& x) {
                            return apply(untake_op, TakeAttrs{1, true, 3, "untake"}, {&x[0], &x[1]});
                          }}};
        },
};

void scatter_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  expect_same_dtype("scatter_add", x[0], x[2]);
  expect(x[0].dtype() != DType::boolean, "scatter_add: booleans have no sum; convert with to(DType::int64)");
  const ShapeRef expected = taken_shape(shape_of(x[0]), shape_of(x[1]), attrs.as<TakeAttrs>().axis);
  expect<ShapeError>(shape_of(x[2]) == expected,
                     "scatter_add: the updates have the wrong shape; got {} for x {} and indices {}; expected {}",
                     text(x[2]), text(x[0]), text(x[1]), text(expected));
  y[0] = {shape_of(x[0]), x[0].dtype()};
}

// y = x with updates added at the indices        dx = g        dupdates = g taken at the indices
constinit const Op scatter_add_op{
    .name = "scatter_add",
    .shape = scatter_shape,
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          const std::size_t bytes = static_cast<std::size_t>(shape_of(y[0]).count()) * size_of(y[0].dtype());
          if (bytes) std::memcpy(impl(y[0])->data, impl(x[0])->data, bytes);
          add_at(x[1], x[2], attrs.as<TakeAttrs>(), y[0]);
        },
    .rules = {{{"x", reads_nothing, [](const Saved&, const Tensor& g) { return g; }},
               {},
               {"updates", reads_input(1),
                [](const Saved& s, const Tensor& g) {
                  return take_with(take_op, g, s.input(1), s.attrs<TakeAttrs>());
                }}}},
    .samples =
        [] {
          return Samples{{{normal({4, 2}), some_indices({3}, 0, 4), normal({3, 2}, 2)},
                          [](const Tensors& x) { return scatter_add(x[0], x[1], x[2]); }},
                         {{normal({2, 3}, 3), some_indices({2, 2}, 0, 3), normal({2, 2, 2}, 4)},
                          [](const Tensors& x) { return scatter_add(x[0], x[1], x[2], -1); }},
                         {{normal({3}, 5), some_indices({}, 0, 3), normal({}, 6)},
                          [](const Tensors& x) { return scatter_add(x[0], x[1], x[2]); }}};
        },
};

struct AlongAttrs {
  int axis;
  ShapeRef x;  // where the elements come from
};

// Calls body(place in x, place in y) for each element of y, whose entry along the axis the indices name.
template <class Body>
void each_along(const ShapeRef& x, const Tensor& indices, const ShapeRef& y, int axis, const Body& body) {
  std::int64_t step_x[64], step_i[64], index[64] = {};
  steps_of(x, step_x);
  steps_of(shape_of(indices), step_i);
  const std::int64_t step = step_x[axis], size = x[axis];
  step_x[axis] = 0;
  for (int i = 0; i < y.rank(); ++i) {
    if (x[i] == 1) step_x[i] = 0;
    if (shape_of(indices)[i] == 1) step_i[i] = 0;
  }
  const TakeAttrs attrs{axis, true, 0, "take_along_axis"};
  const auto* named = raw<std::int64_t>(indices);
  std::int64_t at_x = 0, at_i = 0;
  for (std::int64_t r = 0, count = y.count(); r < count; ++r) {
    body(at_x + checked(attrs, named[at_i], size) * step, r);
    for (int i = y.rank(); i-- > 0;) {
      at_x += step_x[i];
      at_i += step_i[i];
      if (++index[i] < y[i]) break;
      at_x -= index[i] * step_x[i];
      at_i -= index[i] * step_i[i];
      index[i] = 0;
    }
  }
}

ShapeRef along_shape(const ShapeRef& x, const ShapeRef& indices, int axis) {
  expect<ShapeError>(x.rank() == indices.rank(),
                     "take_along_axis: the indices need x's number of axes; got {} for shape {}", text(indices),
                     text(x));
  Shape shape = x.dims();
  for (int i = 0; i < x.rank(); ++i) {
    expect<ShapeError>(i == axis || x[i] == indices[i] || x[i] == 1 || indices[i] == 1,
                       "take_along_axis: the indices do not fit off axis {}; got {} for shape {}", axis, text(indices),
                       text(x));
    if (i == axis || x[i] == 1) shape[static_cast<std::size_t>(i)] = indices[i];
  }
  return make_shape(shape);
}

extern const Op put_along_op;

// y[…, i, …] = x[…, indices[…, i, …], …]        dx = g added at the indices
constinit const Op take_along_op{
    .name = "take_along_axis",
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          y[0] = {along_shape(shape_of(x[0]), shape_of(x[1]), attrs.as<AlongAttrs>().axis), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          const auto copy = [&]<class S>(S) {
            const S* from = raw<S>(x[0]);
            S* to = raw_out<S>(y[0]);
            each_along(shape_of(x[0]), x[1], shape_of(y[0]), attrs.as<AlongAttrs>().axis,
                       [&](std::int64_t at_x, std::int64_t at_y) { to[at_y] = from[at_x]; });
          };
          switch (size_of(y[0].dtype())) {
            case 1:
              return copy(std::uint8_t{});
            case 4:
              return copy(std::uint32_t{});
            default:
              return copy(std::uint64_t{});
          }
        },
    .rules = {{{"x", reads_input(1),
                [](const Saved& s, const Tensor& g) {
                  const Tensor indices = s.input(1);
                  return apply(put_along_op, AlongAttrs{s.attrs<AlongAttrs>().axis, s.input_shape(0)}, {&g, &indices});
                }}}},
    .samples =
        [] {
          return Samples{{{normal({3, 4}), some_indices({3, 2}, -4, 4)},
                          [](const Tensors& x) { return take_along_axis(x[0], x[1], 1); }},
                         {{normal({3, 2, 2}, 2), some_indices({4, 1, 2}, 0, 3)},
                          [](const Tensors& x) { return take_along_axis(x[0], x[1], 0); }},
                         {{normal({1, 4}, 3), some_indices({2, 3}, 0, 4)},
                          [](const Tensors& x) { return take_along_axis(x[0], x[1], -1); }}};
        },
};

// y = zeros with x's elements added where take_along_axis would read        dx = g read there
constinit const Op put_along_op{
    .name = "put_along_axis",
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          y[0] = {attrs.as<AlongAttrs>().x, x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch_floating(y[0].dtype(), [&]<class S>(S) {
            const S* from = raw<S>(x[0]);
            S* to = raw_out<S>(y[0]);
            std::fill_n(to, shape_of(y[0]).count(), S{0});
            each_along(shape_of(y[0]), x[1], shape_of(x[0]), attrs.as<AlongAttrs>().axis,
                       [&](std::int64_t at_y, std::int64_t at_x) { to[at_y] += from[at_x]; });
          });
        },
    .rules = {{{"x", reads_input(1),
                [](const Saved& s, const Tensor& g) {
                  return take_along_axis(g, s.input(1), s.attrs<AlongAttrs>().axis);
                }}}},
    .samples =
        [] {
          return Samples{{{normal({3, 2}), some_indices({3, 2}, -4, 4)}, [](const Tensors& x) {
                            return apply(put_along_op, AlongAttrs{1, make_shape({3, 4})}, {&x[0], &x[1]});
                          }}};
        },
};

constinit const Op one_hot_op{
    .name = "one_hot",
    .differentiable = false,
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          Shape shape = shape_of(x[0]).dims();
          shape.push_back(attrs.as<TakeAttrs>().size);
          y[0] = {make_shape(shape), default_dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          const std::int64_t depth = attrs.as<TakeAttrs>().size;
          const auto* indices = raw<std::int64_t>(x[0]);
          dispatch_floating(y[0].dtype(), [&]<class S>(S) {
            S* to = raw_out<S>(y[0]);
            std::fill_n(to, shape_of(y[0]).count(), S{0});
            for (std::int64_t i = 0, n = shape_of(x[0]).count(); i < n; ++i)
              to[i * depth + checked(attrs.as<TakeAttrs>(), indices[i], depth)] = 1;
          });
        },
};

}  // namespace

Tensor take(const Tensor& x, const Tensor& indices, std::int64_t axis) {
  expect(x.present(), "take: the tensor is absent");
  expect_indices("take", indices);
  return take_with(take_op, x, indices, {normalize_axis("take", axis, shape_of(x).rank()), true, 0, "take"});
}

Tensor embedding(const Tensor& weights, const Tensor& indices) {
  expect(weights.present(), "embedding: the weights are absent");
  expect_indices("embedding", indices);
  expect<ShapeError>(shape_of(weights).rank() == 2, "embedding: the weights must be a matrix; got shape {}",
                     text(weights));
  return take_with(embedding_op, weights, indices, {0, false, 0, "embedding"});
}

Tensor scatter_add(const Tensor& x, const Tensor& indices, const Tensor& updates, std::int64_t axis) {
  expect(x.present() && updates.present(), "scatter_add: a tensor is absent");
  expect_indices("scatter_add", indices);
  const TakeAttrs attrs{normalize_axis("scatter_add", axis, shape_of(x).rank()), false, 0, "scatter_add"};
  return apply(scatter_add_op, attrs, {&x, &indices, &updates});
}

Tensor take_along_axis(const Tensor& x, const Tensor& indices, std::int64_t axis) {
  expect(x.present(), "take_along_axis: the tensor is absent");
  expect_indices("take_along_axis", indices);
  const AlongAttrs attrs{normalize_axis("take_along_axis", axis, shape_of(x).rank()), {}};
  return apply(take_along_op, attrs, {&x, &indices});
}

Tensor one_hot(const Tensor& indices, std::int64_t depth) {
  expect_indices("one_hot", indices);
  expect(depth >= 0, "one_hot: got depth {}; expected 0 or more", depth);
  return apply(one_hot_op, TakeAttrs{0, false, depth, "one_hot"}, {&indices});
}

namespace detail {

Family index_rows() {
  static constexpr const Op* rows[] = {&take_op,       &embedding_op, &untake_op, &scatter_add_op,
                                       &take_along_op, &put_along_op, &one_hot_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
