#include "axes.hpp"
#include "elementwise.hpp"
#include "families.hpp"

#include <algorithm>

// Sums, products and extremes over axes.
namespace frost {

using namespace detail;

namespace {

using kernels::ReduceShape;

// Reduces the groups of neighbouring axes one after another, the innermost first: `first` reads x, `rest` what came of
// it.
template <class In, class Out>
void reduce_in_stages(const Tensor& x, const ReduceAttrs& attrs, Tensor& y, void (*first)(const In*, Out*, ReduceShape),
                      void (*rest)(const Out*, Out*, ReduceShape)) {
  std::int64_t size[64];
  bool reduced[64];
  int groups = 0;
  for (int i = 0; i < shape_of(x).rank(); ++i) {
    const std::int64_t n = shape_of(x)[i];
    if (n == 1) continue;
    if (groups > 0 && reduced[groups - 1] == attrs.has(i)) {
      size[groups - 1] *= n;
    } else {
      size[groups] = n;
      reduced[groups++] = attrs.has(i);
    }
  }
  Tensor between;
  std::int64_t inner = 1;
  int last = groups - 1;
  const auto stage = [&](ReduceShape shape, bool is_last) {
    Tensor to = is_last ? y : make_tensor(make_shape({shape.outer, shape.inner}), y.dtype());
    if (between.present())
      each_outer(raw<Out>(between), raw_out<Out>(to), shape, rest);
    else
      each_outer(raw<In>(x), raw_out<Out>(to), shape, first);
    between = std::move(to);
  };
  int left = 0;
  for (int i = 0; i < groups; ++i) left += reduced[i];
  for (; left > 0; --last) {
    if (!reduced[last]) {
      inner *= size[last];
      continue;
    }
    std::int64_t outer = 1;
    for (int i = 0; i < last; ++i) outer *= size[i];
    stage({outer, size[last], inner}, --left == 0);
  }
  if (!between.present()) stage({1, 1, shape_of(x).count()}, true);
}

DType sum_dtype(DType dtype) { return is_floating(dtype) ? dtype : DType::int64; }

void sum_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  y[0] = {reduced_shape(shape_of(x[0]), attrs.as<ReduceAttrs>()), sum_dtype(x[0].dtype())};
}

void sum_bytes(const bool* x, std::int64_t* y, ReduceShape shape) {
  kernels::sum_bool(reinterpret_cast<const std::uint8_t*>(x), y, shape);
}

void compute_sum(const Inputs& x, const Attrs& a, const Outputs& y) {
  const auto& attrs = a.as<ReduceAttrs>();
  if (x[0].dtype() == DType::boolean)
    return reduce_in_stages<bool, std::int64_t>(x[0], attrs, y[0], sum_bytes, kernels::reduce_int64.sum);
  if (x[0].dtype() == DType::int64)
    return reduce_in_stages(x[0], attrs, y[0], kernels::reduce_int64.sum, kernels::reduce_int64.sum);
  dispatch_floating(x[0].dtype(), [&]<class S>(S) {
    reduce_in_stages(x[0], attrs, y[0], kernels::reduce<S>().sum, kernels::reduce<S>().sum);
  });
}

Tensor sum_gradient(const Saved& s, const Tensor& g) { return spread(g, s.input_shape(0), s.attrs<ReduceAttrs>()); }

using Reduction = Tensor (*)(const Tensor&, const Axes&, bool);

template <Reduction F>
Samples reduction_samples() {
  return {{{normal({2, 3, 4})}, [](const Tensors& x) { return F(x[0], {}, false); }},
          {{normal({2, 3, 4}, 2)}, [](const Tensors& x) { return F(x[0], {0}, true); }},
          {{normal({2, 3, 4}, 3)}, [](const Tensors& x) { return F(x[0], {-1}, false); }},
          {{normal({2, 3, 4}, 4)},
           [](const Tensors& x) {
             return F(x[0], {2, 0}, false);
           }},
          {{normal({}, 5)}, [](const Tensors& x) { return F(x[0], {}, false); }}};
}

// y = Σ x        dx = g, repeated along the reduced axes
constinit const Op sum_op{
    .name = "sum",
    .shape = sum_shape,
    .compute = compute_sum,
    .rules = {{{"x", reads_nothing, sum_gradient}}},
    .samples = reduction_samples<sum>,
};

void mean_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  expect_floating("mean", x[0]);
  sum_shape(x, attrs, y);
}

