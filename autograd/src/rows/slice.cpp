#include "axes.hpp"
#include "convert.hpp"
#include "elementwise.hpp"
#include "families.hpp"
#include "parts.hpp"
#include "strided.hpp"

#include <algorithm>

// Cutting out and padding along one axis; calls for several axes go along one after another.
namespace frost {

using namespace detail;

namespace {

struct SliceAttrs {
  int axis;
  std::int64_t start, step, count;
};

void slice_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  const auto& slice = attrs.as<SliceAttrs>();
  std::int64_t dims[StridedCopy::max_axes];
  const ShapeRef& shape = shape_of(x[0]);
  std::copy(shape.dims().begin(), shape.dims().end(), dims);
  dims[slice.axis] = slice.count;
  y[0] = {make_shape(dims, shape.dims().size()), x[0].dtype()};
}

void* element(const Tensor& t, std::int64_t i) {
  return static_cast<std::byte*>(impl(t)->data) + i * static_cast<std::int64_t>(size_of(t.dtype()));
}

void compute_slice(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  const auto& slice = attrs.as<SliceAttrs>();
  const kernels::ReduceShape shape = around(shape_of(x[0]), slice.axis);
  StridedCopy copy;
  copy.axis(shape.outer, shape.n * shape.inner, slice.count * shape.inner);
  copy.axis(slice.count, slice.step * shape.inner, shape.inner);
  copy.axis(shape.inner, 1, 1);
  copy.run(element(x[0], slice.start * shape.inner), impl(y[0])->data, size_of(y[0].dtype()));
}

Tensor view_slice(const Inputs& x, const Attrs& attrs, const Spec& y) {
  const std::int64_t n = shape_of(x[0])[0];
  return make_view(x[0], y.shape, n == 0 ? 0 : attrs.as<SliceAttrs>().start * (shape_of(x[0]).count() / n));
}

// Writes x at start, start + step, … of an axis of size `size`, and `value` elsewhere.
struct PlaceAttrs {
  int axis;
  std::int64_t start, step, size;
  Scalar value;
};

Tensor place(const Op& op, const Tensor& x, const PlaceAttrs& attrs);
extern const Op unslice_op;

Tensor slice_gradient(const Saved& s, const Tensor& g) {
  const auto& slice = s.attrs<SliceAttrs>();
  return place(unslice_op, g, {slice.axis, slice.start, slice.step, s.input_shape(0)[slice.axis], 0});
}

// The same, added in place.
void add_slice_gradient(const Saved& s, const Tensor& g, Tensor& sum) {
  const auto& slice = s.attrs<SliceAttrs>();
  const kernels::ReduceShape shape = around(s.input_shape(0), slice.axis);
  // With step 1 the entries of the axis follow one another.
  const std::int64_t run = slice.step == 1 ? slice.count * shape.inner : shape.inner;
  const std::int64_t runs = slice.step == 1 ? 1 : slice.count;
  dispatch_floating(g.dtype(), [&]<class S>(S) {
    const auto add = kernels::binary_kernels<kernels::Add>().of<S>().forward[0];
    const S* from = raw<S>(g);
    S* to = raw_out<S>(sum) + slice.start * shape.inner;
    for (std::int64_t o = 0; o < shape.outer; ++o, to += shape.n * shape.inner)
      for (std::int64_t i = 0; i < runs; ++i, from += run) {
        S* entry = to + i * slice.step * shape.inner;
        parallel_for(run, [&](std::int64_t begin, std::int64_t end) {
          add(nullptr, entry + begin, from + begin, entry + begin, end - begin);
        });
      }
  });
}

// y = entries of an axis        dx = g there, 0 elsewhere
constinit const Op slice_op{
    .name = "slice",
    .is_part = true,
    .shape = slice_shape,
    .compute = compute_slice,
    .rules = {{{"x", reads_nothing, slice_gradient, add_slice_gradient}}},
    .samples =
        [] {
          return Samples{{{normal({3, 5})}, [](const Tensors& x) { return x[0].slice(1, 1, 4); }},
                         {{normal({5, 2}, 2)}, [](const Tensors& x) { return x[0].slice(0, 0, 5, 2); }},
                         {{normal({2, 7, 2}, 3)}, [](const Tensors& x) { return x[0].slice(-2, -6, 100, 3); }}};
        },
};

// The same along the first axis, sharing the buffer.
constinit const Op leading_slice_op{
    .name = "leading_slice",
    .is_part = true,
    .shape = slice_shape,
    .view = view_slice,
    .rules = {{{"x", reads_nothing, slice_gradient, add_slice_gradient}}},
    .samples =
        [] {
          return Samples{{{normal({4, 3})}, [](const Tensors& x) { return x[0].slice(0, 1, 3); }},
                         {{normal({5}, 2)}, [](const Tensors& x) { return x[0].slice(0, -2, 9); }}};
        },
};

// y = x[i]        dx = g at i, 0 elsewhere
constinit const Op index_op{
    .name = "index",
    .is_part = true,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          const Shape& dims = shape_of(x[0]).dims();
          y[0] = {make_shape(dims.data() + 1, dims.size() - 1), x[0].dtype()};
        },
    .view = view_slice,
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) { return slice_gradient(s, expand_dims(g, 0)); },
                add_slice_gradient}}},
    .samples =
        [] {
          return Samples{{{normal({3, 2})}, [](const Tensors& x) { return x[0][1]; }},
                         {{normal({3}, 2)}, [](const Tensors& x) { return x[0][-1]; }}};
        },
};

