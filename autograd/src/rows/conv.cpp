#include "conv.hpp"

#include "elementwise.hpp"
#include "families.hpp"
#include "kernels/reduce.hpp"

#include <algorithm>

// Convolutions. The gradients of a convolution are two more operations, and theirs are the three of them again.
namespace frost {

using namespace detail;

namespace detail {

Pair pair_of(const char* op, const char* option, const std::vector<std::int64_t>& values) {
  expect(values.size() == 1 || values.size() == 2, "{}: {} has {} numbers; expected two, for height and width", op,
         option, values.size());
  const Pair pair{values.front(), values.back()};
  expect(pair.h >= 1 && pair.w >= 1, "{}: got {} ({}, {}); expected 1 or more", op, option, pair.h, pair.w);
  return pair;
}

WindowAxis plan_windows(const char* op, std::int64_t n, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                        const std::string& padding, bool may_be_causal) {
  expect(stride >= 1 && dilation >= 1, "{}: got stride {} and dilation {}; expected 1 or more", op, stride, dilation);
  expect<ShapeError>(kernel >= 1, "{}: a window has size {}; expected 1 or more", op, kernel);
  constexpr std::int64_t most = std::int64_t{1} << 60;
  std::int64_t reach = 0;
  expect<ShapeError>(!__builtin_mul_overflow(kernel - 1, dilation, &reach) && reach < most,
                     "{}: a window of size {} with dilation {} is too large; expected less than {} elements", op,
                     kernel, dilation, most);
  // What lies beyond the axis is not reached: there is one window, and one element without a next one.
  WindowAxis axis{.in = n,
                  .kernel = kernel,
                  .stride = std::min(stride, std::max<std::int64_t>(n, 1)),
                  .dilation = kernel == 1 ? 1 : dilation};
  if (padding == "valid") {
    expect<ShapeError>(n == 0 || reach < n, "{}: a window of {} elements does not fit into {}; pad with 'same'", op,
                       reach + 1, n);
    axis.out = n == 0 ? 0 : (n - reach - 1) / axis.stride + 1;
  } else if (padding == "same" || (may_be_causal && padding == "causal")) {
    axis.out = n / axis.stride + (n % axis.stride != 0);
    axis.front =
        padding == "causal" ? reach : std::max<std::int64_t>((axis.out - 1) * axis.stride + reach + 1 - n, 0) / 2;
  } else {
    fail<ValueError>("{}: got padding '{}'; expected 'valid'{} or 'same'", op, padding,
                     may_be_causal ? ", 'causal'" : "");
  }
  return axis;
}

}  // namespace detail

namespace {

const ConvPlan& plan_of(const Attrs& attrs) { return attrs.as<ConvPlan>(); }
const ConvPlan& plan_of(const Saved& saved) { return saved.attrs<ConvPlan>(); }
ShapeRef shaped(const Shape& shape) { return make_shape(shape); }

extern const Op input_gradient_op, kernel_gradient_op;

Tensor convolve(const ConvPlan& p, const Tensor& x, const Tensor& kernel, const Tensor& bias = {});
Tensor input_gradient(const ConvPlan& p, const Tensor& g, const Tensor& kernel) {
  return apply(input_gradient_op, p, {&g, &kernel});
}
Tensor kernel_gradient(const ConvPlan& p, const Tensor& x, const Tensor& g) {
  return apply(kernel_gradient_op, p, {&x, &g});
}

Tensor bias_gradient(const Saved& saved, const Tensor& g) {
  if (recording()) return sum(g, {0, 1, 2});
  const ConvPlan& p = plan_of(saved);
  Tensor dbias = make_tensor(saved.input_shape(2), saved.dtype());
  dispatch_floating(saved.dtype(), [&]<class S>(S) {
    kernels::reduce<S>().sum(raw<S>(g), raw_out<S>(dbias), {1, p.positions(), p.filters});
  });
  return dbias;
}

Samples conv_samples() {
  const auto plain = [](const Tensors& x) { return conv2d(x[0], x[1], x[2]); };
  return {{{normal({2, 4, 3, 2}), normal({3, 2, 2, 3}, 2), normal({3}, 3)}, plain},
          {{normal({2, 2, 3, 2}), normal({1, 1, 2, 3}, 2), Tensor()}, plain},
          {{normal({1, 5, 4, 2}), normal({3, 2, 2, 2}, 2), normal({2}, 3)},
           [](const Tensors& x) {
             return conv2d(x[0], x[1], x[2], {.strides = {2, 1}, .padding = "same", .dilation = {1, 2}});
           }},
          {{normal({1, 4, 4, 4}), normal({2, 3, 2, 6}, 2), normal({6}, 3)},
           [](const Tensors& x) {
             return conv2d(x[0], x[1], x[2], {.strides = {1, 2}, .padding = "same", .groups = 2});
           }},
          {{normal({2, 3, 4, 3}), normal({2, 2, 1, 3}, 2), Tensor()},
           [](const Tensors& x) { return conv2d(x[0], x[1], x[2], {.padding = "same", .groups = 3}); }}};
}

// y = conv(x, kernel) + bias        dx = convᵀ(g, kernel)        dkernel = Σ xᵀ·g        dbias = Σ g
constinit const Op conv_op{
    .name = "conv2d",
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          y[0] = {shaped(plan_of(attrs).y_shape()), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch_floating(x[0].dtype(), [&]<class S>(S) {
            conv_forward(plan_of(attrs), raw<S>(x[0]), raw<S>(x[1]), x[2].present() ? raw<S>(x[2]) : nullptr,
                         raw_out<S>(y[0]));
          });
        },
    .rules = {{{"x", reads_input(1),
                [](const Saved& s, const Tensor& g) { return input_gradient(plan_of(s), g, s.input(1)); }},
               {"kernel", reads_input(0),
                [](const Saved& s, const Tensor& g) { return kernel_gradient(plan_of(s), s.input(0), g); }},
               {"bias", reads_nothing, bias_gradient}}},
    .samples = conv_samples,
};

Tensor convolve(const ConvPlan& p, const Tensor& x, const Tensor& kernel, const Tensor& bias) {
  return apply(conv_op, p, {&x, &kernel, &bias});
}

Samples transpose_samples() {
  return {
      {{normal({1, 2, 3, 2}), normal({3, 2, 3, 2}, 2)},
       [](const Tensors& x) {
         return conv2d_transpose(x[0], x[1], {.strides = {2, 1}});
       }},
      {{normal({2, 2, 2, 2}), normal({3, 2, 1, 2}, 2)},
       [](const Tensors& x) {
         return conv2d_transpose(x[0], x[1], {.strides = {1, 3}, .padding = "same"});
       }},
      {{normal({2, 1, 2, 3}), normal({1, 1, 2, 3}, 2)}, [](const Tensors& x) { return conv2d_transpose(x[0], x[1]); }}};
}

// As conv2d's input gradient, whose values are convᵀ(x, kernel).
// dx = conv(g, kernel)        dkernel: what g was under each x
constexpr Op make_transposed(const char* name, const char* input, Samples (*samples)()) {
  return {.name = name,
          .shape =
              [](const Inputs& x, const Attrs& attrs, Specs& y) {
                y[0] = {shaped(plan_of(attrs).x_shape()), x[0].dtype()};
              },
          .compute =
              [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
                dispatch_floating(x[0].dtype(), [&]<class S>(S) {
                  conv_input_gradient(plan_of(attrs), raw<S>(x[0]), raw<S>(x[1]), raw_out<S>(y[0]));
                });
              },
          .rules = {{{input, reads_input(1),
                      [](const Saved& s, const Tensor& g) { return convolve(plan_of(s), g, s.input(1)); }},
                     {"kernel", reads_input(0),
                      [](const Saved& s, const Tensor& g) { return kernel_gradient(plan_of(s), g, s.input(0)); }}}},
          .samples = samples};
}
constinit const Op transposed_op = make_transposed("conv2d_transpose", "x", transpose_samples);

// A plan for the samples of the gradients: two groups, strides and dilation, padding on both sides.
ConvPlan sample_plan() {
  return {.batch = 2,
          .channels = 4,
          .filters = 2,
          .groups = 2,
          .h = plan_windows("conv2d", 4, 3, 1, 1, "same"),
          .w = plan_windows("conv2d", 3, 2, 2, 2, "same")};
}

constinit const Op input_gradient_op = make_transposed("conv2d_input_gradient", "g", [] {
  const ConvPlan p = sample_plan();
  return Samples{{{normal(p.y_shape()), normal(p.kernel_shape(), 2)},
                  [](const Tensors& x) { return input_gradient(sample_plan(), x[0], x[1]); }}};
});

// y: what x was under each g        dx = convᵀ(g, of y)        dg = conv(x, of y)
constinit const Op kernel_gradient_op{
    .name = "conv2d_kernel_gradient",
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          y[0] = {shaped(plan_of(attrs).kernel_shape()), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch_floating(x[0].dtype(), [&]<class S>(S) {
            conv_kernel_gradient(plan_of(attrs), raw<S>(x[0]), raw<S>(x[1]), raw_out<S>(y[0]));
          });
        },
    .rules = {{{"x", reads_input(1),
                [](const Saved& s, const Tensor& g) { return input_gradient(plan_of(s), s.input(1), g); }},
               {"g", reads_input(0),
                [](const Saved& s, const Tensor& g) { return convolve(plan_of(s), s.input(0), g); }}}},
    .samples =
        [] {
          const ConvPlan p = sample_plan();
          return Samples{{{normal(p.x_shape()), normal(p.y_shape(), 2)},
                          [](const Tensors& x) { return kernel_gradient(sample_plan(), x[0], x[1]); }}};
        },
};

// ---------------------------------------------------------------------------------------------------------------
// checks

void expect_operands(const char* op, int axes, const Tensor& x, const Tensor& kernel, const Tensor& bias) {
  expect(x.present() && kernel.present(), "{}: {} is absent", op, x.present() ? "kernel" : "x");
  for (const Tensor* other : {&kernel, &bias})
    if ((*other).present()) expect_same_dtype(op, x, *other);
  expect_floating(op, x);
  expect<ShapeError>(shape_of(x).rank() == axes + 2, "{}: x must have {} axes; got shape {}", op,
                     axes == 2 ? "four (batch, height, width, channels)" : "three (batch, steps, channels)", text(x));
  expect<ShapeError>(shape_of(kernel).rank() == axes + 2, "{}: the kernel must have {} axes; got shape {}", op,
                     axes + 2, text(kernel));
}

void expect_bias(const char* op, const Tensor& bias, std::int64_t filters) {
  if (!bias.present()) return;
  expect<ShapeError>(shape_of(bias).rank() == 1 && shape_of(bias)[0] == filters,
                     "{}: the bias has the wrong shape; got {}; expected ({},)", op, text(bias), filters);
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const Conv2dOptions& options) {
  expect_operands("conv2d", 2, x, kernel, bias);
  const ShapeRef &input = shape_of(x), &k = shape_of(kernel);
  const Pair strides = pair_of("conv2d", "strides", options.strides);
  const Pair dilation = pair_of("conv2d", "dilation", options.dilation);
  const std::int64_t groups = options.groups;
  expect(groups >= 1, "conv2d: got {} groups; expected 1 or more", groups);
  expect<ShapeError>(input[3] % groups == 0 && input[3] / groups == k[2],
                     "conv2d: the channels of x and kernel do not fit; got x of shape {} and kernel of shape {} in {} "
                     "group{}; expected (KH, KW, {}, F)",
                     text(input), text(k), groups, groups == 1 ? "" : "s",
                     input[3] % groups == 0 ? fmt::format("{}", input[3] / groups) : "C/groups");
  expect<ShapeError>(k[3] % groups == 0, "conv2d: {} groups do not divide {} filters; got kernel of shape {}", groups,
                     k[3], text(k));
  expect_bias("conv2d", bias, k[3]);
  const ConvPlan p{.batch = input[0],
                   .channels = input[3],
                   .filters = k[3],
                   .groups = groups,
                   .h = plan_windows("conv2d", input[1], k[0], strides.h, dilation.h, options.padding),
                   .w = plan_windows("conv2d", input[2], k[1], strides.w, dilation.w, options.padding)};
  return convolve(p, x, kernel, bias);
}

Tensor conv1d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const Conv1dOptions& options) {
  expect_operands("conv1d", 1, x, kernel, bias);
  const ShapeRef &input = shape_of(x), &k = shape_of(kernel);
  expect<ShapeError>(input[2] == k[1],
                     "conv1d: the channels of x and kernel do not fit; got x of shape {} and kernel of shape {}; "
                     "expected (K, {}, F)",
                     text(input), text(k), input[2]);
  expect_bias("conv1d", bias, k[2]);
  const ConvPlan p{
      .batch = input[0],
      .channels = input[2],
      .filters = k[2],
      .h = {.in = 1, .out = 1},
      .w = plan_windows("conv1d", input[1], k[0], options.strides, options.dilation, options.padding, true)};
  const Tensor y = convolve(p, reshape(x, p.x_shape()), reshape(kernel, p.kernel_shape()), bias);
  return reshape(y, {p.batch, p.w.out, p.filters});
}

Tensor conv2d_transpose(const Tensor& x, const Tensor& kernel, const Conv2dTransposeOptions& options) {
  expect_operands("conv2d_transpose", 2, x, kernel, {});
  const ShapeRef &input = shape_of(x), &k = shape_of(kernel);
  const Pair strides = pair_of("conv2d_transpose", "strides", options.strides);
  expect<ShapeError>(input[3] == k[3],
                     "conv2d_transpose: the channels of x and kernel do not fit; got x of shape {} and kernel of shape "
                     "{}; expected (KH, KW, F, {})",
                     text(input), text(k), input[3]);
  const auto axis = [&](std::int64_t n, std::int64_t size, std::int64_t stride) {
    std::int64_t whole = 0;
    expect<ShapeError>(!__builtin_mul_overflow(n, stride, &whole) && whole < std::int64_t{1} << 60,
                       "conv2d_transpose: got stride {} for an axis of {}; expected what fits in memory", stride, n);
    WindowAxis a = plan_windows("conv2d_transpose", whole, size, stride, 1, "same");
    if (options.padding == "same") return a;
    expect(options.padding == "valid", "conv2d_transpose: got padding '{}'; expected 'valid' or 'same'",
           options.padding);
    a.in = n == 0 ? 0 : (n - 1) * stride + std::max(size, stride);
    a.front = 0;
    return a;
  };
  // The convolution whose transpose this is goes from the result's F channels to x's.
  const ConvPlan p{.batch = input[0],
                   .channels = k[2],
                   .filters = k[3],
                   .h = axis(input[1], k[0], strides.h),
                   .w = axis(input[2], k[1], strides.w)};
  return apply(transposed_op, p, {&x, &kernel});
}

namespace detail {

Family conv_rows() {
  static constexpr const Op* rows[] = {&conv_op, &transposed_op, &input_gradient_op, &kernel_gradient_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
