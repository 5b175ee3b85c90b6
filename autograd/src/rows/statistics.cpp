#include "axes.hpp"
#include "elementwise.hpp"
#include "families.hpp"
#include "kernels/softmax.hpp"

#include <algorithm>
#include <cmath>

// Variance, norm and logsumexp over axes.
namespace frost {

using namespace detail;

namespace {

using kernels::ReduceShape;

template <const char* const& Name>
void floating_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  expect_floating(Name, x[0]);
  y[0] = {reduced_shape(shape_of(x[0]), attrs.as<ReduceAttrs>()), x[0].dtype()};
}

template <Tensor (*F)(const Tensor&, const Axes&, bool)>
Samples reduction_samples() {
  return {{{normal({2, 3, 4})}, [](const Tensors& x) { return F(x[0], {}, false); }},
          {{normal({2, 3, 4}, 2)}, [](const Tensors& x) { return F(x[0], {0}, true); }},
          {{normal({2, 3, 4}, 3)}, [](const Tensors& x) { return F(x[0], {-1}, false); }},
          {{normal({2, 3, 4}, 4)}, [](const Tensors& x) {
             return F(x[0], {2, 0}, false);
           }}};
}

// Calls body(from, to, shape) for x's values with the reduced axes together, in pieces of the outer axis.
template <class Body>
void reduce_grouped(const Inputs& x, const Attrs& attrs, const Outputs& y, const Body& body) {
  const Grouped grouped = group(x[0], attrs.as<ReduceAttrs>());
  dispatch_floating(y[0].dtype(), [&]<class S>(S) {
    each_outer(raw<S>(grouped.values), raw_out<S>(y[0]), grouped.shape,
               [&](const S* from, S* to, ReduceShape shape) { body(from, to, shape); });
  });
}

// g / y with 0 where y is 0: what norm and std take for their gradients' factor.
Tensor over_positive(const Tensor& g, const Tensor& y) {
  const Tensor is_zero = equal(y, 0.);
  return where(is_zero, 0., g / where(is_zero, 1., y));
}

constexpr const char* norm_name = "norm";

void compute_norm(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  reduce_grouped(x, attrs, y, []<class S>(const S* from, S* to, ReduceShape shape) {
    kernels::reduce<S>().sum_of_squares(from, to, shape);
    for (std::int64_t i = 0; i < shape.outer * shape.inner; ++i) to[i] = std::sqrt(to[i]);
  });
}

// y = √Σ x²        dx = g·x / y, 0 where y = 0
constinit const Op norm_op{
    .name = norm_name,
    .shape = floating_shape<norm_name>,
    .compute = compute_norm,
    .rules = {{{"x", reads_input(0) | reads_output(),
                [](const Saved& s, const Tensor& g) {
                  const Tensor factor = over_positive(g, s.output());
                  return s.input(0) * with_kept_axes(factor, s.input_shape(0), s.attrs<ReduceAttrs>());
                }}}},
    .samples = reduction_samples<norm>,
};

constexpr const char* var_name = "var";
constexpr const char* std_name = "std";

template <class S>
S divisor(std::int64_t n, std::int64_t ddof) {
  return static_cast<S>(std::max<std::int64_t>(n - ddof, 0));
}

// Σ (x − mean)² a column, in two passes: one would cancel.
template <class S>
void squared_deviations(const S* x, S* y, ReduceShape shape) {
  constexpr std::int64_t chunk = 512;
  const auto& loops = kernels::reduce<S>();
  const S n = static_cast<S>(shape.n);
  if (shape.inner == 1) {
    S centred[chunk];
    for (std::int64_t o = 0; o < shape.outer; ++o, x += shape.n) {
      S mean, total = 0;
      loops.sum(x, &mean, {1, shape.n, 1});
      mean /= n;
      for (std::int64_t k = 0; k < shape.n; k += chunk) {
        const std::int64_t m = std::min(chunk, shape.n - k);
        for (std::int64_t i = 0; i < m; ++i) centred[i] = x[k + i] - mean;
        S part;
        loops.sum_of_squares(centred, &part, {1, m, 1});
        total += part;
      }
      y[o] = total;
    }
    return;
  }
  std::vector<S> mean(static_cast<std::size_t>(shape.inner));
  for (std::int64_t o = 0; o < shape.outer; ++o, y += shape.inner) {
    loops.sum(x, mean.data(), {1, shape.n, shape.inner});
    for (S& m : mean) m /= n;
    std::fill_n(y, shape.inner, S{0});
    for (std::int64_t k = 0; k < shape.n; ++k, x += shape.inner)
      for (std::int64_t i = 0; i < shape.inner; ++i) {
        const S d = x[i] - mean[static_cast<std::size_t>(i)];
        y[i] += d * d;
      }
  }
}

template <bool Root>
void compute_var(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  reduce_grouped(x, attrs, y, [&]<class S>(const S* from, S* to, ReduceShape shape) {
    squared_deviations(from, to, shape);
    const S n = divisor<S>(shape.n, attrs.as<ReduceAttrs>().ddof);
    for (std::int64_t i = 0; i < shape.outer * shape.inner; ++i) {
      to[i] /= n;
      if (Root) to[i] = std::sqrt(to[i]);
    }
  });
}

// factor·(x − mean) / (n − ddof)
Tensor var_gradient(const Saved& s, const Tensor& factor) {
  const auto& attrs = s.attrs<ReduceAttrs>();
  const ShapeRef& shape = s.input_shape(0);
  const Tensor x = s.input(0);
  const Tensor mean = frost::mean(x, attrs.list(shape.rank()), true);
  const Tensor scaled = factor / divisor<double>(reduced_count(shape, attrs), attrs.ddof);
  return (x - mean) * with_kept_axes(scaled, shape, attrs);
}

Tensor plain_var(const Tensor& x, const Axes& axes, bool keepdims) { return var(x, axes, keepdims, 1); }
Tensor plain_std(const Tensor& x, const Axes& axes, bool keepdims) { return std(x, axes, keepdims, 0); }

// y = Σ (x − mean)² / (n − ddof)        dx = 2·g·(x − mean) / (n − ddof)
constinit const Op var_op{
    .name = var_name,
    .shape = floating_shape<var_name>,
    .compute = compute_var<false>,
    .rules = {{{"x", reads_input(0), [](const Saved& s, const Tensor& g) { return var_gradient(s, 2. * g); }}}},
    .samples = reduction_samples<plain_var>,
};

// y = √var        dx = g·(x − mean) / ((n − ddof)·y), 0 where y = 0
constinit const Op std_op{
    .name = std_name,
    .shape = floating_shape<std_name>,
    .compute = compute_var<true>,
    .rules = {{{"x", reads_input(0) | reads_output(),
                [](const Saved& s, const Tensor& g) { return var_gradient(s, over_positive(g, s.output())); }}}},
    .samples = reduction_samples<plain_std>,
};

Tensor variance(const Op& op, const Tensor& x, const Axes& axes, bool keepdims, std::int64_t ddof) {
  expect(ddof >= 0, "{}: got ddof {}; expected 0 or more", op.name, ddof);
  ReduceAttrs attrs = reduce_attrs(op.name, x, axes, keepdims);
  attrs.ddof = ddof;
  return apply(op, attrs, {&x});
}

constexpr const char* logsumexp_name = "logsumexp";

// Columns of a block of rows: the largest first, so that nothing overflows.
template <class S>
void logsumexp_columns(const S* x, S* y, ReduceShape shape) {
  constexpr std::int64_t width = 256;
  const auto exp = kernels::unary_kernels<kernels::Exp>().of<S>().forward;
  S largest[width], total[width], term[width];
  for (std::int64_t o = 0; o < shape.outer; ++o, x += shape.n * shape.inner, y += shape.inner)
    for (std::int64_t at = 0; at < shape.inner; at += width) {
      const std::int64_t m = std::min(width, shape.inner - at);
      std::fill_n(total, m, S{0});
      std::fill_n(largest, m, -std::numeric_limits<S>::infinity());
      for (std::int64_t k = 0; k < shape.n; ++k)
        for (std::int64_t i = 0; i < m; ++i) largest[i] = std::max(largest[i], x[k * shape.inner + at + i]);
      for (std::int64_t i = 0; i < m; ++i)
        if (std::isinf(largest[i])) largest[i] = 0;
      for (std::int64_t k = 0; k < shape.n; ++k) {
        for (std::int64_t i = 0; i < m; ++i) term[i] = x[k * shape.inner + at + i] - largest[i];
        exp(nullptr, term, term, m);
        for (std::int64_t i = 0; i < m; ++i) total[i] += term[i];
      }
      for (std::int64_t i = 0; i < m; ++i) y[at + i] = largest[i] + std::log(total[i]);
    }
}

void compute_logsumexp(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  reduce_grouped(x, attrs, y, []<class S>(const S* from, S* to, ReduceShape shape) {
    if (shape.inner == 1 && shape.n > 0)
      kernels::softmax_loops<S>().logsumexp(from, to, shape.outer, shape.n);
    else
      logsumexp_columns(from, to, shape);
  });
}

// Where y is infinite the differences x − y may be NaN; a row of −∞ has gradient 0.
Tensor logsumexp_gradient(const Saved& s, const Tensor& g) {
  const auto& attrs = s.attrs<ReduceAttrs>();
  const Tensor y = s.output();
  const Tensor finite = where(equal(y, -std::numeric_limits<double>::infinity()), 0., y);
  const ShapeRef& shape = s.input_shape(0);
  return exp(s.input(0) - with_kept_axes(finite, shape, attrs)) * with_kept_axes(g, shape, attrs);
}

// y = ln Σ eˣ        dx = g·e^(x − y)
constinit const Op logsumexp_op{
    .name = logsumexp_name,
    .shape = floating_shape<logsumexp_name>,
    .compute = compute_logsumexp,
    .rules = {{{"x", reads_input(0) | reads_output(), logsumexp_gradient}}},
    .samples = reduction_samples<logsumexp>,
};

}  // namespace

Tensor norm(const Tensor& x, const Axes& axes, bool keepdims) {
  return apply(norm_op, reduce_attrs(norm_name, x, axes, keepdims), {&x});
}
Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdims) {
  return apply(logsumexp_op, reduce_attrs(logsumexp_name, x, axes, keepdims), {&x});
}
Tensor var(const Tensor& x, const Axes& axes, bool keepdims, std::int64_t ddof) {
  return variance(var_op, x, axes, keepdims, ddof);
}
Tensor var(const Tensor& x, const VarOptions& options) {
  return variance(var_op, x, options.axis, options.keepdims, options.ddof);
}
Tensor std(const Tensor& x, const Axes& axes, bool keepdims, std::int64_t ddof) {
  return variance(std_op, x, axes, keepdims, ddof);
}
Tensor std(const Tensor& x, const VarOptions& options) {
  return variance(std_op, x, options.axis, options.keepdims, options.ddof);
}

namespace detail {

Family statistics_rows() {
  static constexpr const Op* rows[] = {&norm_op, &var_op, &std_op, &logsumexp_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
