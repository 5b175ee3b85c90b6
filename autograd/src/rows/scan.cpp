#include "axes.hpp"
#include "elementwise.hpp"
#include "families.hpp"
#include "kernels/softmax.hpp"
#include "logits_note.hpp"
#include "strided.hpp"

#include <algorithm>

// Operations that run along one axis and keep it.
namespace frost {

using namespace detail;

namespace {

using kernels::ReduceShape;

struct AxisAttrs {
  int axis;
};

void same_shape(const Inputs& x, const Attrs&, Specs& y) { y[0] = {shape_of(x[0]), x[0].dtype()}; }

template <Tensor (*F)(const Tensor&, std::int64_t)>
Samples along_axes() {
  return {{{normal({2, 3, 4})}, [](const Tensors& x) { return F(x[0], -1); }},
          {{normal({2, 3, 4}, 2)}, [](const Tensors& x) { return F(x[0], 1); }},
          {{normal({3, 2}, 3)}, [](const Tensors& x) { return F(x[0], 0); }},
          {{normal({4, 1}, 4)}, [](const Tensors& x) { return F(x[0], 1); }}};
}

// y at each place from step(y one entry before, place), along the axis; first(place) where nothing stands before.
template <class S, class First, class Step>
void scan(ReduceShape shape, S* y, const First& first, const Step& step) {
  if (shape.n == 0) return;
  const std::int64_t block = shape.n * shape.inner;
  for (std::int64_t start = 0; start < shape.outer * block; start += block) {
    if (shape.inner == 1) {
      S last = y[start] = first(start);
      for (std::int64_t i = start + 1; i < start + block; ++i) y[i] = last = step(last, i);
      continue;
    }
    for (std::int64_t i = start; i < start + shape.inner; ++i) y[i] = first(i);
    for (std::int64_t i = start + shape.inner; i < start + block; ++i) y[i] = step(y[i - shape.inner], i);
  }
}

template <class Body>
void dispatch_numeric(DType dtype, const Body& body) {
  if (dtype == DType::int64) return body(std::uint64_t{});  // wraps around
  dispatch_floating(dtype, body);
}

void compute_cumsum(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  const ReduceShape shape = around(shape_of(x[0]), attrs.as<AxisAttrs>().axis);
  dispatch_numeric(x[0].dtype(), [&]<class S>(S) {
    const S* from = raw<S>(x[0]);
    scan(
        shape, raw_out<S>(y[0]), [from](std::int64_t i) { return from[i]; },
        [from](S before, std::int64_t i) { return before + from[i]; });
  });
}

// y_i = Σ_{j≤i} x_j        dx_i = Σ_{j≥i} g_j
constinit const Op cumsum_op{
    .name = "cumsum",
    .shape = same_shape,
    .compute = compute_cumsum,
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) {
                  const int axis = s.attrs<AxisAttrs>().axis;
                  return flip(cumsum(flip(g, {axis}), axis), {axis});
                }}}},
    .samples = along_axes<cumsum>,
};

// One step along the axis: the entries moved by one, with `edge` where nothing comes in.
Tensor moved_on(const Tensor& x, int axis, double edge) {
  PadOptions pads;
  pads.pad_width.resize(static_cast<std::size_t>(x.rank()));
  pads.pad_width[static_cast<std::size_t>(axis)] = {1, 0};
  pads.value = edge;
  return pad(x.slice(axis, 0, x.shape()[static_cast<std::size_t>(axis)] - 1), pads);
}

// y_i = b_i + a_i·y_{i−1}: what the gradients of cumprod are made of, and its own.
Tensor recurrence(const Tensor& a, const Tensor& b, int axis);
// r_i = g_i + a_{i+1}·r_{i+1}
Tensor reverse_recurrence(const Tensor& a, const Tensor& g, int axis) {
  const Tensor next = moved_on(flip(a, {axis}), axis, 0);
  return flip(recurrence(next, flip(g, {axis}), axis), {axis});
}

