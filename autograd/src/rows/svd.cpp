#include "families.hpp"
#include "spectral.hpp"

// Singular values and vectors of the matrices in the last two axes.
namespace frost {

using namespace detail;

namespace {

template <class S>
void factor_svd(const Tensor& x, const Outputs& y) {
  const Matrices m(shape_of(x));
  const std::int64_t k = m.least();
  std::vector<S> work(static_cast<std::size_t>(m.elements()));
  for (std::int64_t i = 0; k > 0 && i < m.count; ++i)
    expect_svd("svd", x, i, work.data(), raw_out<S>(y[0]) + i * m.rows * k, raw_out<S>(y[1]) + i * k,
               raw_out<S>(y[2]) + i * k * m.n);
}

// Sizes of the factors of each matrix.
struct Sizes {
  std::int64_t rows, columns, k, count;
  Sizes(const Tensor& u, const Tensor& s, const Tensor& vh)
      : rows(Matrices(shape_of(u)).rows),
        columns(Matrices(shape_of(vh)).n),
        k(Matrices(shape_of(u)).n),
        count(Matrices(shape_of(u)).count) {
    if (shape_of(s).count() == 0) count = 0;
  }
  std::int64_t order() const { return std::max(rows, columns); }
};

// A vanishing singular value leaves its vectors open where there are others orthogonal to the rest.
bool is_open(const Sizes& z, const Closeness& c, std::int64_t i) {
  return repeats(c, i) || (z.rows != z.columns && c.zero(i));
}
bool needs_limits(const Tensor& u, const Tensor& s, const Tensor& vh) {
  const Sizes z(u, s, vh);
  return any_value(s, z.order(), [&](const Closeness& c, std::int64_t i) { return is_open(z, c, i); });
}

// A rotation of all that is orthogonal to the vectors in x whose values do not vanish: a·bᵀ − b·aᵀ.
class Rotation {
 public:
  Rotation(const Tensor& x, const Tensor& keeps, double phase) {
    const Tensor kept = scale_columns(x, keeps);
    const std::int64_t rows = Matrices(shape_of(x)).rows;
    const auto outside = [&](double frequency) {
      const Tensor v = reshape(
          frost::sin(frequency * arange(0., static_cast<double>(rows), 1., {.dtype = x.dtype()}) + phase), {rows, 1});
      return v - matmul(kept, matmul(transposed(kept), v));
    };
    a_ = outside(1.7);
    b_ = outside(2.9);
  }
  Tensor operator()(const Tensor& x) const { return matmul(a_, product_t(b_, x)) - matmul(b_, product_t(a_, x)); }

