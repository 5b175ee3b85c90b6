#include "families.hpp"
#include "spectral.hpp"

// Orthogonal factors and pseudo-inverses of the matrices in the last two axes.
namespace frost {

using namespace detail;

namespace {

// ----------------------------------------------------------------------------------------------------------------- qr

template <class S>
void factor_qr(const Tensor& x, Tensor& q, Tensor& r) {
  const Matrices m(shape_of(x));
  const std::int64_t k = m.least();
  if (m.count * m.elements() == 0) return;
  std::vector<S> columns(static_cast<std::size_t>(m.elements())), upper(static_cast<std::size_t>(k * m.n));
  for (std::int64_t i = 0; i < m.count; ++i) {
    turn(m.rows, m.n, raw<S>(x) + i * m.elements(), columns.data());
    qr_factor(m.rows, m.n, columns.data(), upper.data());
    S *to_q = raw_out<S>(q) + i * m.rows * k, *to_r = raw_out<S>(r) + i * k * m.n;
    turn(k, m.rows, columns.data(), to_q);
    turn(m.n, k, upper.data(), to_r);
    for (std::int64_t d = 0; d < k; ++d) {
      if (!(to_r[d * m.n + d] < 0)) continue;
      for (std::int64_t j = d; j < m.n; ++j) to_r[d * m.n + j] = -to_r[d * m.n + j];
      for (std::int64_t j = 0; j < m.rows; ++j) to_q[j * k + d] = -to_q[j * k + d];
    }
  }
}

// Dependent columns leave a column of q open, and the gradients without a limit.
void expect_independent(const Tensor& r) {
  const Matrices m(shape_of(r));
  const Doubles values(r);
  for (std::int64_t i = 0; i < m.count; ++i) {
    double least = std::numeric_limits<double>::infinity(), most = 0;
    for (std::int64_t k = 0; k < m.n; ++k) {
      const double d = std::abs(values.of(i, m.elements())[k * (m.n + 1)]);
      least = std::min(least, d);
      most = std::max(most, d);
    }
    expect(m.n == 0 || least > 16 * static_cast<double>(m.n) * Closeness::epsilon_of(r.dtype()) * most,
           "qr: the columns of {} are dependent (r has {} on its diagonal beside {}); q and r have no gradient there",
           which(i, m.count), least, most);
  }
}

// x = q·r, m ≥ n        dx = (g_q + q·sym M)·r⁻ᵀ, M = r·g_rᵀ − g_qᵀ·q
Tensor qr_gradient(const Saved& s, const Tensor& gq) {
  const Tensor q = s.output(0), r = s.output(1), gr = s.grad_output(1);
  expect_independent(r);
  const Tensor m =
      sum_of(gr.present() ? product_of_t(r, triu(gr)) : Tensor(), gq.present() ? -product_t(gq, q) : Tensor());
  const Tensor symmetric = matmul(q, tril(m) + transposed(tril(m, -1)));
  return transposed(solve_triangular(r, transposed(sum_of(gq, symmetric))));
}

constinit const Op qr_op{
    .name = "qr",
    .outputs = 2,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          const Matrices m(shape_of(x[0]));
          y[0] = {with_last_axes(shape_of(x[0]), {m.rows, m.least()}), x[0].dtype()};
          y[1] = {with_last_axes(shape_of(x[0]), {m.least(), m.n}), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          dispatch_floating(x[0].dtype(), [&]<class S>(S) { factor_qr<S>(x[0], y[0], y[1]); });
        },
    .rules = {{{"x", reads_output(0) | reads_output(1), qr_gradient}}},
    .samples =
        [] {
          return Samples{{{normal({4, 3})}, [](const Tensors& x) { return qr(x[0]).q; }},
                         {{regular(normal({2, 3, 3}, 2))}, [](const Tensors& x) { return qr(x[0]).r; }},
                         {{normal({3, 2}, 3)},
                          [](const Tensors& x) {
                            const Qr f = qr(x[0]);
                            return matmul(f.q * f.q, f.r);
                          }},
                         {{normal({2, 4}, 4)}, [](const Tensors& x) {
                            const Qr f = qr(x[0]);
                            return matmul(f.q * f.q, f.r * f.r);
                          }}};
        },
};

// --------------------------------------------------------------------------------------------------------------- pinv

struct PinvAttrs {
  double rcond;
};

template <class S>
void invert_svd(const Tensor& x, double rcond, Tensor& y) {
  const Matrices m(shape_of(x));
  const std::int64_t k = m.least();
  const auto scratch = [](std::int64_t n) { return std::vector<S>(static_cast<std::size_t>(n)); };
  std::vector<S> work = scratch(m.elements()), u = scratch(m.rows * k), s = scratch(k), vh = scratch(k * m.n);
  for (std::int64_t i = 0; k > 0 && i < m.count; ++i) {
    expect_svd("pinv", x, i, work.data(), u.data(), s.data(), vh.data());
    S* to = raw_out<S>(y) + i * m.elements();
    std::fill_n(to, m.elements(), S(0));
    for (std::int64_t d = 0; d < k; ++d) {
      const S value = s[static_cast<std::size_t>(d)];
      if (!(value > static_cast<S>(rcond) * s[0])) continue;
      for (std::int64_t c = 0; c < m.n; ++c)
        for (std::int64_t r = 0; r < m.rows; ++r)
          to[c * m.rows + r] +=
              vh[static_cast<std::size_t>(d * m.n + c)] / value * u[static_cast<std::size_t>(r * k + d)];
    }
  }
}

// y = x⁺        dx = −yᵀ·g·yᵀ + (1 − x·y)·gᵀ·y·yᵀ + yᵀ·y·gᵀ·(1 − y·x)
Tensor pinv_gradient(const Saved& s, const Tensor& g) {
  const Tensor x = s.input(0), y = s.output(), gt = transposed(g);
  const Tensor direct = product_of_t(product_t(y, g), y);
  const Tensor above = product_of_t(matmul(gt, y), y), below = matmul(product_t(y, y), gt);
  return above - matmul(x, matmul(y, above)) + below - matmul(matmul(below, y), x) - direct;
}

constinit const Op pinv_op{
    .name = "pinv",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          const Matrices m(shape_of(x[0]));
          y[0] = {with_last_axes(shape_of(x[0]), {m.n, m.rows}), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch_floating(x[0].dtype(), [&]<class S>(S) { invert_svd<S>(x[0], attrs.as<PinvAttrs>().rcond, y[0]); });
        },
    .rules = {{{"x", reads_input(0) | reads_output(), pinv_gradient}}},
    .samples =
        [] {
          const auto call = [](const Tensors& x) { return pinv(x[0]); };
          return Samples{{{normal({4, 2})}, call},
                         {{normal({2, 2, 3}, 2)}, call},
                         {{regular(normal({3, 3}, 3))}, call},
                         // Of rank 2 whatever the inputs are.
                         {{normal({4, 2}, 4), normal({2, 3}, 5)},
                          [](const Tensors& x) { return pinv(matmul(x[0], x[1]), {.rcond = 1e-4}); }}};
        },
};

}  // namespace

Qr qr(const Tensor& x) {
  expect_matrices("qr", "x", x);
  const Matrices m(shape_of(x));
  if (m.rows < m.n) {  // x = [a b] = q·[r qᵀ·b]
    const int last = shape_of(x).rank() - 1;
    const Qr left = qr(x.slice(last, 0, m.rows));
    return {left.q, concatenate({left.r, product_t(left.q, x.slice(last, m.rows, m.n))}, -1)};
  }
  const Tensor* inputs[] = {&x};
  Tensor y[2];
  apply(qr_op, Attrs(), Inputs(inputs, 1), y);
  return {y[0], y[1]};
}

Tensor pinv(const Tensor& x, const PinvOptions& options) {
  expect_matrices("pinv", "x", x);
  const Matrices m(shape_of(x));
  const double epsilon = x.dtype() == DType::float32 ? static_cast<double>(std::numeric_limits<float>::epsilon())
                                                     : std::numeric_limits<double>::epsilon();
  const double rcond = options.rcond.value_or(static_cast<double>(std::max(m.rows, m.n)) * epsilon);
  expect(rcond >= 0, "pinv: got rcond {}; expected 0 or more", rcond);
  return apply(pinv_op, PinvAttrs{rcond}, {&x});
}

Tensor lstsq(const Tensor& a, const Tensor& b, const LstsqOptions& options) {
  expect_matrices("lstsq", "a", a);
  expect(b.present(), "lstsq: b is absent");
  expect_same_dtype("lstsq", a, b);
  const std::int64_t rows = Matrices(shape_of(a)).rows;
  const ShapeRef& of_b = shape_of(b);
  expect<ShapeError>(of_b.rank() >= 1 && of_b[std::max(0, of_b.rank() - 2)] == rows,
                     "lstsq: b does not fit a; got a of shape {} and b of shape {}; expected (…, {}, k) or ({},)",
                     text(a), text(b), rows, rows);
  return matmul(pinv(a, {.rcond = options.rcond}), b);
}

namespace detail {

Family factorization_rows() {
  static constexpr const Op* rows[] = {&qr_op, &pinv_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
