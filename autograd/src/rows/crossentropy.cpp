#include "crossentropy.hpp"

#include "elementwise.hpp"
#include "families.hpp"
#include "kernels/softmax.hpp"

#include <algorithm>

// Cross-entropies of softmax, fused: one pass over the logits, which keeps one logsumexp a row.
namespace frost {

using namespace detail;

namespace {

// Rows of the logits, and classes.
struct RowSizes {
  std::int64_t rows = 1, classes;
  explicit RowSizes(const ShapeRef& logits) : classes(logits[logits.rank() - 1]) {
    for (int i = 0; i + 1 < logits.rank(); ++i) rows *= logits[i];
  }
};

// Calls body(first row, rows) for pieces of all rows.
template <class Body>
void each_piece(const RowSizes& s, const Body& body) {
  parallel_for(
      s.rows, [&](std::int64_t begin, std::int64_t end) { body(begin, end - begin); },
      parallel_grain / 4 / std::max<std::int64_t>(s.classes, 1) + 1);
}

// The mean of `losses`, one a row, as a scalar; NaN where there are none.
template <class S>
S mean_of(const Tensor& losses) {
  double total = 0;
  for (const S loss : losses.data<S>()) total += static_cast<double>(loss);
  return static_cast<S>(total / static_cast<double>(losses.size()));
}

// The factor of each row's gradient: g / rows, one element a row.
template <class S>
Tensor row_factors(const Tensor& g, const RowSizes& s) {
  Tensor factors = make_tensor(make_shape(&s.rows, 1), g.dtype());
  std::fill_n(raw_out<S>(factors), s.rows, raw<S>(g)[0] / static_cast<S>(s.rows));
  return factors;
}

// ------------------------------------------------------------------------------------------------------ probabilities

Samples categorical_samples() {
  const auto call = [](const Tensors& x) { return categorical_crossentropy(x[0], x[1], {.from_logits = true}); };
  const auto smooth = [](const Tensors& x) {
    return categorical_crossentropy(x[0], x[1], {.from_logits = true, .label_smoothing = 0.1});
  };
  return {{{between(0, 1, {3, 4}), normal({3, 4}, 2)}, call},
          {{between(0, 1, {2, 2, 5}), normal({2, 2, 5}, 2)}, smooth},
          {{between(0, 1, {3}), normal({3}, 2)}, call}};
}

void categorical_compute(const Inputs& x, const Attrs&, const Outputs& y) {
  const RowSizes s(shape_of(x[1]));
  const ShapeRef one_a_row = make_shape(&s.rows, 1);
  Tensor losses = make_tensor(one_a_row, x[1].dtype()), logsumexps = make_tensor(one_a_row, x[1].dtype());
  dispatch_floating(x[1].dtype(), [&]<class S>(S) {
    each_piece(s, [&](std::int64_t first, std::int64_t rows) {
      kernels::softmax_loops<S>().cross_entropy(raw<S>(x[1]) + first * s.classes, raw<S>(x[0]) + first * s.classes,
                                                raw_out<S>(losses) + first, raw_out<S>(logsumexps) + first, rows,
                                                s.classes);
    });
    raw_out<S>(y[0])[0] = mean_of<S>(losses);
  });
  if (y.keeps(0)) y.keep(0, std::move(logsumexps));
}

void categorical_joint(const Saved& saved, const Tensor& g, Tensor* gradients) {
  const RowSizes s(saved.input_shape(1));
  const Tensor kept = saved.extra(0);
  dispatch_floating(saved.dtype(), [&]<class S>(S) {
    const S *x = static_cast<const S*>(saved.input_data(1)), *logsumexps = raw<S>(kept);
    if (saved.needs(0)) {
      saved.count(0);
      Tensor dt = make_tensor(saved.input_shape(0), saved.dtype());
      const S factor = raw<S>(g)[0] / static_cast<S>(s.rows);
      S* to = raw_out<S>(dt);
      for (std::int64_t i = 0; i < s.rows; ++i)
        for (std::int64_t j = i * s.classes; j < (i + 1) * s.classes; ++j) to[j] = factor * (logsumexps[i] - x[j]);
      gradients[0] = std::move(dt);
    }
    if (saved.needs(1)) {
      saved.count(1);
      Tensor dx = make_tensor(saved.input_shape(1), saved.dtype());
      const S* t = static_cast<const S*>(saved.input_data(0));
      const Tensor factors = row_factors<S>(g, s);
      each_piece(s, [&](std::int64_t first, std::int64_t rows) {
        const std::int64_t at = first * s.classes;
        kernels::softmax_loops<S>().cross_entropy_backward(x + at, t + at, logsumexps + first, raw<S>(factors) + first,
                                                           raw_out<S>(dx) + at, rows, s.classes);
      });
      gradients[1] = std::move(dx);
    }
  });
}

// y = mean Σ t·(logsumexp − x)        dt = g·(logsumexp − x) / rows        dx = g·(softmax·Σt − t) / rows
constinit const Op categorical_op{
    .name = "categorical_crossentropy",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          expect_class_axis("categorical_crossentropy", x[1]);
          y[0] = {scalar_shape(), x[1].dtype()};
        },
    .compute = categorical_compute,
    .rules = {{{"y_true", reads_input(1) | reads_extra(0)},
               {"y_pred", reads_input(0) | reads_input(1) | reads_extra(0)}}},
    .joint = categorical_joint,
    .composite = [](const Tensors& x, const Attrs&) -> Tensors {
      return {mean(sum(x[0] * (logsumexp(x[1], -1, true) - x[1]), -1))};
    },
    .samples = categorical_samples,
};

// ------------------------------------------------------------------------------------------------------------- labels

Samples sparse_samples() {
  const auto call = [](const Tensors& x) { return sparse_categorical_crossentropy(x[0], x[1], {.from_logits = true}); };
  return {{{integers(0, 4, {3}), normal({3, 4}, 2)}, call},
          {{integers(0, 5, {2, 2, 1}), normal({2, 2, 5}, 2)}, call},
          {{integers(0, 3, {}), normal({3}, 2)}, call}};
}

// y = mean(logsumexp − x[label])        dx = g·(softmax − 1 at the label) / rows
constinit const Op sparse_op{
    .name = "sparse_categorical_crossentropy",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {scalar_shape(), x[1].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          const RowSizes s(shape_of(x[1]));
          const ShapeRef one_a_row = make_shape(&s.rows, 1);
          Tensor losses = make_tensor(one_a_row, x[1].dtype()), logsumexps = make_tensor(one_a_row, x[1].dtype());
          dispatch_floating(x[1].dtype(), [&]<class S>(S) {
            each_piece(s, [&](std::int64_t first, std::int64_t rows) {
              kernels::softmax_loops<S>().sparse_cross_entropy(
                  raw<S>(x[1]) + first * s.classes, raw<std::int64_t>(x[0]) + first, raw_out<S>(losses) + first,
                  raw_out<S>(logsumexps) + first, rows, s.classes);
            });
            raw_out<S>(y[0])[0] = mean_of<S>(losses);
          });
          if (y.keeps(0)) y.keep(0, std::move(logsumexps));
        },
    .rules = {{{}, {"y_pred", reads_input(0) | reads_input(1) | reads_extra(0)}}},
    .joint =
        [](const Saved& saved, const Tensor& g, Tensor* gradients) {
          if (!saved.needs(1)) return;
          saved.count(1);
          const RowSizes s(saved.input_shape(1));
          const Tensor kept = saved.extra(0);
          Tensor dx = make_tensor(saved.input_shape(1), saved.dtype());
          dispatch_floating(saved.dtype(), [&]<class S>(S) {
            const auto* x = static_cast<const S*>(saved.input_data(1));
            const auto* labels = static_cast<const std::int64_t*>(saved.input_data(0));
            const Tensor factors = row_factors<S>(g, s);
            each_piece(s, [&](std::int64_t first, std::int64_t rows) {
              const std::int64_t at = first * s.classes;
              kernels::softmax_loops<S>().sparse_cross_entropy_backward(x + at, labels + first, raw<S>(kept) + first,
                                                                        raw<S>(factors) + first, raw_out<S>(dx) + at,
                                                                        rows, s.classes);
            });
          });
          gradients[1] = std::move(dx);
        },
    .composite = [](const Tensors& x, const Attrs&) -> Tensors {
      return {mean(logsumexp(x[1], -1) - squeeze(take_along_axis(x[1], labels_in_column(x[0], x[1]), -1), -1))};
    },
    .samples = sparse_samples,
};

}  // namespace

namespace detail {

Tensor softmax_crossentropy(const Tensor& y_true, const Tensor& logits) {
  return apply(categorical_op, {&y_true, &logits});
}
Tensor sparse_softmax_crossentropy(const Tensor& labels, const Tensor& logits) {
  return apply(sparse_op, {&labels, &logits});
}

Family loss_rows() {
  static constexpr const Op* rows[] = {&categorical_op, &sparse_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