 private:
  Tensor a_, b_;
};

// What the limits are made of; see Note [Values that repeat].
struct Limits {
  Tensor apart;           // how far each value is taken from the others
  Tensor u, v;            // the derivatives of g_u and g_V where values are taken apart
  Tensor turn_u, turn_v;  // and along a rotation
  Turned turned;
  bool exist = true;
  explicit Limits(std::int64_t count) : turned(count) {}
};

Limits find_limits(const Saved& saved, const Tensor& u, const Tensor& s, const Tensor& v, const Tensor& gu,
                   const Tensor& gv, const Sizes& z) {
  Limits found(z.count);
  found.apart = splitting(s, z.order(), [&](const Closeness& c, std::int64_t i) { return is_open(z, c, i); });
  const Tensor k = rotation(s, z.order(), [](const Closeness& c, std::int64_t i, std::int64_t j) {
    return c.close(i, j) && !(c.zero(i) && c.zero(j));
  });
  Tensor keeps = make_tensor(shape_of(s), DType::float64);
  const Doubles values(s);
  for (std::int64_t m = 0; m < z.count; ++m) {
    const Closeness c(values.of(m, z.k), z.k, z.order(), s.dtype());
    for (std::int64_t i = 0; i < z.k; ++i) raw_out<double>(keeps)[m * z.k + i] = c.zero(i) ? 0 : 1;
  }
  keeps = keeps.to(s.dtype());
  const Tensor vanishes = 1. - keeps;
  // Only vectors of vanishing values turn into what is outside.
  const Rotation around_u(u, keeps, 0.3), around_v(v, keeps, 1.1);
  const auto turn = [&](const Tensor& x, const Rotation& around) {
    return matmul(x, k) + around(scale_columns(x, vanishes));
  };
  const Tensor du = turn(u, around_u), dv = turn(v, around_v);
  try {
    const Above above(saved, 3);
    const Tensors first = above.along({Tensor(), found.apart, Tensor()});
    const Tensors second = above.along({du, Tensor(), transposed(dv)});
    const auto turned = [](const Tensor& t) { return t.present() ? transposed(t) : t; };
    found.u = first[0];
    found.v = turned(first[2]);
    found.turn_u = second[0];
    found.turn_v = turned(second[2]);
  } catch (const Error& error) {
    found.exist = false;
    const bool needed = any_value(s, z.order(), [&](const Closeness& c, std::int64_t i) {
      return coincides(c, i) || (z.rows != z.columns && c.zero(i));
    });
    expect<GraphError>(
        !needed,
        "svd: singular values are equal or vanish, so that the gradient through their vectors needs second derivatives "
        "of what was made of them: {}",
        error.what());
  }
  found.turned.add(found.turn_u, du);
  found.turned.add(found.turn_v, dv);
  found.turned.add(gu, turn(turn(u, around_u), around_u));
  found.turned.add(gv, turn(turn(v, around_v), around_v));
  return found;
}

[[noreturn]] void no_gradient(const std::string& values) {
  fail<ValueError>(
      "svd: {}, and the gradient that was asked for depends on which of their vectors are taken: there is none",
      values);
}

// The gradient where singular values are close to each other or vanish. Half the sums of
// P = uᵀ·g_u − g_uᵀ·u and R = Vᵀ·g_V − g_Vᵀ·V are divided by s_j − s_i, half their differences by s_i + s_j.
Tensor gradient_of_limits(const Saved& saved, const Tensor& u, const Tensor& s, const Tensor& v, const Tensor& gu,
                          const Tensor& gs, const Tensor& gv) {
  const Sizes z(u, s, transposed(v));
  const Limits limits = find_limits(saved, u, s, v, gu, gv, z);
  const auto in_basis = [](const Tensor& basis, const Tensor& g) {
    return g.present() ? product_t(basis, g) : Tensor();
  };
  const Doubles values(s), steps(limits.apart), diagonal(gs);
  const Doubles pu(in_basis(u, gu)), pv(in_basis(v, gv)), du(in_basis(u, limits.u)), dv(in_basis(v, limits.v));
  const Doubles all_u(gu), all_v(gv), all_du(limits.u), all_dv(limits.v), all_tu(limits.turn_u), all_tv(limits.turn_v);
  const std::int64_t n = z.k, of_u = z.rows * n, of_v = z.columns * n;
  const auto skew = [n](const double* p, std::int64_t i, std::int64_t j) {
    return p ? p[i * n + j] - p[j * n + i] : 0;
  };

  Tensor inner = make_tensor(make_shape(with_last_axes(shape_of(u), {n, n}).dims()), DType::float64);
  // What vectors outside u and V get: a column over its singular value, or what that tends to.
  Tensor outside_u = make_tensor(shape_of(u), DType::float64), outside_v = make_tensor(shape_of(v), DType::float64);
  const Doubles left_u(gu.present() ? gu - matmul(u, product_t(u, gu)) : Tensor());
  const Doubles left_v(gv.present() ? gv - matmul(v, product_t(v, gv)) : Tensor());
  for (std::int64_t m = 0; m < z.count; ++m) {
    const double *at = values.of(m, n), *step = steps.of(m, n);
    const Closeness c(at, n, z.order(), s.dtype());
    const double size = std::max({largest(all_u.of(m, of_u), of_u), largest(all_v.of(m, of_v), of_v),
                                  largest(all_du.of(m, of_u), of_u), largest(all_dv.of(m, of_v), of_v),
                                  largest(all_tu.of(m, of_u), of_u), largest(all_tv.of(m, of_v), of_v)});
    const double rounding = 1e4 * static_cast<double>(z.order()) * Closeness::epsilon_of(s.dtype());
    const bool turns = limits.turned.depends(m, size, s.dtype());
    double* to = raw_out<double>(inner) + m * n * n;
    for (std::int64_t i = 0; i < n; ++i) to[i * n + i] = diagonal.of(m, n) ? diagonal.of(m, n)[i] : 0;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = i + 1; j < n; ++j) {
        const auto at_ij = [&](const Doubles& x) { return skew(x.of(m, n * n), i, j); };
        const double sum = at_ij(pu) + at_ij(pv), difference = at_ij(pu) - at_ij(pv);
        const bool vanish = c.zero(i) && c.zero(j);
        double by_gap = 0.5 * sum / (at[j] - at[i]), by_sum = 0.5 * difference / (at[j] + at[i]);
        if (c.close(i, j)) {
          const bool depends = turns || std::abs(sum) > size * (rounding + 1e3 * c.relative_gap(i, j)) ||
                               (vanish && std::abs(difference) > size * rounding);
          if (depends && c.same(i, j))
            no_gradient(fmt::format("singular values {} and {} of {} {} ({} and {})", i, j, which(m, z.count),
                                    vanish ? "vanish" : "are equal", at[i], at[j]));
          if (!depends && limits.exist) by_gap = 0.5 * (at_ij(du) + at_ij(dv)) / (step[j] - step[i]);
        }
        if (vanish) by_sum = 0.5 * (at_ij(du) - at_ij(dv)) / (step[j] + step[i]);
        to[i * n + j] = by_gap + by_sum;
        to[j * n + i] = by_gap - by_sum;
      }
    const auto outside = [&](Tensor& made, std::int64_t rows, const double* g, const double* left, const double* dg) {
      double* column = raw_out<double>(made) + m * rows * n;
      for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t r = 0; r < rows; ++r) {
          const std::int64_t at_rj = r * n + j;
          const bool limit = c.zero(j);
          if (limit && rows > n && g && (turns || std::abs(left[at_rj]) > size * rounding))
            no_gradient(fmt::format("singular value {} of {} vanishes ({})", j, which(m, z.count), at[j]));
          column[at_rj] = limit ? (dg && step[j] > 0 ? dg[at_rj] / step[j] : 0) : g ? g[at_rj] / at[j] : 0;
        }
    };
    outside(outside_u, z.rows, all_u.of(m, of_u), left_u.of(m, of_u), all_du.of(m, of_u));
    outside(outside_v, z.columns, all_v.of(m, of_v), left_v.of(m, of_v), all_dv.of(m, of_v));
  }
  const DType dtype = s.dtype();
  Tensor dx = product_of_t(matmul(u, inner.to(dtype)), v);
  if (z.rows > n) {
    const Tensor x = outside_u.to(dtype);
    dx = dx + product_of_t(x - matmul(u, product_t(u, x)), v);
  }
  if (z.columns > n) {
    const Tensor x = outside_v.to(dtype);
    dx = dx + product_of_t(u, x - matmul(v, product_t(v, x)));
  }
  return dx;
}

