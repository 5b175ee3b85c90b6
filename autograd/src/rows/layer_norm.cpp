#include "families.hpp"
#include "norm.hpp"

// Layer normalisation, fused: one pass over x, which keeps a mean and a reciprocal deviation a row.
namespace frost {

using namespace detail;

namespace {

enum Input { X, Gamma, Beta };
enum Extra { Mean, Rstd };
constexpr Reads reads_normalized = reads_input(X) | reads_extra(Mean) | reads_extra(Rstd);

template <class S>
void normalize(const Inputs& x, double epsilon, const Outputs& y) {
  const NormSizes s(shape_of(x[X]));
  Tensor mean = make_tensor(make_shape(&s.rows, 1), x[X].dtype()), rstd = make_tensor(shape_of(mean), x[X].dtype());
  const S *from = raw<S>(x[X]), *gamma = raw_or_null<S>(x[Gamma]), *beta = raw_or_null<S>(x[Beta]);
  S *to = raw_out<S>(y[0]), *means = raw_out<S>(mean), *rstds = raw_out<S>(rstd);
  each_rows(s, [&](std::int64_t first, std::int64_t rows) {
    const std::int64_t at = first * s.channels;
    kernels::norm_loops<S>().normalize_rows(from + at, gamma, beta, epsilon, to + at, means + first, rstds + first,
                                            rows, s.channels);
  });
  if (y.keeps(Mean)) y.keep(Mean, std::move(mean));
  if (y.keeps(Rstd)) y.keep(Rstd, std::move(rstd));
}

template <class S>
void gradients_of_norm(const Saved& saved, const Tensor& g, Tensor* gradients) {
  const NormSizes s(saved.input_shape(X));
  const bool reads_x = saved.needs(X) || saved.needs(Gamma);
  Tensor kept_mean, kept_rstd;
  const S *x = nullptr, *mean = nullptr, *rstd = nullptr, *from = raw<S>(g);
  if (reads_x) {
    kept_mean = saved.extra(Mean);
    kept_rstd = saved.extra(Rstd);
    x = static_cast<const S*>(saved.input_data(X));
    mean = raw<S>(kept_mean);
    rstd = raw<S>(kept_rstd);
  }
  if (saved.needs(Gamma) || saved.needs(Beta)) {
    const S* read = saved.needs(Gamma) ? x : nullptr;
    const ColumnSums sums =
        column_sums<S>(s, read != nullptr, [&](std::int64_t first, std::int64_t rows, S* sum_g, S* sum_gx) {
          const std::int64_t at = first * s.channels;
          kernels::norm_loops<S>().normalized_sums(from + at, read ? read + at : nullptr, read ? mean + first : nullptr,
                                                   read ? rstd + first : nullptr, sum_g, sum_gx, rows, s.channels);
        });
    const auto give = [&](int input, const double* values) {
      if (!saved.needs(input)) return;
      saved.count(input);
      gradients[input] = make_channels<S>(s, saved.dtype(), [&](std::int64_t j) { return values[j]; });
    };
    give(Gamma, sums.gx);
    give(Beta, sums.g);
  }
  if (!saved.needs(X)) return;
  saved.count(X);
  const S* gamma = saved.has_input(Gamma) ? static_cast<const S*>(saved.input_data(Gamma)) : nullptr;
  Tensor dx = make_tensor(saved.input_shape(X), saved.dtype());
  S* to = raw_out<S>(dx);
  each_rows(s, [&](std::int64_t first, std::int64_t rows) {
    const std::int64_t at = first * s.channels;
    kernels::norm_loops<S>().row_gradient(from + at, x + at, gamma, mean + first, rstd + first, to + at, rows,
                                          s.channels);
  });
  gradients[X] = std::move(dx);
}

Tensors layer_norm_composite(const Tensors& x, const Attrs& attrs) {
  const Tensor centred = x[X] - mean(x[X], -1, true);
  Tensor y = centred * rsqrt(mean(square(centred), -1, true) + attrs.as<NormAttrs>().epsilon);
  if (x[Gamma].present()) y = y * x[Gamma];
  if (x[Beta].present()) y = y + x[Beta];
  return {y};
}

Samples layer_norm_samples() {
  const auto call = [](const Tensors& x) { return layer_norm(x[0], x[1], x[2]); };
  return {{{normal({3, 5}), normal({5}, 2), normal({5}, 3)}, call},
          {{normal({2, 2, 9}, 4), normal({9}, 5), normal({9}, 6)},
           [](const Tensors& x) { return layer_norm(x[0], x[1], x[2], {.epsilon = 0.1}); }},
          {{normal({4}, 7), Tensor(), Tensor()}, call}};
}

// x̂ = (x − mean)·rstd, h = g·gamma; over the last axis:
// dx = rstd·(h − mean h − x̂·mean(h·x̂))        dgamma = Σ g·x̂        dbeta = Σ g
// What dx reads includes beta, for the composite alone.
constinit const Op layer_norm_op{
    .name = "layer_norm",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          norm_shape("layer_norm", x, {"gamma", "beta"}, y);
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch_floating(x[X].dtype(), [&]<class S>(S) { normalize<S>(x, attrs.as<NormAttrs>().epsilon, y); });
        },
    .rules = {{{"x", reads_normalized | reads_input(Gamma) | reads_input(Beta)},
               {"gamma", reads_normalized},
               {"beta", reads_nothing}}},
    .joint =
        [](const Saved& saved, const Tensor& g, Tensor* gradients) {
          dispatch_floating(saved.dtype(), [&]<class S>(S) { gradients_of_norm<S>(saved, g, gradients); });
        },
    .composite = layer_norm_composite,
    .samples = layer_norm_samples,
};

}  // namespace

Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, const LayerNormOptions& options) {
  return apply(layer_norm_op, NormAttrs("layer_norm", options.epsilon), {&x, &gamma, &beta});
}

namespace detail {

Family layer_norm_rows() {
  static constexpr const Op* rows[] = {&layer_norm_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