void place_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  Shape shape = shape_of(x[0]).dims();
  shape[static_cast<std::size_t>(attrs.as<PlaceAttrs>().axis)] = attrs.as<PlaceAttrs>().size;
  y[0] = {make_shape(shape), x[0].dtype()};
}

void compute_place(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  const auto& place = attrs.as<PlaceAttrs>();
  const std::int64_t count = shape_of(y[0]).count();
  switch (y[0].dtype()) {
    case DType::float32:
      std::fill_n(raw_out<float>(y[0]), count, converted<float>("pad", place.value));
      break;
    case DType::float64:
      std::fill_n(raw_out<double>(y[0]), count, place.value.value());
      break;
    case DType::int64:
      std::fill_n(raw_out<std::int64_t>(y[0]), count, converted<std::int64_t>("pad", place.value));
      break;
    case DType::boolean:
      std::fill_n(raw_out<bool>(y[0]), count, place.value.value() != 0);
      break;
  }
  const kernels::ReduceShape shape = around(shape_of(x[0]), place.axis);
  StridedCopy copy;
  copy.axis(shape.outer, shape.n * shape.inner, place.size * shape.inner);
  copy.axis(shape.n, shape.inner, place.step * shape.inner);
  copy.axis(shape.inner, 1, 1);
  copy.run(impl(x[0])->data, element(y[0], place.start * shape.inner), size_of(y[0].dtype()));
}

Tensor place_gradient(const Saved& s, const Tensor& g) {
  const auto& place = s.attrs<PlaceAttrs>();
  const std::int64_t n = s.input_shape(0)[place.axis];
  return g.slice(place.axis, place.start, place.start + std::max<std::int64_t>((n - 1) * place.step + 1, 0),
                 place.step);
}

// y = zeros with x at every step-th entry: the gradient of a slice        dx = that slice of g
constinit const Op unslice_op{
    .name = "unslice",
    .shape = place_shape,
    .compute = compute_place,
    .rules = {{{"x", reads_nothing, place_gradient}}},
    .samples =
        [] {
          return Samples{{{normal({2, 3})},
                          [](const Tensors& x) {
                            return place(unslice_op, x[0], {1, 1, 2, 7, 0});
                          }},
                         {{normal({3}, 2)}, [](const Tensors& x) {
                            return place(unslice_op, x[0], {0, 0, 1, 3, 0});
                          }}};
        },
};

// y = x between entries of a constant        dx = the middle of g
constinit const Op pad_op{
    .name = "pad",
    .shape = place_shape,
    .compute = compute_place,
    .rules = {{{"x", reads_nothing, place_gradient}}},
    .samples =
        [] {
          return Samples{{{normal({2, 3})},
                          [](const Tensors& x) {
                            return pad(x[0], {.pad_width = {{0, 0}, {1, 2}}});
                          }},
                         {{normal({2, 3}, 2)}, [](const Tensors& x) {
                            return pad(x[0], {.pad_width = {{2, 0}, {0, 0}}, .value = 1.5});
                          }}};
        },
};

Tensor place(const Op& op, const Tensor& x, const PlaceAttrs& attrs) { return apply(op, attrs, {&x}); }

// y = x continued by its own entries along an axis; and the transpose of that.
struct MirrorAttrs {
  int axis;
  bool reflect;
  std::int64_t before, after;

