#include "axes.hpp"
#include "elementwise.hpp"
#include "families.hpp"
#include "logits_note.hpp"
#include "strided.hpp"

#include <frost/autograd/grad.hpp>

#include <algorithm>
#include <cstring>

// Rearranging: views of the same buffer, and copies in another order.
namespace frost {

using namespace detail;

namespace {

void expect_present(const char* op, const Tensor& x) { expect(x.present(), "{}: the tensor is absent", op); }

int rank_of(const char* op, const Tensor& x) {
  expect_present(op, x);
  return shape_of(x).rank();
}

struct ViewAttrs {
  ShapeRef shape;
  std::int64_t offset = 0;
};

void view_shape(const Inputs& x, const Attrs& attrs, Specs& y) { y[0] = {attrs.as<ViewAttrs>().shape, x[0].dtype()}; }
Tensor view(const Inputs& x, const Attrs& attrs, const Spec& y) {
  return make_view(x[0], y.shape, attrs.as<ViewAttrs>().offset);
}
Tensor reshape_back(const Saved& s, const Tensor& g) { return reshape(g, s.input_shape(0).dims()); }

constexpr Op make_reshaping(const char* name, Samples (*samples)()) {
  return {.name = name,
          .is_part = true,
          .shape = view_shape,
          .view = view,
          .rules = {{{"x", reads_nothing, reshape_back}}},
          .samples = samples};
}

// y = x in another shape        dx = g in x's shape
constinit const Op reshape_op = make_reshaping("reshape", [] {
  return Samples{{{normal({2, 6})},
                  [](const Tensors& x) {
                    return reshape(x[0], {3, -1});
                  }},
                 {{normal({2, 3}, 2)},
                  [](const Tensors& x) {
                    return reshape(x[0], {2, 3});
                  }},
                 {{normal({1, 1}, 3)}, [](const Tensors& x) { return reshape(x[0], {}); }}};
});
constinit const Op squeeze_op = make_reshaping("squeeze", [] {
  return Samples{{{normal({2, 1, 3})}, [](const Tensors& x) { return squeeze(x[0], 1); }},
                 {{normal({2, 1}, 2)}, [](const Tensors& x) { return squeeze(x[0], -1); }}};
});
constinit const Op expand_dims_op = make_reshaping("expand_dims", [] {
  return Samples{{{normal({2, 3})}, [](const Tensors& x) { return expand_dims(x[0], 1); }},
                 {{normal({2, 3}, 2)}, [](const Tensors& x) { return expand_dims(x[0], -1); }},
                 {{normal({}, 3)}, [](const Tensors& x) { return expand_dims(x[0], 0); }}};
});

ShapeRef inferred_shape(const Tensor& x, const Shape& shape) {
  std::int64_t known = 1;
  int inferred = -1;
  bool fits = true;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == -1) {
      expect<ShapeError>(inferred < 0, "reshape: one size may be -1; got {}", text(shape));
      inferred = static_cast<int>(i);
      continue;
    }
    expect<ShapeError>(shape[i] >= 0, "reshape: got sizes {}; expected 0 or more, or one -1", text(shape));
    fits &= !__builtin_mul_overflow(known, shape[i], &known);
  }
  std::int64_t count = shape_of(x).count();
  // In an abstract pass what depends on unknown sizes may fit: then it is what the known ones make of it.
  fits = fits && (inferred < 0 ? agree(count, known) : known != 0 && agree(count, count / known * known));
  expect<ShapeError>(fits, "reshape: the elements do not fit; got shape {} with {} elements for {}", text(x), count,
                     text(shape));
  if (inferred < 0) return make_shape(shape);
  Shape whole = shape;
  whole[static_cast<std::size_t>(inferred)] = count / known;
  return make_shape(whole);
}

struct Order {
  static constexpr int max_rank = 32;
  std::uint8_t axes[max_rank];
};

// y = x with axis order[i] of x as axis i        dx = g with the axes put back
constinit const Op transpose_op{
    .name = "transpose",
    .is_part = true,
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          std::int64_t dims[Order::max_rank];
          const int rank = shape_of(x[0]).rank();
          for (int i = 0; i < rank; ++i) dims[i] = shape_of(x[0])[attrs.as<Order>().axes[i]];
          y[0] = {make_shape(dims, static_cast<std::size_t>(rank)), x[0].dtype()};
        },
    .compute = [](const Inputs& x, const Attrs& attrs,
                  const Outputs& y) { permute(x[0], attrs.as<Order>().axes, y[0]); },
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) {
                  std::vector<std::int64_t> back(static_cast<std::size_t>(s.input_shape(0).rank()));
                  for (std::size_t i = 0; i < back.size(); ++i)
                    back[s.attrs<Order>().axes[i]] = static_cast<std::int64_t>(i);
                  return transpose(g, Axes(std::move(back)));
                }}}},
    .samples =
        [] {
          return Samples{{{normal({2, 3, 4})}, [](const Tensors& x) { return transpose(x[0]); }},
                         {{normal({2, 3, 4}, 2)},
                          [](const Tensors& x) {
                            return transpose(x[0], {1, 2, 0});
                          }},
                         {{normal({2, 3, 4}, 3)}, [](const Tensors& x) {
                            return transpose(x[0], {0, -1, 1});
                          }}};
        },
};