constinit const Op recurrence_op{
    .name = "linear_recurrence",
    .shape = same_shape,
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          const ReduceShape shape = around(shape_of(x[0]), attrs.as<AxisAttrs>().axis);
          dispatch_floating(x[0].dtype(), [&]<class S>(S) {
            const S *a = raw<S>(x[0]), *b = raw<S>(x[1]);
            scan(
                shape, raw_out<S>(y[0]), [b](std::int64_t i) { return b[i]; },
                [a, b](S before, std::int64_t i) { return b[i] + a[i] * before; });
          });
        },
    .rules = {{{"a", reads_input(0) | reads_output(),
                [](const Saved& s, const Tensor& g) {
                  const int axis = s.attrs<AxisAttrs>().axis;
                  return reverse_recurrence(s.input(0), g, axis) * moved_on(s.output(), axis, 0);
                }},
               {"b", reads_input(0),
                [](const Saved& s, const Tensor& g) {
                  return reverse_recurrence(s.input(0), g, s.attrs<AxisAttrs>().axis);
                }}}},
    .samples =
        [] {
          return Samples{
              {{normal({4, 2}), normal({4, 2}, 2)}, [](const Tensors& x) { return recurrence(x[0], x[1], 0); }},
              {{normal({2, 3}, 3), normal({2, 3}, 4)}, [](const Tensors& x) { return recurrence(x[0], x[1], 1); }}};
        },
};

Tensor recurrence(const Tensor& a, const Tensor& b, int axis) {
  return apply(recurrence_op, AxisAttrs{axis}, {&a, &b});
}

void compute_cumprod(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  const ReduceShape shape = around(shape_of(x[0]), attrs.as<AxisAttrs>().axis);
  dispatch_numeric(x[0].dtype(), [&]<class S>(S) {
    const S* from = raw<S>(x[0]);
    scan(
        shape, raw_out<S>(y[0]), [from](std::int64_t i) { return from[i]; },
        [from](S before, std::int64_t i) { return before * from[i]; });
  });
}

// The product of those before x_i, times r_i = g_i + x_{i+1}·r_{i+1}. No division, hence right with zeros.
Tensor cumprod_gradient(const Saved& s, const Tensor& g) {
  const int axis = s.attrs<AxisAttrs>().axis;
  if (s.input_shape(0).count() == 0) return g;
  return moved_on(s.output(), axis, 1) * reverse_recurrence(s.input(0), g, axis);
}

Samples cumprod_samples() {
  Samples samples = along_axes<cumprod>();
  samples.push_back({{tensor({{1.5, 0, 2., -1.}, {2., 0, 3., 0}}, DType::float64)},
                     [](const Tensors& x) { return cumprod(x[0], 1); }});
  return samples;
}

// y_i = Π_{j≤i} x_j        dx_i = Σ_{k≥i} g_k·Π_{j≤k, j≠i} x_j
constinit const Op cumprod_op{
    .name = "cumprod",
    .shape = same_shape,
    .compute = compute_cumprod,
    .rules = {{{"x", reads_input(0) | reads_output(), cumprod_gradient}}},
    .samples = cumprod_samples,
};

// Calls body with pointers to rows of n, each array with the axis moved to the end where it does not stand there.
template <class Loop>
void each_row(const ShapeRef& shape, int axis, const Tensor& a, const Tensor& b, Tensor& y, const Loop& loop) {
  const ReduceShape around_axis = around(shape, axis);
  const std::int64_t n = around_axis.n, rows = around_axis.outer * around_axis.inner;
  if (shape.count() == 0) return;
  const ShapeRef three = make_shape({around_axis.outer, n, around_axis.inner});
  const ShapeRef moved = make_shape({around_axis.outer, around_axis.inner, n});
  constexpr std::uint8_t swap[] = {0, 2, 1};
  const bool is_last = around_axis.inner == 1;
  const Tensor rows_a = is_last ? a : permuted(make_view(a, three), swap);
  const Tensor rows_b = is_last || !b.present() ? b : permuted(make_view(b, three), swap);
  Tensor rows_y = is_last ? y : make_tensor(moved, y.dtype());
  dispatch_floating(y.dtype(), [&]<class S>(S) {
    const S *from_a = raw<S>(rows_a), *from_b = b.present() ? raw<S>(rows_b) : nullptr;
    S* to = raw_out<S>(rows_y);
    parallel_for(
        rows,
        [&](std::int64_t begin, std::int64_t end) {
          loop(from_a + begin * n, from_b ? from_b + begin * n : nullptr, to + begin * n, end - begin, n);
        },
        parallel_grain / std::min(parallel_grain, n) + 1);
  });
  if (!is_last) {
    Tensor target = make_view(y, three);
    permute(rows_y, swap, target);
  }
}

