#include "elementwise.hpp"
#include "families.hpp"
#include "norm.hpp"

#include <algorithm>

// Norms over groups of channels.
namespace frost {

using namespace detail;

namespace {

struct WindowAttrs {
  std::int64_t radius;
};

template <class S>
void sum_windows(const Tensor& x, std::int64_t radius, Tensor& y) {
  const NormSizes s(shape_of(x));
  const std::int64_t channels = s.channels, reach = std::min(radius, channels);
  parallel_for(
      s.rows,
      [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
          const S* from = raw<S>(x) + row * channels;
          S* to = raw_out<S>(y) + row * channels;
          std::fill_n(to, channels, S(0));
          for (std::int64_t d = -reach; d <= reach; ++d) {
            const std::int64_t last = std::min(channels, channels - d);
            for (std::int64_t c = std::max<std::int64_t>(0, -d); c < last; ++c) to[c] += from[c + d];
          }
        }
      },
      parallel_grain / std::max<std::int64_t>(channels, 1) + 1);
}

extern const Op window_sum_op;

Tensor window_sum(const Tensor& x, std::int64_t radius) { return apply(window_sum_op, WindowAttrs{radius}, {&x}); }

// y_c = Σ x over the channels c − radius … c + radius        dx = the same of g
constinit const Op window_sum_op{
    .name = "window_sum",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {shape_of(x[0]), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch_floating(x[0].dtype(),
                            [&]<class S>(S) { sum_windows<S>(x[0], attrs.as<WindowAttrs>().radius, y[0]); });
        },
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) { return window_sum(g, s.attrs<WindowAttrs>().radius); }}}},
    .samples =
        [] {
          return Samples{{{normal({2, 3, 5})}, [](const Tensors& x) { return window_sum(x[0], 1); }},
                         {{normal({4}, 2)}, [](const Tensors& x) { return window_sum(x[0], 9); }},
                         {{normal({2, 1}, 3)}, [](const Tensors& x) { return window_sum(x[0], 2); }}};
        },
};

}  // namespace

Tensor local_response_norm(const Tensor& x, const LocalResponseNormOptions& options) {
  expect(x.present(), "local_response_norm: the tensor is absent");
  expect_floating("local_response_norm", x);
  expect<ShapeError>(shape_of(x).rank() >= 1, "local_response_norm: got a scalar; expected a last axis, of channels");
  expect(options.depth_radius >= 0, "local_response_norm: got depth_radius {}; expected 0 or more",
         options.depth_radius);
  expect(options.bias > 0, "local_response_norm: got bias {}; expected more than 0", options.bias);
  expect(options.alpha >= 0, "local_response_norm: got alpha {}; expected 0 or more", options.alpha);
  const Tensor scale = window_sum(square(x), options.depth_radius) * options.alpha + options.bias;
  return x * power(scale, -options.beta);
}

Tensor group_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, const GroupNormOptions& options) {
  Specs spec;
  const Tensor* inputs[] = {&x, &gamma, &beta};
  norm_shape("group_norm", Inputs(inputs, 3), {"gamma", "beta"}, spec);
  const ShapeRef& shape = shape_of(x);
  expect<ShapeError>(shape.rank() >= 2, "group_norm: got shape {}; expected two axes or more: (N, …, C)", text(shape));
  const std::int64_t channels = shape[shape.rank() - 1], groups = options.groups;
  expect(groups >= 1 && channels % groups == 0, "group_norm: {} groups do not divide {} channels", groups, channels);
  expect(options.epsilon > 0, "group_norm: got epsilon {}; expected more than 0", options.epsilon);
  std::int64_t space = 1;
  for (int i = 1; i + 1 < shape.rank(); ++i) space *= shape[i];
  const std::int64_t batch = shape[0], width = channels / groups;

  // Each group becomes one row of a layer norm; with one group or no space, it is one already.
  const bool moves = groups > 1 && space != 1;
  Tensor rows = x;
  if (moves) rows = transpose(reshape(x, {batch, space, groups, width}), {0, 2, 1, 3});
  Tensor y = layer_norm(reshape(rows, {batch, groups, space * width}), {}, {}, {.epsilon = options.epsilon});
  if (moves) y = transpose(reshape(y, {batch, groups, space, width}), {0, 2, 1, 3});
  y = reshape(y, shape.dims());
  if (gamma.present()) y = y * gamma;
  if (beta.present()) y = y + beta;
  return y;
}

namespace detail {

Family group_norm_rows() {
  static constexpr const Op* rows[] = {&window_sum_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