// y = x in a buffer of its own        dx = g
constinit const Op clone_op{
    .name = "clone",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {shape_of(x[0]), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          if (const std::size_t bytes = static_cast<std::size_t>(shape_of(x[0]).count()) * size_of(x[0].dtype()))
            std::memcpy(impl(y[0])->data, impl(x[0])->data, bytes);
        },
    .rules = {{{"x", reads_nothing, [](const Saved&, const Tensor& g) { return g; }}}},
    .samples =
        [] {
          return Samples{{{normal({2, 3})}, [](const Tensors& x) { return x[0].clone(); }}};
        },
};

// y = x repeated along new axes and axes of size 1        dx = Σ g over those
constinit const Op broadcast_to_op{
    .name = "broadcast_to",
    .shape = view_shape,
    .compute = [](const Inputs& x, const Attrs&, const Outputs& y) { broadcast(x[0], y[0]); },
    .rules = {{{"x", reads_nothing, [](const Saved& s, const Tensor& g) { return sum_to(g, s.input_shape(0)); }}}},
    .samples =
        [] {
          return Samples{{{normal({3, 1})},
                          [](const Tensors& x) {
                            return broadcast_to(x[0], {2, 3, 4});
                          }},
                         {{normal({}, 2)},
                          [](const Tensors& x) {
                            return broadcast_to(x[0], {2, 2});
                          }},
                         {{normal({2, 3}, 3)}, [](const Tensors& x) {
                            return broadcast_to(x[0], {2, 3});
                          }}};
        },
};

// y = x reversed along the axes        dx = g reversed
constinit const Op flip_op{
    .name = "flip",
    .is_part = true,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {shape_of(x[0]), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          std::int64_t steps[StridedCopy::max_axes], start = 0;
          steps_of(shape_of(x[0]), steps);
          StridedCopy copy;
          for (int i = 0; i < shape_of(x[0]).rank(); ++i) {
            const std::int64_t n = shape_of(x[0])[i];
            const bool reversed = attrs.as<ReduceAttrs>().has(i) && n > 0;
            if (reversed) start += (n - 1) * steps[i];
            copy.axis(n, reversed ? -steps[i] : steps[i], steps[i]);
          }
          const std::size_t bytes = size_of(y[0].dtype());
          copy.run(static_cast<const std::byte*>(impl(x[0])->data) + start * static_cast<std::int64_t>(bytes),
                   impl(y[0])->data, bytes);
        },
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) { return flip(g, s.attrs<ReduceAttrs>().list(g.rank())); }}}},
    .samples =
        [] {
          return Samples{{{normal({2, 3, 4})}, [](const Tensors& x) { return flip(x[0]); }},
                         {{normal({2, 3, 4}, 2)},
                          [](const Tensors& x) {
                            return flip(x[0], {0, -1});
                          }},
                         {{normal({5}, 3)}, [](const Tensors& x) { return flip(x[0], {0}); }}};
        },
};

struct AxisAttrs {
  int axis;
};

void concatenate_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  const int axis = attrs.as<AxisAttrs>().axis;
  Shape shape = shape_of(x[0]).dims();
  for (int i = 1; i < x.size(); ++i) {
    expect_same_dtype("concatenate", x[0], x[i]);
    const ShapeRef& other = shape_of(x[i]);
    bool fits = other.rank() == shape_of(x[0]).rank();
    for (int a = 0; fits && a < other.rank(); ++a)
      fits = a == axis || agree(shape[static_cast<std::size_t>(a)], other[a]);
    expect<ShapeError>(fits, "concatenate: the shapes differ off axis {}; got {} and {}", axis, text(x[0]), text(x[i]));
    shape[static_cast<std::size_t>(axis)] += other[axis];
  }
  y[0] = {make_shape(shape), x[0].dtype()};
}

