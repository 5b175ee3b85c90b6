#include "families.hpp"
#include "norm.hpp"

#include <frost/autograd/batch_moments.hpp>

#include <cmath>

// Batch normalisation, fused: with the batch's own statistics, and with given ones.
namespace frost {

using namespace detail;

namespace {

enum Input { X, Gamma, Beta, MovingMean, MovingVariance };
enum Output { Y, Mean, Variance };

double rstd_of(double variance, double epsilon) { return 1 / std::sqrt(variance + epsilon); }

// The tensor as a matrix of rows of channels; a sum of it over rows.
Tensor as_rows(const Tensor& t) {
  const NormSizes s(shape_of(t));
  return reshape(t, {s.rows, s.channels});
}
Tensor sum_channels(const Tensor& t) { return sum(as_rows(t), 0); }

// y = (x − mean)·rstd·gamma + beta with one of each a channel.
template <class S>
void normalize(const Inputs& x, const S* mean, const S* variance, double epsilon, Tensor& y) {
  const NormSizes s(shape_of(x[X]));
  const S *gamma = raw_or_null<S>(x[Gamma]), *beta = raw_or_null<S>(x[Beta]), *from = raw<S>(x[X]);
  const Tensor scale = make_channels<S>(s, x[X].dtype(), [&](std::int64_t j) {
    const double rstd = rstd_of(static_cast<double>(variance[j]), epsilon);
    return gamma ? static_cast<double>(gamma[j]) * rstd : rstd;
  });
  const Tensor shift = beta ? x[Beta] : make_channels<S>(s, x[X].dtype(), [](std::int64_t) { return 0.; });
  S* to = raw_out<S>(y);
  each_rows(s, [&](std::int64_t first, std::int64_t rows) {
    const std::int64_t at = first * s.channels;
    kernels::norm_loops<S>().scale_columns(from + at, mean, raw<S>(scale), raw<S>(shift), to + at, rows, s.channels);
  });
}

// Σ g and Σ g·(x − mean) of each channel; the second only with x.
template <class S>
ColumnSums centred_sums(const NormSizes& s, const S* g, const S* x, const S* mean) {
  return column_sums<S>(s, x != nullptr, [&](std::int64_t first, std::int64_t rows, S* sum_g, S* sum_gx) {
    const std::int64_t at = first * s.channels;
    kernels::norm_loops<S>().column_sums(g + at, x ? x + at : nullptr, mean, sum_g, sum_gx, rows, s.channels);
  });
}

// ------------------------------------------------------------------------------------------- the batch's own
// statistics

// Joins the means and Σ (x − mean)² of more rows to those of `count` rows, as Chan, Golub and LeVeque (1983) do.
template <class T>
void join(double count, double* mean, double* squares, double rows, const T* means, const T* others, std::int64_t n) {
  if (rows <= 0) return;
  const double share = rows / (count + rows), weight = count * share;
  for (std::int64_t j = 0; j < n; ++j) {
    const double away = static_cast<double>(means[j]) - mean[j];
    mean[j] += away * share;
    squares[j] += static_cast<double>(others[j]) + away * away * weight;
  }
}

// The means of the channels, then their Σ (x − mean)².
template <class S>
Tensor moments_of(const NormSizes& s, const S* x) {
  const NormPieces pieces(s);
  const std::int64_t n = s.channels, width = 2 * n;
  Tensor parts = scratch<double>(width * pieces.count), blocks = scratch<S>(width * pieces.count);
  double* const all = raw_out<double>(parts);
  std::fill_n(all, width * pieces.count, 0.);
  pieces.each(s, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
    double* const part = all + width * piece;
    S* const block = raw_out<S>(blocks) + width * piece;
    for (std::int64_t row = begin; row < end; row += pieces.rows_per_block) {
      const std::int64_t rows = std::min(pieces.rows_per_block, end - row);
      kernels::norm_loops<S>().column_moments(x + row * n, block, block + n, rows, n);
      join(static_cast<double>(row - begin), part, part + n, static_cast<double>(rows), block, block + n, n);
    }
  });
  for (std::int64_t p = 1; p < pieces.count; ++p) {
    const std::int64_t before = p * pieces.rows_per_piece, rows = std::min(pieces.rows_per_piece, s.rows - before);
    const double* const part = all + width * p;
    join(static_cast<double>(before), all, all + n, static_cast<double>(rows), part, part + n, n);
  }
  return parts;
}

template <class S>
void train(const Inputs& x, double epsilon, const Outputs& y) {
  const NormSizes s(shape_of(x[X]));
  const Tensor moments = moments_of(s, raw<S>(x[X]));
  const double* const middle = raw<double>(moments);
  S *mean = raw_out<S>(y[Mean]), *variance = raw_out<S>(y[Variance]);
  const auto rows = static_cast<double>(s.rows);
  for (std::int64_t j = 0; j < s.channels; ++j) {
    mean[j] = static_cast<S>(s.rows > 0 ? middle[j] : std::nan(""));
    variance[j] = static_cast<S>(middle[s.channels + j] / rows);
  }
  normalize<S>(x, mean, variance, epsilon, y[Y]);
}

template <class S>
void train_gradients(const Saved& saved, const Tensor& g, Tensor* gradients) {
  const NormSizes s(saved.input_shape(X));
  const bool reads_x = saved.needs(X) || saved.needs(Gamma);
  const auto data = [](const void* values) { return static_cast<const S*>(values); };
  const S* x = reads_x ? data(saved.input_data(X)) : nullptr;
  const S* mean = reads_x ? data(saved.output_data(Mean)) : nullptr;
  const S* variance = reads_x ? data(saved.output_data(Variance)) : nullptr;
  const double epsilon = saved.attrs<NormAttrs>().epsilon;
  const ColumnSums sums = centred_sums(s, raw<S>(g), x, mean);
  const auto rstd = [&](std::int64_t j) { return rstd_of(static_cast<double>(variance[j]), epsilon); };
  const auto sum_g = [&](std::int64_t j) { return sums.g[j]; };
  const auto sum_gx = [&](std::int64_t j) { return sums.gx[j]; };
  if (saved.needs(Gamma)) {
    saved.count(Gamma);
    gradients[Gamma] = make_channels<S>(s, saved.dtype(), [&](std::int64_t j) {
      return s.rows > 0 ? sum_gx(j) * rstd(j) : 0.;  // the moments of nothing are NaN
    });
  }
  if (saved.needs(Beta)) {
    saved.count(Beta);
    gradients[Beta] = make_channels<S>(s, saved.dtype(), sum_g);
  }
  if (!saved.needs(X)) return;
  saved.count(X);
  const S* gamma = saved.has_input(Gamma) ? data(saved.input_data(Gamma)) : nullptr;
  const auto rows = static_cast<double>(s.rows);
  const auto scale = [&](std::int64_t j) { return gamma ? static_cast<double>(gamma[j]) * rstd(j) : rstd(j); };
  const Tensor a = make_channels<S>(s, saved.dtype(), scale);
  const Tensor b = make_channels<S>(s, saved.dtype(),
                                    [&](std::int64_t j) { return -scale(j) * rstd(j) * rstd(j) * sum_gx(j) / rows; });
  const Tensor c = make_channels<S>(s, saved.dtype(), [&](std::int64_t j) { return -scale(j) * sum_g(j) / rows; });
  Tensor dx = make_tensor(saved.input_shape(X), saved.dtype());
  S* to = raw_out<S>(dx);
  each_rows(s, [&](std::int64_t first, std::int64_t count) {
    const std::int64_t at = first * s.channels;
    kernels::norm_loops<S>().column_gradient(raw<S>(g) + at, x + at, mean, raw<S>(a), raw<S>(b), raw<S>(c), to + at,
                                             count, s.channels);
  });
  gradients[X] = std::move(dx);
}

Tensors train_composite(const Tensors& x, const Attrs& attrs) {
  const Tensor centred = x[X] - mean(as_rows(x[X]), 0);
  const Tensor variance = mean(square(as_rows(centred)), 0);
  Tensor y = centred * rsqrt(variance + attrs.as<NormAttrs>().epsilon);
  if (x[Gamma].present()) y = y * x[Gamma];
  if (x[Beta].present()) y = y + x[Beta];
  return {y};
}

Samples train_samples() {
  const auto call = [](const Tensors& x) { return batch_norm_train(x[0], x[1], x[2]); };
  return {{{normal({5, 3}), normal({3}, 2), normal({3}, 3)}, call},
          {{normal({2, 3, 2, 5}, 4), normal({5}, 5), normal({5}, 6)},
           [](const Tensors& x) { return batch_norm_train(x[0], x[1], x[2], {.epsilon = 0.1}); }},
          {{normal({4, 2}, 7), Tensor(), Tensor()}, call}};
}

constexpr Reads reads_centred = reads_input(X) | reads_output(Mean) | reads_output(Variance);

// x̂ = (x − mean)·rstd, rstd = 1/√(variance + epsilon), n rows:
// dx = gamma·rstd·(g − Σ g / n − x̂·Σ g·x̂ / n)        dgamma = Σ g·x̂        dbeta = Σ g
// The batch's mean and variance are outputs that nobody differentiates. What dx reads includes beta, for the composite
// alone.
constinit const Op batch_norm_train_op{
    .name = "batch_norm_train",
    .outputs = 3,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          norm_shape("batch_norm_train", x, {"gamma", "beta"}, y);
          const std::int64_t channels = NormSizes(shape_of(x[X])).channels;
          y[Mean] = y[Variance] = {make_shape(&channels, 1), x[X].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch_floating(x[X].dtype(), [&]<class S>(S) { train<S>(x, attrs.as<NormAttrs>().epsilon, y); });
        },
    .rules = {{{"x", reads_centred | reads_input(Gamma) | reads_input(Beta)},
               {"gamma", reads_centred},
               {"beta", reads_nothing}}},
    .joint =
        [](const Saved& saved, const Tensor& g, Tensor* gradients) {
          dispatch_floating(saved.dtype(), [&]<class S>(S) { train_gradients<S>(saved, g, gradients); });
        },
    .composite = train_composite,
    .samples = train_samples,
};

// -------------------------------------------------------------------------------------------------- given statistics

Tensor rstd_of(const Saved& saved) { return rsqrt(saved.input(MovingVariance) + saved.attrs<NormAttrs>().epsilon); }
Tensor times_gamma(const Saved& saved, const Tensor& t) { return saved.has_input(Gamma) ? t * saved.input(Gamma) : t; }

// Σ g·(x − mean) of each channel.
Tensor centred_sum(const Saved& saved, const Tensor& g) {
  if (recording()) return sum_channels(g * (saved.input(X) - saved.input(MovingMean)));
  const NormSizes s(saved.input_shape(X));
  return dispatch_floating(saved.dtype(), [&]<class S>(S) {
    const ColumnSums sums = centred_sums(s, raw<S>(g), static_cast<const S*>(saved.input_data(X)),
                                         static_cast<const S*>(saved.input_data(MovingMean)));
    return make_channels<S>(s, saved.dtype(), [&](std::int64_t j) { return sums.gx[j]; });
  });
}

Samples infer_samples() {
  const auto call = [](const Tensors& x) { return batch_norm_infer(x[0], x[1], x[2], x[3], x[4]); };
  return {{{normal({4, 3}), normal({3}, 2), normal({3}, 3), normal({3}, 4), between(0.5, 2, {3}, 5)}, call},
          {{normal({2, 2, 5}, 6), Tensor(), Tensor(), normal({5}, 7), between(0.5, 2, {5}, 8)}, call}};
}

// x̂ = (x − mean)·rstd, rstd = 1/√(variance + epsilon); Σ over all axes but the last:
// dx = g·gamma·rstd        dgamma = Σ g·x̂        dbeta = Σ g
// dmean = −gamma·rstd·Σ g        dvariance = −½·gamma·rstd³·Σ g·(x − mean)
constinit const Op batch_norm_infer_op{
    .name = "batch_norm_infer",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          norm_shape("batch_norm_infer", x, {"gamma", "beta", "moving_mean", "moving_variance"}, y);
          for (const int i : {MovingMean, MovingVariance})
            expect(x[i].present(), "batch_norm_infer: the {} is absent",
                   i == MovingMean ? "moving mean" : "moving variance");
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch_floating(x[X].dtype(), [&]<class S>(S) {
            normalize<S>(x, raw<S>(x[MovingMean]), raw<S>(x[MovingVariance]), attrs.as<NormAttrs>().epsilon, y[Y]);
          });
        },
    .rules = {{{"x", reads_input(Gamma) | reads_input(MovingVariance),
                [](const Saved& s, const Tensor& g) { return g * times_gamma(s, rstd_of(s)); }},
               {"gamma", reads_input(X) | reads_input(MovingMean) | reads_input(MovingVariance),
                [](const Saved& s, const Tensor& g) { return centred_sum(s, g) * rstd_of(s); }},
               {"beta", reads_nothing, [](const Saved&, const Tensor& g) { return sum_channels(g); }},
               {"moving_mean", reads_input(Gamma) | reads_input(MovingVariance),
                [](const Saved& s, const Tensor& g) { return -(sum_channels(g) * times_gamma(s, rstd_of(s))); }},
               {"moving_variance",
                reads_input(X) | reads_input(Gamma) | reads_input(MovingMean) | reads_input(MovingVariance),
                [](const Saved& s, const Tensor& g) {
                  const Tensor rstd = rstd_of(s);
                  return centred_sum(s, g) * times_gamma(s, rstd * square(rstd)) * -0.5;
                }}}},
    .samples = infer_samples,
};

}  // namespace

Tensor batch_norm_train(const Tensor& x, const Tensor& gamma, const Tensor& beta, const BatchNormOptions& options) {
  return batch_norm_moments(x, gamma, beta, options).y;
}
Tensor batch_norm_infer(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& moving_mean,
                        const Tensor& moving_variance, const BatchNormOptions& options) {
  return apply(batch_norm_infer_op, NormAttrs("batch_norm_infer", options.epsilon),
               {&x, &gamma, &beta, &moving_mean, &moving_variance});
}

namespace detail {

BatchMoments batch_norm_moments(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                const BatchNormOptions& options) {
  const Tensor* inputs[] = {&x, &gamma, &beta};
  const NormAttrs attrs("batch_norm_train", options.epsilon);
  Tensor y[3];
  apply(batch_norm_train_op, Attrs(attrs), Inputs(inputs, 3), y);
  if (is_abstract(y[Y])) return {y[Y], y[Mean], y[Variance]};
  return {y[Y], y[Mean].detach(), y[Variance].detach()};
}

Family batch_norm_rows() {
  static constexpr const Op* rows[] = {&batch_norm_train_op, &batch_norm_infer_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