void expect_apart(const Tensor& u, const Tensor& s, const Tensor& vh) {
  const Sizes z(u, s, vh);
  const auto holds = [&](const Closeness& c, std::int64_t i) {
    return (i > 0 && c.close_for_second(i, i - 1)) || is_open(z, c, i);
  };
  expect(!any_value(s, z.order(), holds),
         "svd: two singular values are equal or nearly so, or one vanishes; gradients through the vectors are not "
         "differentiated again there");
}

// With V = vhᵀ, F_ij = 1/(s_j² − s_i²), A = F∘(uᵀ·g_u − g_uᵀ·u), B = F∘(Vᵀ·g_V − g_Vᵀ·V):
// dx = u·(A·diag(s) + diag(s)·B + diag(g_s))·vh + (1 − u·uᵀ)·g_u·diag(1/s)·vh + u·diag(1/s)·g_Vᵀ·(1 − V·Vᵀ)
Tensor svd_gradient(const Saved& saved, const Tensor& gu) {
  const Tensor u = saved.output(0), s = saved.output(1), vh = saved.output(2);
  const Tensor gs = saved.grad_output(1), gvh = saved.grad_output(2);
  if ((gu.present() || gvh.present()) && needs_limits(u, s, vh)) {
    if (!recording())
      return gradient_of_limits(saved, u, s, transposed(vh), gu, gs, gvh.present() ? transposed(gvh) : gvh);
  }
  if ((gu.present() || gvh.present()) && recording()) expect_apart(u, s, vh);
  const Tensor row = expand_dims(s, -2), column = expand_dims(s, -1);
  const Tensor f = reciprocal_or_zero((row - column) * (row + column)), inverse = reciprocal_or_zero(s);
  Tensor inner = gs.present() ? diagonal_matrix(gs) : Tensor(), rest;
  if (gu.present()) {
    const Tensor skew = product_t(u, gu);
    inner = sum_of(inner, scale_columns(f * (skew - transposed(skew)), s));
    rest = matmul(scale_columns(gu - matmul(u, skew), inverse), vh);
  }
  if (gvh.present()) {
    const Tensor skew = product_of_t(vh, gvh);  // [k,k] = Vᵀ·g_V
    inner = sum_of(inner, column * (f * (skew - transposed(skew))));
    rest = sum_of(rest, matmul(scale_columns(u, inverse), gvh - matmul(transposed(skew), vh)));
  }
  return sum_of(matmul(matmul(u, inner), vh), rest);
}