// Rows of the outer axes: a piece of each input in turn.
void concatenate_values(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  const int axis = attrs.as<AxisAttrs>().axis;
  const kernels::ReduceShape shape = around(shape_of(y[0]), axis);
  const std::size_t bytes = size_of(y[0].dtype());
  std::int64_t at = 0;
  for (int i = 0; i < x.size(); ++i) {
    const std::int64_t piece = shape_of(x[i])[axis] * shape.inner;
    StridedCopy copy;
    copy.axis(shape.outer, piece, shape.n * shape.inner);
    copy.axis(piece, 1, 1);
    copy.run(impl(x[i])->data, static_cast<std::byte*>(impl(y[0])->data) + at * static_cast<std::int64_t>(bytes),
             bytes);
    at += piece;
  }
}

Tensor concatenate_gradient(const Saved& s, const Tensor& g) {
  const int axis = s.attrs<AxisAttrs>().axis;
  std::int64_t start = 0;
  for (int i = 0; i < s.index(); ++i) start += s.input_shape(i)[axis];
  return g.slice(axis, start, start + s.input_shape(s.index())[axis]);
}

Samples concatenate_samples() {
  return {{{normal({2, 3}), normal({1, 3}, 2), normal({3, 3}, 3)}, [](const Tensors& x) { return concatenate(x); }},
          {{normal({2, 1, 2}), normal({2, 3, 2}, 2)}, [](const Tensors& x) { return concatenate(x, 1); }},
          {{normal({2, 3}), normal({2, 0}, 2)}, [](const Tensors& x) { return concatenate(x, -1); }}};
}

// y = the inputs one after another        dx_i = its piece of g
constinit const Op concatenate_op{
    .name = "concatenate",
    .variadic = true,
    .shape = concatenate_shape,
    .compute = concatenate_values,
    .rules = {{{"x", reads_nothing, concatenate_gradient}}},
    .samples = concatenate_samples,
};

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  expect_present("reshape", x);
  Tensor y = apply(reshape_op, ViewAttrs{inferred_shape(x, shape)}, {&x});
  if (impl(x)->logits) [[unlikely]]
    keep_logits_of(x, y);
  return y;
}

Tensor squeeze(const Tensor& x, std::int64_t axis) {
  const int at = normalize_axis("squeeze", axis, rank_of("squeeze", x));
  expect<ShapeError>(shape_of(x)[at] == 1, "squeeze: axis {} of shape {} has size {}; expected 1", axis, text(x),
                     shape_of(x)[at]);
  Shape shape = shape_of(x).dims();
  shape.erase(shape.begin() + at);
  return apply(squeeze_op, ViewAttrs{make_shape(shape)}, {&x});
}

Tensor expand_dims(const Tensor& x, std::int64_t axis) {
  const int at = normalize_axis("expand_dims", axis, rank_of("expand_dims", x) + 1);
  Shape shape = shape_of(x).dims();
  shape.insert(shape.begin() + at, 1);
  return apply(expand_dims_op, ViewAttrs{make_shape(shape)}, {&x});
}

Tensor transpose(const Tensor& x, const Axes& axes) {
  const int rank = rank_of("transpose", x);
  expect<ShapeError>(rank <= Order::max_rank, "transpose: too many axes; got {}; expected {} or fewer", rank,
                     Order::max_rank);
  Order order{};
  if (axes.empty()) {
    for (int i = 0; i < rank; ++i) order.axes[i] = static_cast<std::uint8_t>(rank - 1 - i);
    return apply(transpose_op, order, {&x});
  }
  const auto given = [&] { return Shape(std::vector<std::int64_t>(axes.begin(), axes.end())); };
  bool fits = static_cast<int>(axes.size()) == rank;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; fits && i < axes.size(); ++i) {
    order.axes[i] = static_cast<std::uint8_t>(normalize_axis("transpose", axes[i], rank));
    fits = !(seen >> order.axes[i] & 1);
    seen |= std::uint64_t{1} << order.axes[i];
  }
  if (!fits)
    fail<ShapeError>("transpose: got axes {} for shape {}; expected each axis once", to_string(given()), text(x));
  return apply(transpose_op, order, {&x});
}

Tensor Tensor::clone() const {
  expect_present("clone", *this);
  const ThreadState& state = thread_state();
  if (state.journal || (state.grad_enabled && records(*this))) return apply(clone_op, {this});
  const ShapeRef& shape = shape_of(*this);
  if (is_abstract(*this)) return make_abstract(shape, dtype());
  Tensor copy = borrowed(make_tensor(shape, dtype()));
  if (const std::size_t bytes = static_cast<std::size_t>(shape.count()) * size_of(dtype()))
    std::memcpy(impl(copy)->data, impl(*this)->data, bytes);
  return copy;
}

