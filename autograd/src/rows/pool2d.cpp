#include "conv.hpp"
#include "elementwise.hpp"
#include "families.hpp"

#include <algorithm>

// Pooling over windows of an image, channels last.
namespace frost {

using namespace detail;

namespace {

struct PoolPlan {
  std::int64_t batch = 0, channels = 0;
  WindowAxis h, w;

  Shape x_shape() const { return {batch, h.in, w.in, channels}; }
  Shape y_shape() const { return {batch, h.out, w.out, channels}; }
};
const PoolPlan& plan_of(const Attrs& attrs) { return attrs.as<PoolPlan>(); }
const PoolPlan& plan_of(const Saved& saved) { return saved.attrs<PoolPlan>(); }

// What of an axis a window covers, which is never nothing.
struct Span {
  std::int64_t begin, end;
  Span(const WindowAxis& a, std::int64_t o)
      : begin(std::max<std::int64_t>(0, o * a.stride - a.front)),
        end(std::min(a.in, o * a.stride - a.front + a.kernel)) {}
  std::int64_t size() const { return end - begin; }
};

// Calls body(rows, columns of the image, its first pixel, the output's position), for the images begin … end.
template <class Body>
void each_window(const PoolPlan& p, std::int64_t begin, std::int64_t end, const Body& body) {
  for (std::int64_t n = begin; n < end; ++n)
    for (std::int64_t oy = 0; oy < p.h.out; ++oy)
      for (std::int64_t ox = 0; ox < p.w.out; ++ox)
        body(Span(p.h, oy), Span(p.w, ox), n * p.h.in * p.w.in, (n * p.h.out + oy) * p.w.out + ox);
}
// Runs body(begin, end) on pieces of the batch: windows of one image may overlap.
template <class Body>
void each_image(const PoolPlan& p, const Body& body) {
  const std::int64_t image = p.h.in * p.w.in * p.channels;
  parallel_for(p.batch, body, std::max<std::int64_t>(1, parallel_grain / std::max<std::int64_t>(image, 1)));
}

PoolPlan plan_pool(const char* op, const Tensor& x, const Pool2dOptions& options) {
  expect(x.present(), "{}: the tensor is absent", op);
  expect_floating(op, x);
  const ShapeRef& shape = shape_of(x);
  expect<ShapeError>(shape.rank() == 4, "{}: x must have four axes (batch, height, width, channels); got shape {}", op,
                     text(shape));
  const Pair size = pair_of(op, "pool_size", options.pool_size);
  const Pair strides = options.strides.empty() ? size : pair_of(op, "strides", options.strides);
  return {.batch = shape[0],
          .channels = shape[3],
          .h = plan_windows(op, shape[1], size.h, strides.h, 1, options.padding),
          .w = plan_windows(op, shape[2], size.w, strides.w, 1, options.padding)};
}

void pooled_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  y[0] = {make_shape(plan_of(attrs).y_shape()), x[0].dtype()};
}

// ------------------------------------------------------------------------------------------------------------ largest

// The largest of each window and, where it is wanted, its place in x: the first of ties, and of NaNs.
template <class S>
void largest_of_windows(const PoolPlan& p, const S* x, S* y, std::int64_t* places) {
  const std::int64_t channels = p.channels;
  each_image(p, [&](std::int64_t begin, std::int64_t end) {
    each_window(p, begin, end, [&](Span rows, Span columns, std::int64_t image, std::int64_t at) {
      S* best = y + at * channels;
      std::int64_t* place = places ? places + at * channels : nullptr;
      bool first = true;
      for (std::int64_t iy = rows.begin; iy < rows.end; ++iy)
        for (std::int64_t ix = columns.begin; ix < columns.end; ++ix, first = false) {
          const std::int64_t pixel = (image + iy * p.w.in + ix) * channels;
          const S* from = x + pixel;
          if (first) {
            std::copy_n(from, channels, best);
            if (place)
              for (std::int64_t c = 0; c < channels; ++c) place[c] = pixel + c;
          } else {
            for (std::int64_t c = 0; c < channels; ++c) {
              const bool larger = !(from[c] <= best[c]) & (best[c] == best[c]);
              best[c] = larger ? from[c] : best[c];
              if (place) place[c] = larger ? pixel + c : place[c];
            }
          }
        }
    });
  });
}

// y = zeros with g's elements added at their places.
Tensor put_back(const Saved& s, const Tensor& g) {
  const PoolPlan& p = plan_of(s);
  const Tensor places = s.extra(0);
  const std::int64_t count = s.input_shape(0).count();
  if (recording())
    return reshape(scatter_add(zeros({count}, {.dtype = g.dtype()}), places, reshape(g, {g.size()})),
                   s.input_shape(0).dims());
  Tensor dx = make_tensor(s.input_shape(0), s.dtype());
  dispatch_floating(s.dtype(), [&]<class S>(S) {
    const auto* at = raw<std::int64_t>(places);
    const S* from = raw<S>(g);
    S* to = raw_out<S>(dx);
    std::fill_n(to, count, S(0));
    const std::int64_t windows = p.h.out * p.w.out * p.channels;
    each_image(p, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin * windows; i < end * windows; ++i) to[at[i]] += from[i];
    });
  });
  return dx;
}

