#include "axes.hpp"
#include "elementwise.hpp"
#include "families.hpp"
#include "fourier_plan.hpp"

#include <algorithm>
#include <cmath>

// Discrete Fourier transforms along an axis. Each is linear, and another one of them is its adjoint.
namespace frost {

using namespace detail;

namespace {

struct TransformAttrs {
  int axis;
  std::int64_t n;  // of the transform
  double scale;
  bool twice = false;  // for real numbers: frequencies between 0 and n/2 count for their conjugates as well
};

std::int64_t half(std::int64_t n) { return n / 2 + 1; }
double weight_of(const TransformAttrs& attrs, std::int64_t k) {
  return attrs.twice && k > 0 && 2 * k < attrs.n ? 2 * attrs.scale : attrs.scale;
}

// Calls body(line, scratch) for each line along the axis, the first element of which is line.at(…, 0).
struct Lines {
  std::int64_t inner;

  std::int64_t at(std::int64_t line, std::int64_t size, std::int64_t k) const {
    return (line / inner * size + k) * inner + line % inner;
  }
};

// Gathers each line into complex numbers, transforms it, and hands it on.
template <class Gather, class Scatter>
void each_line(std::int64_t count, std::int64_t n, bool back, const Gather& gather, const Scatter& scatter) {
  const FourierPlan plan(n);
  parallel_for(
      count,
      [&](std::int64_t begin, std::int64_t end) {
        std::vector<Complex> line(static_cast<std::size_t>(n)), scratch(plan.scratch_size());
        for (std::int64_t l = begin; l < end; ++l) {
          gather(l, line.data());
          plan.run(line.data(), scratch.data(), back);
          scatter(l, line.data());
        }
      },
      parallel_grain / std::min(parallel_grain, 8 * n) + 1);
}

// -------------------------------------------------------------------------------------------------- complex to complex

template <bool Back>
constexpr const char* transform_name = Back ? "ifft" : "fft";

template <bool Back>
void compute_transform(const Inputs& x, const Attrs& a, const Outputs& y) {
  const auto& attrs = a.as<TransformAttrs>();
  const kernels::ReduceShape shape = around(shape_of(x[0]), attrs.axis);
  const Lines lines{shape.inner / 2};
  const std::int64_t n = shape.n;
  dispatch_floating(x[0].dtype(), [&]<class S>(S) {
    const S* from = raw<S>(x[0]);
    S* to = raw_out<S>(y[0]);
    each_line(
        shape.outer * lines.inner, n, Back,
        [&](std::int64_t line, Complex* z) {
          for (std::int64_t k = 0; k < n; ++k) {
            const S* element = from + 2 * lines.at(line, n, k);
            z[k] = {element[0], element[1]};
          }
        },
        [&](std::int64_t line, const Complex* z) {
          for (std::int64_t k = 0; k < n; ++k) {
            S* element = to + 2 * lines.at(line, n, k);
            element[0] = static_cast<S>(attrs.scale * z[k].re);
            element[1] = static_cast<S>(attrs.scale * z[k].im);
          }
        });
  });
}

template <bool Back>
Samples transform_samples() {
  constexpr Tensor (*transform)(const Tensor&, const FftOptions&) = Back ? ifft : fft;
  return {{{normal({4, 2})}, [](const Tensors& x) { return transform(x[0], {}); }},
          {{normal({2, 3, 2}, 2)}, [](const Tensors& x) { return transform(x[0], {.axis = 0}); }},
          {{normal({5, 2}, 3)}, [](const Tensors& x) { return transform(x[0], {.n = 3, .norm = "ortho"}); }},
          {{normal({2, 3}, 4)}, [](const Tensors& x) { return transform(x[0], {.n = 4, .norm = "forward"}); }},
          {{normal({0, 3, 2}, 5)}, [](const Tensors& x) { return transform(x[0], {}); }}};
}

template <bool Back>
Tensor adjoint(const Saved& s, const Tensor& g);

// y_k = scale·Σ_j x_j·e^(∓2πi·jk/n)        dx = the same of g with the other sign
template <bool Back>
constinit const Op transform_op{
    .name = transform_name<Back>,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {shape_of(x[0]), x[0].dtype()};
        },
    .compute = compute_transform<Back>,
    .rules = {{{"x", reads_nothing, adjoint<Back>}}},
    .samples = transform_samples<Back>,
};

template <bool Back>
Tensor adjoint(const Saved& s, const Tensor& g) {
  return apply(transform_op<!Back>, s.attrs<TransformAttrs>(), {&g});
}

// ----------------------------------------------------------------------------------------------- real numbers, and
// back

void compute_half(const Inputs& x, const Attrs& a, const Outputs& y) {
  const auto& attrs = a.as<TransformAttrs>();
  const kernels::ReduceShape shape = around(shape_of(x[0]), attrs.axis);
  const Lines lines{shape.inner};
  const std::int64_t n = attrs.n, m = half(n);
  dispatch_floating(x[0].dtype(), [&]<class S>(S) {
    const S* from = raw<S>(x[0]);
    S* to = raw_out<S>(y[0]);
    each_line(
        shape.outer * lines.inner, n, false,
        [&](std::int64_t line, Complex* z) {
          for (std::int64_t j = 0; j < n; ++j) z[j] = {from[lines.at(line, n, j)], 0};
        },
        [&](std::int64_t line, const Complex* z) {
          for (std::int64_t k = 0; k < m; ++k) {
            S* element = to + 2 * lines.at(line, m, k);
            element[0] = static_cast<S>(weight_of(attrs, k) * z[k].re);
            element[1] = static_cast<S>(weight_of(attrs, k) * z[k].im);
          }
        });
  });
}

void compute_real(const Inputs& x, const Attrs& a, const Outputs& y) {
  const auto& attrs = a.as<TransformAttrs>();
  const kernels::ReduceShape shape = around(shape_of(x[0]), attrs.axis);
  const Lines lines{shape.inner / 2};
  const std::int64_t n = attrs.n, m = half(n);
  dispatch_floating(x[0].dtype(), [&]<class S>(S) {
    const S* from = raw<S>(x[0]);
    S* to = raw_out<S>(y[0]);
    each_line(
        shape.outer * lines.inner, n, true,
        [&](std::int64_t line, Complex* z) {
          for (std::int64_t k = 0; k < m; ++k) {
            const S* element = from + 2 * lines.at(line, m, k);
            z[k] = {weight_of(attrs, k) * element[0], weight_of(attrs, k) * element[1]};
          }
          std::fill(z + m, z + n, Complex{0, 0});
        },
        [&](std::int64_t line, const Complex* z) {
          for (std::int64_t j = 0; j < n; ++j) to[lines.at(line, n, j)] = static_cast<S>(z[j].re);
        });
  });
}

extern const Op rfft_op;

// y_j = scale·Σ_k c_k·Re(x_k·e^(2πi·jk/n))        dx = c·rfft(g)
constinit const Op irfft_op{
    .name = "irfft",
    .shape =
        [](const Inputs& x, const Attrs& a, Specs& y) {
          const auto& attrs = a.as<TransformAttrs>();
          Shape dims = shape_of(x[0]).dims();
          dims[static_cast<std::size_t>(attrs.axis)] = attrs.n;
          dims.pop_back();
          y[0] = {make_shape(dims), x[0].dtype()};
        },
    .compute = compute_real,
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) { return apply(rfft_op, s.attrs<TransformAttrs>(), {&g}); }}}},
    .samples =
        [] {
          return Samples{
              {{normal({3, 2})}, [](const Tensors& x) { return irfft(x[0]); }},
              {{normal({3, 2, 2}, 2)}, [](const Tensors& x) { return irfft(x[0], {.n = 5, .axis = 0}); }},
              {{normal({2, 4, 2}, 3)}, [](const Tensors& x) { return irfft(x[0], {.n = 4, .norm = "ortho"}); }},
              {{normal({2, 2}, 4)}, [](const Tensors& x) { return irfft(x[0], {.n = 1, .norm = "forward"}); }}};
        },
};