void compute_mean(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  compute_sum(x, attrs, y);
  const auto n = static_cast<double>(reduced_count(shape_of(x[0]), attrs.as<ReduceAttrs>()));
  dispatch_floating(y[0].dtype(), [&]<class S>(S) {
    S* to = raw_out<S>(y[0]);
    for (std::int64_t i = 0, count = shape_of(y[0]).count(); i < count; ++i) to[i] /= static_cast<S>(n);
  });
}

// y = Σ x / n        dx = g / n, repeated along the reduced axes
constinit const Op mean_op{
    .name = "mean",
    .shape = mean_shape,
    .compute = compute_mean,
    .rules = {{{"x", reads_nothing,
                [](const Saved& s, const Tensor& g) {
                  const std::int64_t n = reduced_count(s.input_shape(0), s.attrs<ReduceAttrs>());
                  return sum_gradient(s, g / static_cast<double>(n > 0 ? n : 1));
                }}}},
    .samples = reduction_samples<mean>,
};

void prod_bool(const bool* x, std::int64_t* y, ReduceShape shape) {
  for (std::int64_t o = 0; o < shape.outer; ++o)
    for (std::int64_t i = 0; i < shape.inner; ++i) {
      bool all = true;
      for (std::int64_t k = 0; k < shape.n; ++k) all &= x[(o * shape.n + k) * shape.inner + i];
      y[o * shape.inner + i] = all;
    }
}

void compute_prod(const Inputs& x, const Attrs& a, const Outputs& y) {
  const auto& attrs = a.as<ReduceAttrs>();
  if (x[0].dtype() == DType::boolean)
    return reduce_in_stages<bool, std::int64_t>(x[0], attrs, y[0], prod_bool, kernels::reduce_int64.prod);
  if (x[0].dtype() == DType::int64)
    return reduce_in_stages(x[0], attrs, y[0], kernels::reduce_int64.prod, kernels::reduce_int64.prod);
  dispatch_floating(x[0].dtype(), [&]<class S>(S) {
    reduce_in_stages(x[0], attrs, y[0], kernels::reduce<S>().prod, kernels::reduce<S>().prod);
  });
}

// The product of the others: of those before, times that of those after. No division, hence right with zeros.
template <class S>
void products_of_others(const S* x, const S* g, S* dx, ReduceShape shape) {
  constexpr std::int64_t width = 256;
  const std::int64_t inner = shape.inner;
  S running[width];
  for (std::int64_t o = 0; o < shape.outer; ++o, x += shape.n * inner, dx += shape.n * inner, g += inner) {
    if (inner == 1) {
      S before = *g, after = 1;
      for (std::int64_t k = 0; k < shape.n; before *= x[k++]) dx[k] = before;
      for (std::int64_t k = shape.n; k-- > 0; after *= x[k]) dx[k] *= after;
      continue;
    }
    for (std::int64_t at = 0; at < inner; at += width) {
      const std::int64_t m = std::min(width, inner - at);
      std::copy_n(g + at, m, running);
      for (std::int64_t k = 0; k < shape.n; ++k)
        for (std::int64_t i = 0; i < m; ++i) {
          dx[k * inner + at + i] = running[i];
          running[i] *= x[k * inner + at + i];
        }
      std::fill_n(running, m, S{1});
      for (std::int64_t k = shape.n; k-- > 0;)
        for (std::int64_t i = 0; i < m; ++i) {
          dx[k * inner + at + i] *= running[i];
          running[i] *= x[k * inner + at + i];
        }
    }
  }
}