  // The entry of an axis of n that stands at place i of the padded axis.
  std::int64_t source(std::int64_t i, std::int64_t n) const {
    const std::int64_t at = i - before;
    if (!reflect || n == 1) return std::clamp<std::int64_t>(at, 0, n - 1);
    const std::int64_t period = 2 * (n - 1), place = (at % period + period) % period;
    return place < n ? place : period - place;
  }
};

extern const Op fold_op;

constinit const Op mirror_op{
    .name = "pad_mirrored",
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          const auto& mirror = attrs.as<MirrorAttrs>();
          Shape shape = shape_of(x[0]).dims();
          shape[static_cast<std::size_t>(mirror.axis)] += mirror.before + mirror.after;
          y[0] = {make_shape(shape), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          const auto& mirror = attrs.as<MirrorAttrs>();
          const kernels::ReduceShape shape = around(shape_of(x[0]), mirror.axis);
          const std::int64_t size = shape_of(y[0])[mirror.axis];
          for (std::int64_t i = 0; i < size; ++i) {
            StridedCopy copy;
            copy.axis(shape.outer, shape.n * shape.inner, size * shape.inner);
            copy.axis(shape.inner, 1, 1);
            copy.run(element(x[0], mirror.source(i, shape.n) * shape.inner), element(y[0], i * shape.inner),
                     size_of(y[0].dtype()));
          }
        },
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) { return apply(fold_op, s.attrs<MirrorAttrs>(), {&g}); }}}},
    .samples =
        [] {
          return Samples{{{normal({2, 3})},
                          [](const Tensors& x) {
                            return pad(x[0], {.pad_width = {{0, 0}, {2, 5}}, .mode = "reflect"});
                          }},
                         {{normal({3, 2}, 2)}, [](const Tensors& x) {
                            return pad(x[0], {.pad_width = {{2, 1}, {0, 0}}, .mode = "edge"});
                          }}};
        },
};

// y = each padded entry added to the one it is a copy of: the gradient of pad_mirrored
constinit const Op fold_op{
    .name = "fold_mirrored",
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          const auto& mirror = attrs.as<MirrorAttrs>();
          Shape shape = shape_of(x[0]).dims();
          shape[static_cast<std::size_t>(mirror.axis)] -= mirror.before + mirror.after;
          y[0] = {make_shape(shape), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          const auto& mirror = attrs.as<MirrorAttrs>();
          const kernels::ReduceShape shape = around(shape_of(y[0]), mirror.axis);
          const std::int64_t size = shape_of(x[0])[mirror.axis];
          dispatch_floating(y[0].dtype(), [&]<class S>(S) {
            const S* from = raw<S>(x[0]);
            S* to = raw_out<S>(y[0]);
            std::fill_n(to, shape_of(y[0]).count(), S{0});
            for (std::int64_t o = 0; o < shape.outer; ++o, to += shape.n * shape.inner)
              for (std::int64_t i = 0; i < size; ++i, from += shape.inner) {
                S* entry = to + mirror.source(i, shape.n) * shape.inner;
                for (std::int64_t j = 0; j < shape.inner; ++j) entry[j] += from[j];
              }
          });
        },
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) { return apply(mirror_op, s.attrs<MirrorAttrs>(), {&g}); }}}},
    .samples =
        [] {
          return Samples{{{normal({2, 7})}, [](const Tensors& x) {
                            return apply(fold_op, MirrorAttrs{1, true, 2, 2}, {&x[0]});
                          }}};
        },
};

}  // namespace

Tensor Tensor::slice(std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step) const {
  expect(present(), "slice: the tensor is absent");
  const int at = normalize_axis("slice", axis, shape_of(*this).rank());
  const SliceRange range = slice_range("slice", shape_of(*this)[at], start, stop, step);
  return apply(at == 0 && step == 1 ? leading_slice_op : slice_op, SliceAttrs{at, range.start, range.step, range.count},
               {this});
}

Tensor Tensor::entry(std::int64_t index) const {
  expect(present(), "[]: the tensor is absent");
  const ShapeRef& shape = shape_of(*this);
  expect<ShapeError>(shape.rank() > 0, "[]: a tensor without axes cannot be indexed; got index {}", index);
  const std::int64_t n = shape[0];
  expect<ShapeError>(index >= -n && index < n, "[]: index out of range; got {} for shape {}; expected {} to {}", index,
                     text(shape), -n, n - 1);
  return apply(index_op, SliceAttrs{0, index < 0 ? index + n : index, 1, 1}, {this});
}

