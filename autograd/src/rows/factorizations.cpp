#include "families.hpp"
#include "lapack.hpp"
#include "matrices.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

// Orthogonal factors, eigenvalues and singular values of the matrices in the last two axes.
namespace frost {

using namespace detail;

namespace {

// Rows for columns: to[j·rows + i] = from[i·columns + j].
template <class S>
void turn(std::int64_t rows, std::int64_t columns, const S* from, S* to) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) to[j * rows + i] = from[i * columns + j];
}

// 1/t, 0 where t is 0.
Tensor reciprocal_or_zero(const Tensor& t) {
  const Tensor is_zero = equal(t, 0.);
  return where(is_zero, 0., reciprocal(where(is_zero, 1., t)));
}
// A value a column: x·diag(v).
Tensor scale_columns(const Tensor& x, const Tensor& v) { return x * expand_dims(v, -2); }
Tensor diagonal_matrix(const Tensor& v) { return scale_columns(identity(v.shape().back(), v), v); }
Tensor product_t(const Tensor& a, const Tensor& b) { return matmul(a, b, {.transpose_a = true}); }
Tensor product_of_t(const Tensor& a, const Tensor& b) { return matmul(a, b, {.transpose_b = true}); }
// What is there of two terms, absent when neither is.
Tensor sum_of(const Tensor& a, const Tensor& b) { return a && b ? a + b : a ? a : b; }

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

// x = q·r, m ≥ n        dx = (g_q + q·sym M)·r⁻ᵀ, M = r·g_rᵀ − g_qᵀ·q
Tensor qr_gradient(const Saved& s, const Tensor& gq) {
  const Tensor q = s.output(0), r = s.output(1), gr = s.grad_output(1);
  const Tensor m = sum_of(gr ? product_of_t(r, triu(gr)) : Tensor(), gq ? -product_t(gq, q) : Tensor());
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

// --------------------------------------------------------------------------------------------------------------- eigh

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

// x = V·diag(w)·Vᵀ        dx = (s + sᵀ)/2, s = V·(diag(g_w) + F∘(Vᵀ·g_V))·Vᵀ, F_ij = 1/(w_j − w_i)
Tensor eigh_gradient(const Saved& s, const Tensor& gw) {
  const Tensor w = s.output(0), v = s.output(1), gv = s.grad_output(1);
  Tensor inner = gw ? diagonal_matrix(gw) : Tensor();
  if (gv) inner = sum_of(inner, reciprocal_or_zero(expand_dims(w, -2) - expand_dims(w, -1)) * product_t(v, gv));
  const Tensor dx = product_of_t(matmul(v, inner), v);
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

// ---------------------------------------------------------------------------------------------------------------- svd

template <class S>
void expect_svd(const char* op, const Tensor& x, std::int64_t i, S* work, S* u, S* s, S* vh) {
  const Matrices m(shape_of(x));
  std::copy_n(raw<S>(x) + i * m.elements(), m.elements(), work);
  const bool is_finite = std::all_of(work, work + m.elements(), [](S v) { return std::isfinite(v); });
  expect(is_finite && svd_factor(m.rows, m.n, work, u, s, vh),
         "{}: the iteration for the singular values of {} of {} does not converge; are there NaN or infinities?", op,
         which(i, m.count), text(x));
}

template <class S>
void factor_svd(const Tensor& x, const Outputs& y) {
  const Matrices m(shape_of(x));
  const std::int64_t k = m.least();
  std::vector<S> work(static_cast<std::size_t>(m.elements()));
  for (std::int64_t i = 0; k > 0 && i < m.count; ++i)
    expect_svd("svd", x, i, work.data(), raw_out<S>(y[0]) + i * m.rows * k, raw_out<S>(y[1]) + i * k,
               raw_out<S>(y[2]) + i * k * m.n);
}

// With V = vhᵀ, F_ij = 1/(s_j² − s_i²), A = F∘(uᵀ·g_u − g_uᵀ·u), B = F∘(Vᵀ·g_V − g_Vᵀ·V):
// dx = u·(A·diag(s) + diag(s)·B + diag(g_s))·vh + (1 − u·uᵀ)·g_u·diag(1/s)·vh + u·diag(1/s)·g_Vᵀ·(1 − V·Vᵀ)
Tensor svd_gradient(const Saved& saved, const Tensor& gu) {
  const Tensor u = saved.output(0), s = saved.output(1), vh = saved.output(2);
  const Tensor gs = saved.grad_output(1), gvh = saved.grad_output(2);
  const Tensor row = expand_dims(s, -2), column = expand_dims(s, -1);
  const Tensor f = reciprocal_or_zero((row - column) * (row + column)), inverse = reciprocal_or_zero(s);
  Tensor inner = gs ? diagonal_matrix(gs) : Tensor(), rest;
  if (gu) {
    const Tensor skew = product_t(u, gu);
    inner = sum_of(inner, scale_columns(f * (skew - transposed(skew)), s));
    rest = matmul(scale_columns(gu - matmul(u, skew), inverse), vh);
  }
  if (gvh) {
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

Eigh eigh(const Tensor& x) {
  expect_square("eigh", "x", x);
  const Tensor* inputs[] = {&x};
  Tensor y[2];
  apply(eigh_op, Attrs(), Inputs(inputs, 1), y);
  return {y[0], y[1]};
}

Svd svd(const Tensor& x) {
  expect_matrices("svd", "x", x);
  const Tensor* inputs[] = {&x};
  Tensor y[3];
  apply(svd_op, Attrs(), Inputs(inputs, 1), y);
  return {y[0], y[1], y[2]};
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
  expect_matrices("lstsq", "b", b);
  expect_same_dtype("lstsq", a, b);
  const Matrices of_a(shape_of(a)), of_b(shape_of(b));
  expect<ShapeError>(of_a.rows == of_b.rows,
                     "lstsq: b does not fit a; got a of shape {} and b of shape {}; expected (…, {}, k)", text(a),
                     text(b), of_a.rows);
  return matmul(pinv(a, {.rcond = options.rcond}), b);
}

namespace detail {

Family factorization_rows() {
  static constexpr const Op* rows[] = {&qr_op, &eigh_op, &svd_op, &pinv_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
