#include "families.hpp"
#include "spectral.hpp"

// Eigenvalues and eigenvectors of the symmetric matrices in the last two axes.
namespace frost {

using namespace detail;

namespace {

template <class S>
void factor_eigh(const Tensor& x, Tensor& values, Tensor& vectors) {
  const Matrices m(shape_of(x));
  std::vector<S> rows(static_cast<std::size_t>(m.elements()));
  for (std::int64_t i = 0; m.n > 0 && i < m.count; ++i) {
    std::copy_n(raw<S>(x) + i * m.elements(), m.elements(), rows.data());
    expect(eigh_factor(m.n, rows.data(), raw_out<S>(values) + i * m.n),
           "eigh: the iteration for the eigenvalues of {} of {} does not converge; are there NaN or infinities?",
           which(i, m.count), text(x));
    turn(m.n, m.n, rows.data(), raw_out<S>(vectors) + i * m.elements());
  }
}

std::int64_t order_of(const Tensor& w) { return shape_of(w)[shape_of(w).rank() - 1]; }

Tensor sandwich(const Tensor& v, const Tensor& inner) { return product_of_t(matmul(v, inner), v); }

// ½·F∘(P − Pᵀ) for each matrix, P = Vᵀ·g_V; where eigenvalues are close, what it tends to: see Note [Values that
// repeat].
Tensor divided(const Saved& s, const Tensor& w, const Tensor& v, const Tensor& gv) {
  const std::int64_t n = order_of(w), count = shape_of(w).count() / n;
  const Tensor apart = splitting(w, n, repeats);
  const Tensor k = rotation(w, n, [](const Closeness& c, std::int64_t i, std::int64_t j) { return c.close(i, j); });
  const Tensor dv = matmul(v, k);
  Tensor by_splitting, by_turning;
  bool has_limit = true;
  try {
    const Above above(s, 2);
    by_splitting = above.along({apart, Tensor()})[1];
    by_turning = above.along({Tensor(), dv})[1];
  } catch (const Error& error) {
    has_limit = false;
    expect<GraphError>(!any_value(w, n, coincides),
                       "eigh: eigenvalues are equal, so that the gradient through their eigenvectors needs second "
                       "derivatives of what was made of them: {}",
                       error.what());
  }
  Turned turned(count);
  turned.add(by_turning, dv);
  turned.add(gv, matmul(dv, k));

  const auto in_basis = [&](const Tensor& g) { return g.present() ? product_t(v, g) : Tensor(); };
  const Doubles values(w), p(in_basis(gv)), limit(in_basis(by_splitting)), turn(in_basis(by_turning)), steps(apart);
  Tensor made = make_tensor(shape_of(v), DType::float64);
  for (std::int64_t m = 0; m < count; ++m) {
    const double *at = values.of(m, n), *step = steps.of(m, n);
    const double *pm = p.of(m, n * n), *dm = limit.of(m, n * n);
    const Closeness c(at, n, n, w.dtype());
    const double size = std::max({largest(pm, n * n), largest(dm, n * n), largest(turn.of(m, n * n), n * n)});
    const double rounding = 1e4 * static_cast<double>(n) * Closeness::epsilon_of(w.dtype());
    double* to = raw_out<double>(made) + m * n * n;
    for (std::int64_t i = 0; i < n; ++i) to[i * n + i] = 0;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = i + 1; j < n; ++j) {
        const double skew = pm[i * n + j] - pm[j * n + i];
        double x = 0.5 * skew / (at[j] - at[i]);
        if (c.close(i, j)) {
          const bool depends =
              turned.depends(m, size, w.dtype()) || std::abs(skew) > size * (rounding + 1e3 * c.relative_gap(i, j));
          expect(
              !depends || !c.same(i, j),
              "eigh: eigenvalues {} and {} of {} are equal ({} and {}), and the gradient that was asked for depends on "
              "which of their eigenvectors are taken: there is none",
              i, j, which(m, count), at[i], at[j]);
          if (!depends && has_limit) x = dm ? 0.5 * (dm[i * n + j] - dm[j * n + i]) / (step[j] - step[i]) : 0;
        }
        to[i * n + j] = to[j * n + i] = x;
      }
  }
  return made.to(w.dtype());
}

void expect_apart(const Tensor& w) {
  expect(!any_value(w, order_of(w),
                    [](const Closeness& c, std::int64_t i) { return i > 0 && c.close_for_second(i, i - 1); }),
         "eigh: two eigenvalues are equal or nearly so; gradients through eigenvectors are not differentiated again "
         "there");
}

// x = V·diag(w)·Vᵀ        dx = (s + sᵀ)/2, s = V·(diag(g_w) + F∘(Vᵀ·g_V))·Vᵀ, F_ij = 1/(w_j − w_i)
Tensor eigh_gradient(const Saved& s, const Tensor& gw) {
  const Tensor w = s.output(0), v = s.output(1), gv = s.grad_output(1);
  Tensor inner = gw.present() ? diagonal_matrix(gw) : Tensor();
  if (!gv.present() || order_of(w) == 0) return inner.present() ? sandwich(v, inner) : Tensor();
  if (recording()) expect_apart(w);
  if (!recording() && any_value(w, order_of(w), repeats)) return sandwich(v, sum_of(inner, divided(s, w, v, gv)));
  inner = sum_of(inner, reciprocal_or_zero(expand_dims(w, -2) - expand_dims(w, -1)) * product_t(v, gv));
  const Tensor dx = sandwich(v, inner);
  return 0.5 * (dx + transposed(dx));
}

Tensor symmetric(const Tensor& x) { return x + transposed(x); }

constinit const Op eigh_op{
    .name = "eigh",
    .outputs = 2,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          const Shape& dims = shape_of(x[0]).dims();
          y[0] = {make_shape(dims.data(), dims.size() - 1), x[0].dtype()};
          y[1] = {shape_of(x[0]), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          dispatch_floating(x[0].dtype(), [&]<class S>(S) { factor_eigh<S>(x[0], y[0], y[1]); });
        },
    .rules = {{{"x", reads_output(0) | reads_output(1), eigh_gradient}}},
    .looks_up = [](const Tensor* y) { return any_value(y[0], order_of(y[0]), repeats); },
    .samples =
        [] {
          return Samples{
              {{normal({3, 3})}, [](const Tensors& x) { return eigh(symmetric(x[0])).values; }},
              {{normal({2, 2, 2}, 2)}, [](const Tensors& x) { return square(eigh(symmetric(x[0])).vectors); }},
              {{normal({3, 3}, 3)}, [](const Tensors& x) {
                 const Eigh f = eigh(symmetric(x[0]));
                 return product_of_t(scale_columns(f.vectors, frost::tanh(f.values)), f.vectors);
               }}};
        },
};

}  // namespace

Eigh eigh(const Tensor& x) {
  expect_square("eigh", "x", x);
  const Tensor* inputs[] = {&x};
  Tensor y[2];
  apply(eigh_op, Attrs(), Inputs(inputs, 1), y);
  return {y[0], y[1]};
}

namespace detail {

Family eigh_rows() {
  static constexpr const Op* rows[] = {&eigh_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