constinit const Op svd_op{
    .name = "svd",
    .outputs = 3,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          const ShapeRef& shape = shape_of(x[0]);
          const Matrices m(shape);
          Shape values(std::vector<std::int64_t>(shape.dims().begin(), shape.dims().end() - 2));
          values.push_back(m.least());
          y[0] = {with_last_axes(shape, {m.rows, m.least()}), x[0].dtype()};
          y[1] = {make_shape(values), x[0].dtype()};
          y[2] = {with_last_axes(shape, {m.least(), m.n}), x[0].dtype()};
        },
    .compute = [](const Inputs& x, const Attrs&,
                  const Outputs& y) { dispatch_floating(x[0].dtype(), [&]<class S>(S) { factor_svd<S>(x[0], y); }); },
    .rules = {{{"x", reads_output(0) | reads_output(1) | reads_output(2), svd_gradient}}},
    .looks_up = [](const Tensor* y) { return needs_limits(y[0], y[1], y[2]); },
    .samples =
        [] {
          const auto rebuilt = [](const Tensors& x) {
            const Svd f = svd(x[0]);
            return matmul(scale_columns(f.u, frost::tanh(f.s)), f.vh);
          };
          return Samples{{{normal({3, 4})}, [](const Tensors& x) { return svd(x[0]).s; }},
                         {{normal({3, 2}, 2)}, [](const Tensors& x) { return square(svd(x[0]).u); }},
                         {{normal({2, 2, 3}, 3)}, [](const Tensors& x) { return square(svd(x[0]).vh); }},
                         {{normal({4, 2}, 4)}, rebuilt},
                         {{normal({2, 4}, 5)}, rebuilt}};
        },
};

}  // namespace

Svd svd(const Tensor& x) {
  expect_matrices("svd", "x", x);
  const Tensor* inputs[] = {&x};
  Tensor y[3];
  apply(svd_op, Attrs(), Inputs(inputs, 1), y);
  return {y[0], y[1], y[2]};
}

namespace detail {

Family svd_rows() {
  static constexpr const Op* rows[] = {&svd_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