template <bool Log>
void softmax_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  expect_floating(Log ? "log_softmax" : "softmax", x[0]);
  same_shape(x, attrs, y);
}

template <bool Log>
void compute_softmax(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  each_row(shape_of(x[0]), attrs.as<AxisAttrs>().axis, x[0], Tensor(), y[0],
           []<class S>(const S* from, const S*, S* to, std::int64_t rows, std::int64_t n) {
             const auto& loops = kernels::softmax_loops<S>();
             (Log ? loops.log_softmax : loops.softmax)(from, to, rows, n);
           });
}

template <bool Log>
Tensor softmax_gradient(const Saved& s, const Tensor& g) {
  const int axis = s.attrs<AxisAttrs>().axis;
  const Tensor y = s.output();
  if (recording()) {
    if (Log) return g - exp(y) * sum(g, {axis}, true);
    return y * (g - sum(g * y, {axis}, true));
  }
  Tensor dx = make_tensor(s.input_shape(0), s.dtype());
  each_row(s.input_shape(0), axis, y, g, dx,
           []<class S>(const S* from, const S* gradient, S* to, std::int64_t rows, std::int64_t n) {
             const auto& loops = kernels::softmax_loops<S>();
             (Log ? loops.log_softmax_backward : loops.softmax_backward)(from, gradient, to, rows, n);
           });
  return dx;
}

// y = eˣ / Σ eˣ        dx = y·(g − Σ g·y)
constinit const Op softmax_op{
    .name = "softmax",
    .shape = softmax_shape<false>,
    .compute = compute_softmax<false>,
    .rules = {{{"x", reads_output(), softmax_gradient<false>}}},
    .samples = along_axes<softmax>,
};

// y = x − ln Σ eˣ        dx = g − e^y·Σ g
constinit const Op log_softmax_op{
    .name = "log_softmax",
    .shape = softmax_shape<true>,
    .compute = compute_softmax<true>,
    .rules = {{{"x", reads_output(), softmax_gradient<true>}}},
    .samples = along_axes<log_softmax>,
};

Tensor along(const Op& op, const Tensor& x, std::int64_t axis) {
  expect(x.present(), "{}: the tensor is absent", op.name);
  return apply(op, AxisAttrs{normalize_axis(op.name, axis, shape_of(x).rank())}, {&x});
}

// As sum: truth values count as 0 and 1.
Tensor counted(const Tensor& x) { return x.present() && x.dtype() == DType::boolean ? x.to(DType::int64) : x; }

}  // namespace

Tensor cumsum(const Tensor& x, std::int64_t axis) { return along(cumsum_op, counted(x), axis); }
Tensor cumprod(const Tensor& x, std::int64_t axis) { return along(cumprod_op, counted(x), axis); }
Tensor softmax(const Tensor& x, std::int64_t axis) {
  Tensor y = along(softmax_op, x, axis);
  if (keeps_logits(Squashing::softmax) && (axis == -1 || axis == x.rank() - 1)) keep_logits(x, y, Squashing::softmax);
  return y;
}
Tensor log_softmax(const Tensor& x, std::int64_t axis) { return along(log_softmax_op, x, axis); }

namespace detail {

Family scan_rows() {
  static constexpr const Op* rows[] = {&cumsum_op, &cumprod_op, &recurrence_op, &softmax_op, &log_softmax_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