Samples max_samples() {
  return {{{normal({2, 4, 5, 3})}, [](const Tensors& x) { return max_pool2d(x[0]); }},
          {{normal({1, 5, 4, 2}, 2)},
           [](const Tensors& x) {
             return max_pool2d(x[0], {.pool_size = {3, 2}, .strides = {2, 1}, .padding = "same"});
           }},
          {{normal({1, 3, 1, 1}, 3)}, [](const Tensors& x) {
             return max_pool2d(x[0], {.pool_size = {1, 1}, .strides = {2, 3}});
           }}};
}

// y = the largest of each window        dx = g at the first of the largest
constinit const Op max_pool_op{
    .name = "max_pool2d",
    .shape = pooled_shape,
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          Tensor places;
          const std::int64_t count = shape_of(y[0]).count();
          if (y.keeps(0)) places = make_tensor(make_shape(&count, 1), DType::int64);
          dispatch_floating(x[0].dtype(), [&]<class S>(S) {
            largest_of_windows(plan_of(attrs), raw<S>(x[0]), raw_out<S>(y[0]),
                               places.present() ? raw_out<std::int64_t>(places) : nullptr);
          });
          if (places.present()) y.keep(0, std::move(places));
        },
    .rules = {{{"x", reads_extra(0), put_back}}},
    .samples = max_samples,
};

// --------------------------------------------------------------------------------------------------------------- mean

template <class S>
void means_of_windows(const PoolPlan& p, const S* x, S* y) {
  const std::int64_t channels = p.channels;
  each_image(p, [&](std::int64_t begin, std::int64_t end) {
    each_window(p, begin, end, [&](Span rows, Span columns, std::int64_t image, std::int64_t at) {
      S* to = y + at * channels;
      std::fill_n(to, channels, S(0));
      for (std::int64_t iy = rows.begin; iy < rows.end; ++iy)
        for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
          const S* from = x + (image + iy * p.w.in + ix) * channels;
          for (std::int64_t c = 0; c < channels; ++c) to[c] += from[c];
        }
      const S scale = S(1) / static_cast<S>(rows.size() * columns.size());
      for (std::int64_t c = 0; c < channels; ++c) to[c] *= scale;
    });
  });
}

template <class S>
void spread_means(const PoolPlan& p, const S* g, S* dx) {
  const std::int64_t channels = p.channels;
  std::fill_n(dx, p.batch * p.h.in * p.w.in * channels, S(0));
  each_image(p, [&](std::int64_t begin, std::int64_t end) {
    each_window(p, begin, end, [&](Span rows, Span columns, std::int64_t image, std::int64_t at) {
      const S* from = g + at * channels;
      const S scale = S(1) / static_cast<S>(rows.size() * columns.size());
      for (std::int64_t iy = rows.begin; iy < rows.end; ++iy)
        for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
          S* to = dx + (image + iy * p.w.in + ix) * channels;
          for (std::int64_t c = 0; c < channels; ++c) to[c] += from[c] * scale;
        }
    });
  });
}

extern const Op avg_pool_gradient_op;

// y = the mean of each window        dx = g spread over the windows
constinit const Op avg_pool_op{
    .name = "avg_pool2d",
    .shape = pooled_shape,
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch_floating(x[0].dtype(),
                            [&]<class S>(S) { means_of_windows(plan_of(attrs), raw<S>(x[0]), raw_out<S>(y[0])); });
        },
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) { return apply(avg_pool_gradient_op, plan_of(s), {&g}); }}}},
    .samples =
        [] {
          return Samples{{{normal({2, 4, 5, 3})}, [](const Tensors& x) { return avg_pool2d(x[0]); }},
                         {{normal({1, 5, 4, 2}, 2)},
                          [](const Tensors& x) {
                            return avg_pool2d(x[0], {.pool_size = {3, 2}, .strides = {2, 1}, .padding = "same"});
                          }},
                         {{normal({1, 3, 1, 1}, 3)}, [](const Tensors& x) {
                            return avg_pool2d(x[0], {.pool_size = {1, 1}, .strides = {2, 3}});
                          }}};
        },
};

PoolPlan sample_plan() {
  return {.batch = 2,
          .channels = 3,
          .h = plan_windows("avg_pool2d", 5, 3, 2, 1, "same"),
          .w = plan_windows("avg_pool2d", 4, 2, 1, 1, "valid")};
}

// y = x spread over the windows        dx = the mean of each window of g
constinit const Op avg_pool_gradient_op{
    .name = "avg_pool2d_gradient",
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          y[0] = {make_shape(plan_of(attrs).x_shape()), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch_floating(x[0].dtype(),
                            [&]<class S>(S) { spread_means(plan_of(attrs), raw<S>(x[0]), raw_out<S>(y[0])); });
        },
    .rules = {{{"g", reads_nothing,
                [](const Saved& s, const Tensor& g) { return apply(avg_pool_op, plan_of(s), {&g}); }}}},
    .samples =
        [] {
          return Samples{{{normal(sample_plan().y_shape())},
                          [](const Tensors& x) { return apply(avg_pool_gradient_op, sample_plan(), {&x[0]}); }}};
        },
};

}  // namespace

Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options) {
  return apply(max_pool_op, plan_pool("max_pool2d", x, options), {&x});
}
Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options) {
  return apply(avg_pool_op, plan_pool("avg_pool2d", x, options), {&x});
}

namespace detail {

Family pool_rows() {
  static constexpr const Op* rows[] = {&max_pool_op, &avg_pool_op, &avg_pool_gradient_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