Tensor prod_gradient(const Saved& s, const Tensor& g) {
  const auto& attrs = s.attrs<ReduceAttrs>();
  const ShapeRef& shape = s.input_shape(0);
  if (shape.count() == 0) return make_tensor(shape, g.dtype());
  if (recording()) {
    const Tensor x = group_recorded(s.input(0), attrs);
    const std::int64_t outer = x.shape()[0], n = x.shape()[1], inner = x.shape()[2];
    const Tensor edge = ones({outer, 1, inner}, {.dtype = x.dtype()});
    const Tensor before = cumprod(concatenate({edge, x.slice(1, 0, n - 1)}, 1), 1);
    const Tensor after = flip(cumprod(flip(concatenate({x.slice(1, 1, n), edge}, 1), {1}), 1), {1});
    return ungroup_recorded(reshape(g, {outer, 1, inner}) * before * after, shape, attrs);
  }
  const Grouped x = group(s.input(0), attrs);
  Tensor dx = make_tensor(shape_of(x.values), g.dtype());
  dispatch_floating(g.dtype(),
                    [&]<class S>(S) { products_of_others(raw<S>(x.values), raw<S>(g), raw_out<S>(dx), x.shape); });
  return ungroup(dx, shape, attrs);
}

Samples prod_samples() {
  Samples samples = reduction_samples<prod>();
  samples.push_back({{tensor({{1.5, 0, 2.}, {0, 3., 0}, {-1., 2., 0.5}}, DType::float64)},
                     [](const Tensors& x) { return prod(x[0], {1}); }});
  return samples;
}

// y = Π x        dx_i = g·Π_{j≠i} x_j
constinit const Op prod_op{
    .name = "prod",
    .shape = sum_shape,
    .compute = compute_prod,
    .rules = {{{"x", reads_input(0), prod_gradient}}},
    .samples = prod_samples,
};

template <bool Largest>
constexpr const char* extreme_name = Largest ? "max" : "min";

template <bool Largest>
void extreme_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  const auto& reduce = attrs.as<ReduceAttrs>();
  expect<ShapeError>(reduced_count(shape_of(x[0]), reduce) > 0,
                     "{}: nothing to choose from; got shape {}; expected one element or more along the reduced axes",
                     extreme_name<Largest>, text(x[0]));
  y[0] = {reduced_shape(shape_of(x[0]), reduce), x[0].dtype()};
}

template <bool Largest>
void extreme_bytes(const bool* x, bool* y, ReduceShape shape) {
  (Largest ? kernels::max_bool : kernels::min_bool)(reinterpret_cast<const std::uint8_t*>(x),
                                                    reinterpret_cast<std::uint8_t*>(y), shape);
}

template <bool Largest>
void compute_extreme(const Inputs& x, const Attrs& a, const Outputs& y) {
  const auto& attrs = a.as<ReduceAttrs>();
  if (x[0].dtype() == DType::boolean)
    return reduce_in_stages<bool, bool>(x[0], attrs, y[0], extreme_bytes<Largest>, extreme_bytes<Largest>);
  const auto with = [&](const auto& loops) {
    const auto loop = Largest ? loops.max : loops.min;
    reduce_in_stages(x[0], attrs, y[0], loop, loop);
  };
  if (x[0].dtype() == DType::int64) return with(kernels::reduce_int64);
  dispatch_floating(x[0].dtype(), [&]<class S>(S) { with(kernels::reduce<S>()); });
}

// g to those that equal y, in equal shares.
Tensor extreme_gradient(const Saved& s, const Tensor& g) {
  const auto& attrs = s.attrs<ReduceAttrs>();
  const ShapeRef& shape = s.input_shape(0);
  const Tensor x = s.input(0);
  const Tensor y = with_kept_axes(s.output(), shape, attrs);
  const Tensor chosen = equal(x, y).to(s.dtype());
  const Tensor ties = sum(chosen, attrs.list(shape.rank()), true);
  return chosen * (with_kept_axes(g, shape, attrs) / ties);
}

// y = max x        dx = g·[x = y] / the number of ties
template <bool Largest>
constinit const Op extreme_op{
    .name = extreme_name<Largest>,
    .shape = extreme_shape<Largest>,
    .compute = compute_extreme<Largest>,
    .rules = {{{"x", reads_input(0) | reads_output(), extreme_gradient}}},
    .samples = reduction_samples<(Largest ? Reduction{max} : Reduction{min})>,
};

template <bool All>
constexpr const char* truth_name = All ? "all" : "any";

template <bool All>
void truth_bytes(const bool* x, bool* y, ReduceShape shape) {
  for (std::int64_t o = 0; o < shape.outer; ++o, y += shape.inner) {
    std::fill_n(y, shape.inner, All);
    for (std::int64_t k = 0; k < shape.n; ++k, x += shape.inner)
      for (std::int64_t i = 0; i < shape.inner; ++i) y[i] = All ? y[i] & x[i] : y[i] | x[i];
  }
}