// y_k = scale·c_k·Σ_j x_j·e^(−2πi·jk/n)        dx_j = scale·Σ_k c_k·Re(g_k·e^(2πi·jk/n)); c = 1 but in gradients
constinit const Op rfft_op{
    .name = "rfft",
    .shape =
        [](const Inputs& x, const Attrs& a, Specs& y) {
          const auto& attrs = a.as<TransformAttrs>();
          Shape dims = shape_of(x[0]).dims();
          dims[static_cast<std::size_t>(attrs.axis)] = half(attrs.n);
          dims.push_back(2);
          y[0] = {make_shape(dims), x[0].dtype()};
        },
    .compute = compute_half,
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) { return apply(irfft_op, s.attrs<TransformAttrs>(), {&g}); }}}},
    .samples =
        [] {
          return Samples{
              {{normal({6})}, [](const Tensors& x) { return rfft(x[0]); }},
              {{normal({5, 2}, 2)}, [](const Tensors& x) { return rfft(x[0], {.axis = 0, .norm = "ortho"}); }},
              {{normal({2, 3}, 3)}, [](const Tensors& x) { return rfft(x[0], {.n = 4, .norm = "forward"}); }},
              {{normal({4}, 4)}, [](const Tensors& x) { return rfft(x[0], {.n = 1}); }}};
        },
};