Tensor swapaxes(const Tensor& x, std::int64_t axis1, std::int64_t axis2) {
  const int rank = rank_of("swapaxes", x);
  std::vector<std::int64_t> order(static_cast<std::size_t>(rank));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::swap(order[static_cast<std::size_t>(normalize_axis("swapaxes", axis1, rank))],
            order[static_cast<std::size_t>(normalize_axis("swapaxes", axis2, rank))]);
  return transpose(x, Axes(std::move(order)));
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  const int rank = rank_of("broadcast_to", x);
  const int extra = static_cast<int>(shape.size()) - rank;
  bool fits = extra >= 0;
  for (int i = 0; fits && i < rank; ++i)
    fits = shape_of(x)[i] == 1 || shape_of(x)[i] == shape[static_cast<std::size_t>(i + extra)];
  expect<ShapeError>(fits,
                     "broadcast_to: got shape {} for {}; expected sizes that are equal or 1 from the last axis on",
                     text(x), text(shape));
  return apply(broadcast_to_op, ViewAttrs{make_shape(shape)}, {&x});
}

Tensor flip(const Tensor& x, const Axes& axis) { return apply(flip_op, reduce_attrs("flip", x, axis, false), {&x}); }

Tensor concatenate(const Tensors& xs, std::int64_t axis) {
  expect(!xs.empty(), "concatenate: no tensors were given; expected one or more");
  for (const Tensor& x : xs) expect_present("concatenate", x);
  const AxisAttrs attrs{normalize_axis("concatenate", axis, shape_of(xs[0]).rank())};
  return apply_all(concatenate_op, Attrs(attrs), xs);
}

Tensor stack(const Tensors& xs, std::int64_t axis) {
  expect(!xs.empty(), "stack: no tensors were given; expected one or more");
  const int at = normalize_axis("stack", axis, rank_of("stack", xs[0]) + 1);
  Tensors expanded;
  for (const Tensor& x : xs) {
    expect_present("stack", x);
    bool fits = shape_of(x).rank() == shape_of(xs[0]).rank();
    for (int i = 0; fits && i < shape_of(x).rank(); ++i) {
      std::int64_t size = shape_of(xs[0])[i];
      fits = agree(size, shape_of(x)[i]);
    }
    expect<ShapeError>(fits, "stack: the shapes differ; got {} and {}", text(xs[0]), text(x));
    expanded.push_back(expand_dims(x, at));
  }
  return concatenate(expanded, at);
}

// Operations made of the ones above.
Tensor roll(const Tensor& x, std::int64_t shift, std::int64_t axis) {
  const int at = normalize_axis("roll", axis, rank_of("roll", x));
  const std::int64_t n = shape_of(x)[at];
  const std::int64_t by = n == 0 ? 0 : (shift % n + n) % n;
  return concatenate({x.slice(at, n - by, n), x.slice(at, 0, n - by)}, at);
}

Tensor repeat(const Tensor& x, std::int64_t repeats, std::int64_t axis) {
  const int at = normalize_axis("repeat", axis, rank_of("repeat", x));
  expect(repeats >= 0, "repeat: got {} repeats; expected 0 or more", repeats);
  Shape wide = shape_of(x).dims(), shape = wide;
  wide.insert(wide.begin() + at + 1, repeats);
  std::int64_t& size = shape[static_cast<std::size_t>(at)];
  expect<ShapeError>(!__builtin_mul_overflow(size, repeats, &size),
                     "repeat: got {} repeats along axis {} of shape {}; expected what fits in memory", repeats, at,
                     text(shape_of(x)));
  return reshape(broadcast_to(expand_dims(x, at + 1), wide), shape);
}

Tensor tile(const Tensor& x, const Axes& reps) {
  const int rank = rank_of("tile", x);
  const std::size_t total = std::max(static_cast<std::size_t>(rank), reps.size());
  Shape split, wide, shape;  // (1, n, …), (r, n, …), (r·n, …)
  for (std::size_t i = 0; i < total; ++i) {
    const std::size_t from_end = total - i;
    const std::int64_t r = from_end <= reps.size() ? reps[reps.size() - from_end] : 1;
    const std::int64_t n =
        from_end <= static_cast<std::size_t>(rank) ? shape_of(x)[rank - static_cast<int>(from_end)] : 1;
    expect(r >= 0, "tile: got {} repetitions; expected 0 or more", r);
    split.insert(split.end(), {1, n});
    wide.insert(wide.end(), {r, n});
    shape.push_back(0);
    expect<ShapeError>(!__builtin_mul_overflow(r, n, &shape.back()),
                       "tile: got {} repetitions of an axis of {}; expected what fits in memory", r, n);
  }
  return reshape(broadcast_to(reshape(x, split), wide), shape);
}

namespace detail {

Family shape_rows() {
  static constexpr const Op* rows[] = {&reshape_op,      &squeeze_op, &expand_dims_op, &transpose_op,
                                       &broadcast_to_op, &flip_op,    &concatenate_op, &clone_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