template <bool All>
constinit const Op truth_op{
    .name = truth_name<All>,
    .differentiable = false,
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          y[0] = {reduced_shape(shape_of(x[0]), attrs.as<ReduceAttrs>()), DType::boolean};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          reduce_in_stages<bool, bool>(x[0], attrs.as<ReduceAttrs>(), y[0], truth_bytes<All>, truth_bytes<All>);
        },
};

template <bool All>
Tensor truth_over(const Tensor& x, const Axes& axes, bool keepdims) {
  const ReduceAttrs attrs = reduce_attrs(truth_name<All>, x, axes, keepdims);
  const Tensor truth = truth_of(truth_name<All>, x);
  return apply(truth_op<All>, attrs, {&truth});
}

// The place of an extreme.
struct AxisAttrs {
  int axis;
};

template <bool Largest>
void compute_place(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  const ReduceShape shape = around(shape_of(x[0]), attrs.as<AxisAttrs>().axis);
  const auto with = [&]<class S>(const S* from) {
    each_outer(from, raw_out<std::int64_t>(y[0]), shape, Largest ? kernels::argmax<S> : kernels::argmin<S>);
  };
  switch (x[0].dtype()) {
    case DType::float32:
      return with(raw<float>(x[0]));
    case DType::float64:
      return with(raw<double>(x[0]));
    case DType::int64:
      return with(raw<std::int64_t>(x[0]));
    case DType::boolean:
      return with(raw<std::uint8_t>(x[0]));
  }
}

template <bool Largest>
constexpr const char* place_name = Largest ? "argmax" : "argmin";

template <bool Largest>
constinit const Op place_op{
    .name = place_name<Largest>,
    .differentiable = false,
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          const int axis = attrs.as<AxisAttrs>().axis;
          expect<ShapeError>(shape_of(x[0])[axis] > 0, "{}: nothing to choose from; got shape {} and axis {}",
                             place_name<Largest>, text(x[0]), axis);
          y[0] = {reduced_shape(shape_of(x[0]), {std::uint64_t{1} << axis}), DType::int64};
        },
    .compute = compute_place<Largest>,
};

template <bool Largest>
Tensor place(const Tensor& x, std::int64_t axis) {
  expect(x.present(), "{}: the tensor is absent", place_name<Largest>);
  return apply(place_op<Largest>, AxisAttrs{normalize_axis(place_name<Largest>, axis, shape_of(x).rank())}, {&x});
}

Tensor reduce(const Op& op, const Tensor& x, const Axes& axes, bool keepdims) {
  return apply(op, reduce_attrs(op.name, x, axes, keepdims), {&x});
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdims) { return reduce(sum_op, x, axes, keepdims); }
Tensor mean(const Tensor& x, const Axes& axes, bool keepdims) { return reduce(mean_op, x, axes, keepdims); }
Tensor prod(const Tensor& x, const Axes& axes, bool keepdims) { return reduce(prod_op, x, axes, keepdims); }
Tensor max(const Tensor& x, const Axes& axes, bool keepdims) { return reduce(extreme_op<true>, x, axes, keepdims); }
Tensor min(const Tensor& x, const Axes& axes, bool keepdims) { return reduce(extreme_op<false>, x, axes, keepdims); }
Tensor any(const Tensor& x, const Axes& axes, bool keepdims) { return truth_over<false>(x, axes, keepdims); }
Tensor all(const Tensor& x, const Axes& axes, bool keepdims) { return truth_over<true>(x, axes, keepdims); }
Tensor argmax(const Tensor& x, std::int64_t axis) { return place<true>(x, axis); }
Tensor argmin(const Tensor& x, std::int64_t axis) { return place<false>(x, axis); }

namespace detail {

Family reduce_rows() {
  static constexpr const Op* rows[] = {&sum_op,           &mean_op,           &prod_op,
                                       &extreme_op<true>, &extreme_op<false>, &place_op<false>,
                                       &place_op<true>,   &truth_op<true>,    &truth_op<false>};
  return rows;
}

}  // namespace detail

}  // namespace frost