// ------------------------------------------------------------------------------------------------------------- options

double scale_of(const char* op, const std::string& norm, std::int64_t n, bool back) {
  const bool is_backward = norm == "backward", is_forward = norm == "forward";
  expect(is_backward || is_forward || norm == "ortho", "{}: got norm '{}'; expected backward, ortho or forward", op,
         norm);
  const auto count = static_cast<double>(n);
  if (norm == "ortho") return 1 / std::sqrt(count);
  return back == is_backward ? 1 / count : 1;
}

// x with `size` elements along an axis, cut or continued by zeros.
Tensor resized(const Tensor& x, int axis, std::int64_t size) {
  const std::int64_t now = shape_of(x)[axis];
  if (now > size) return x.slice(axis, 0, size);
  if (now == size) return x;
  PadOptions options;
  options.pad_width.assign(static_cast<std::size_t>(shape_of(x).rank()), {0, 0});
  options.pad_width[static_cast<std::size_t>(axis)].second = size - now;
  return pad(x, options);
}

void expect_transformable(const char* op, const Tensor& x, std::int64_t n) {
  expect<ShapeError>(n > 0, "{}: nothing to transform; got shape {} and n = {}; expected an n of 1 or more", op,
                     text(x), n);
}

int rank_of(const char* op, const Tensor& x, bool is_complex) {
  expect(x.present(), "{}: the tensor is absent", op);
  expect_floating(op, x);
  const int rank = shape_of(x).rank();
  if (!is_complex) return rank;
  expect<ShapeError>(
      rank >= 2 && shape_of(x)[rank - 1] == 2,
      "{}: got shape {}; expected complex numbers (…, m, 2): the real and the imaginary part stand along the "
      "last axis",
      op, text(x));
  return rank - 1;
}

template <bool Back>
Tensor transform(const Tensor& x, const FftOptions& options) {
  constexpr const char* op = transform_name<Back>;
  expect(x.present(), "{}: the tensor is absent", op);
  const ShapeRef& shape = shape_of(x);
  const bool is_complex = options.is_complex.value_or(shape.rank() >= 2 && shape[shape.rank() - 1] == 2);
  const int axis = normalize_axis(op, options.axis, rank_of(op, x, is_complex));
  const std::int64_t n = options.n.value_or(shape[axis]);
  expect_transformable(op, x, n);
  Tensor given = resized(x, axis, n);
  if (!is_complex) given = stack({given, zeros_like(given)}, -1);
  return apply(transform_op<Back>, TransformAttrs{axis, n, scale_of(op, options.norm, n, Back)}, {&given});
}

}  // namespace

Tensor fft(const Tensor& x, const FftOptions& options) { return transform<false>(x, options); }
Tensor ifft(const Tensor& x, const FftOptions& options) { return transform<true>(x, options); }

Tensor rfft(const Tensor& x, const RfftOptions& options) {
  const int axis = normalize_axis("rfft", options.axis, rank_of("rfft", x, false));
  const std::int64_t n = options.n.value_or(shape_of(x)[axis]);
  expect_transformable("rfft", x, n);
  const Tensor given = resized(x, axis, n);
  return apply(rfft_op, TransformAttrs{axis, n, scale_of("rfft", options.norm, n, false)}, {&given});
}

Tensor irfft(const Tensor& x, const RfftOptions& options) {
  const int axis = normalize_axis("irfft", options.axis, rank_of("irfft", x, true));
  const std::int64_t n = options.n.value_or(2 * (shape_of(x)[axis] - 1));
  expect_transformable("irfft", x, n);
  const Tensor given = resized(x, axis, half(n));
  return apply(irfft_op, TransformAttrs{axis, n, scale_of("irfft", options.norm, n, true), true}, {&given});
}

namespace detail {

Family fourier_rows() {
  static constexpr const Op* rows[] = {&transform_op<false>, &transform_op<true>, &rfft_op, &irfft_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