Tensor Tensor::operator[](const Index& index) const {
  if (const Tensor* chosen = index.tensor()) {
    expect(chosen->present(), "[]: the index tensor is absent");
    const Tensor y = chosen->dtype() == DType::boolean ? boolean_mask(*this, *chosen) : frost::take(*this, *chosen);
    if (!records(y)) impl(y)->flags |= TensorImpl::part_copy;
    return y;
  }
  expect(present(), "[]: the tensor is absent");
  const ShapeRef& shape = shape_of(*this);
  const std::vector<std::int64_t>& places = index.places();
  expect<ShapeError>(static_cast<int>(places.size()) <= shape.rank(),
                     "[]: got {} indices for shape {}; expected at most {}", places.size(), text(shape), shape.rank());
  if (places.empty()) return frost::reshape(*this, shape.dims());
  // The places name one part of the leading axes taken together.
  std::int64_t at = 0, count = 1;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::int64_t n = shape[static_cast<int>(i)];
    at = at * n + normalize_place("[]", places[i], shape.dims(), i);
    count *= n;
  }
  if (places.size() == 1) return entry(at);
  Shape joined(
      std::vector<std::int64_t>(shape.dims().begin() + static_cast<std::ptrdiff_t>(places.size()), shape.dims().end()));
  joined.insert(joined.begin(), count);
  return frost::reshape(*this, joined).entry(at);
}

Tensor slice(const Tensor& x, const SliceOptions& options) {
  expect(x.present(), "slice: the tensor is absent");
  const std::size_t axes = options.starts.size();
  expect<ShapeError>(axes == options.stops.size() && (options.steps.empty() || options.steps.size() == axes),
                     "slice: the lists differ in length; got {} starts, {} stops, {} steps", axes, options.stops.size(),
                     options.steps.size());
  expect<ShapeError>(axes <= shape_of(x).dims().size(), "slice: got bounds for {} axes; expected {} or fewer for {}",
                     axes, shape_of(x).rank(), text(x));
  Tensor y = x;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t step = options.steps.empty() ? 1 : options.steps[i], n = shape_of(x)[static_cast<int>(i)];
    const bool is_whole = step == 1 && (options.starts[i] == 0 || options.starts[i] <= -n) && options.stops[i] >= n;
    if (!is_whole) y = y.slice(static_cast<std::int64_t>(i), options.starts[i], options.stops[i], step);
  }
  return y.is_same(x) ? reshape(x, shape_of(x).dims()) : y;
}

Tensor pad(const Tensor& x, const PadOptions& options) {
  expect(x.present(), "pad: the tensor is absent");
  const ShapeRef& shape = shape_of(x);
  expect<ShapeError>(options.pad_width.size() == shape.dims().size(),
                     "pad: got {} pairs for shape {}; expected one an axis", options.pad_width.size(), text(shape));
  const bool reflect = options.mode == "reflect", is_constant = options.mode == "constant";
  expect(is_constant || reflect || options.mode == "edge", "pad: got mode '{}'; expected constant, reflect or edge",
         options.mode);
  Tensor y = x;
  for (int i = 0; i < shape.rank(); ++i) {
    const auto [before, after] = options.pad_width[static_cast<std::size_t>(i)];
    expect<ShapeError>(before >= 0 && after >= 0, "pad: got ({}, {}) for axis {}; expected 0 or more; slice cuts off",
                       before, after, i);
    if (before == 0 && after == 0) continue;
    std::int64_t size = shape[i];
    expect<ShapeError>(!__builtin_add_overflow(size, before, &size) && !__builtin_add_overflow(size, after, &size),
                       "pad: got ({}, {}) for axis {} of shape {}; expected what fits in memory", before, after, i,
                       text(shape));
    if (is_constant) {
      y = place(pad_op, y, {i, before, 1, size, options.value});
      continue;
    }
    expect<ShapeError>(shape[i] > 0, "pad: nothing to continue along axis {} of shape {} in mode {}", i, text(shape),
                       options.mode);
    y = apply(mirror_op, MirrorAttrs{i, reflect, before, after}, {&y});
  }
  return y.is_same(x) ? reshape(x, shape.dims()) : y;
}

namespace detail {

Family slice_rows() {
  static constexpr const Op* rows[] = {&slice_op, &leading_slice_op, &index_op, &unslice_op,
                                       &pad_op,   &mirror_op,        &fold_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
