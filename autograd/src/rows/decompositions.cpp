#include "families.hpp"
#include "lapack.hpp"
#include "matrices.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

// Inverses, determinants, systems of equations and Cholesky factors of the matrices in the last two axes.
namespace frost {

using namespace detail;

namespace {

// ---------------------------------------------------------------------------------------------------------------- inv

template <class S>
void invert(const Tensor& x, Tensor& y) {
  const Matrices m(shape_of(x));
  std::vector<int> pivots(static_cast<std::size_t>(m.n));
  std::copy_n(raw<S>(x), m.count * m.elements(), raw_out<S>(y));
  for (std::int64_t i = 0; m.n > 0 && i < m.count; ++i) {
    S* matrix = raw_out<S>(y) + i * m.elements();
    expect(lu_factor(m.n, matrix, pivots.data()), "inv: {} of {} is singular and has no inverse", which(i, m.count),
           text(x));
    lu_invert(m.n, matrix, pivots.data());
  }
}

// y = x⁻¹        dx = −yᵀ·g·yᵀ
constinit const Op inv_op{
    .name = "inv",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {shape_of(x[0]), x[0].dtype()};
        },
    .compute = [](const Inputs& x, const Attrs&,
                  const Outputs& y) { dispatch_floating(x[0].dtype(), [&]<class S>(S) { invert<S>(x[0], y[0]); }); },
    .rules = {{{"x", reads_output(),
                [](const Saved& s, const Tensor& g) {
                  const Tensor y = s.output();
                  return -matmul(matmul(y, g, {.transpose_a = true}), y, {.transpose_b = true});
                }}}},
    .samples =
        [] {
          return Samples{{{regular(normal({3, 3}))}, [](const Tensors& x) { return inv(x[0]); }},
                         {{regular(normal({2, 2, 2}, 2))}, [](const Tensors& x) { return inv(x[0]); }}};
        },
};

// -------------------------------------------------------------------------------------------------------- determinants

void determinant_shape(const Inputs& x, const Attrs&, Specs& y) {
  const Shape& dims = shape_of(x[0]).dims();
  y[0] = {make_shape(dims.data(), dims.size() - 2), x[0].dtype()};
}

// Calls body(i, factors, whether the permutation is odd) for each matrix.
template <class S, class Body>
void each_factored(const Tensor& x, const Body& body) {
  const Matrices m(shape_of(x));
  std::vector<int> pivots(static_cast<std::size_t>(m.n));
  std::vector<S> factors(static_cast<std::size_t>(m.elements()));
  for (std::int64_t i = 0; i < m.count; ++i) {
    std::copy_n(raw<S>(x) + i * m.elements(), m.elements(), factors.data());
    bool odd = false;
    if (m.n > 0) lu_factor(m.n, factors.data(), pivots.data());
    for (std::int64_t k = 0; k < m.n; ++k) odd ^= pivots[static_cast<std::size_t>(k)] != k + 1;
    body(i, factors.data(), odd);
  }
}

// Whether a matrix is too close to a singular one for a gradient through its inverse.
bool nearly_singular(const Tensor& x) {
  const std::int64_t n = Matrices(shape_of(x)).n;
  bool found = false;
  dispatch_floating(x.dtype(), [&]<class S>(S) {
    each_factored<S>(x, [&](std::int64_t, const S* factors, bool) {
      S least = std::numeric_limits<S>::infinity(), most = 0;
      for (std::int64_t k = 0; k < n; ++k) {
        least = std::min(least, std::abs(factors[k * (n + 1)]));
        most = std::max(most, std::abs(factors[k * (n + 1)]));
      }
      found |= n > 0 && least <= 1000 * std::numeric_limits<S>::epsilon() * most;
    });
  });
  return found;
}

// The derivative of the determinant for each element: the determinant of what is left without its row and column, with
// the sign of a chessboard. It needs no inverse.
Tensor cofactors(const Tensor& x) {
  const Matrices m(shape_of(x));
  const std::int64_t n = m.n;
  Tensor others = make_tensor(make_shape({n, n - 1}), DType::int64), signs = make_tensor(make_shape({n, n}), x.dtype());
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t k = 0; k < n - 1; ++k) raw_out<std::int64_t>(others)[i * (n - 1) + k] = k < i ? k : k + 1;
  dispatch_floating(x.dtype(), [&]<class S>(S) {
    for (std::int64_t i = 0; i < n * n; ++i) raw_out<S>(signs)[i] = (i / n + i % n) % 2 ? S(-1) : S(1);
  });
  const Tensor flat = reshape(x, {m.count, n, n});
  const Tensor minors = transpose(take(take(flat, others, 1), others, 3), {0, 1, 3, 2, 4});  // [B,n,n,n−1,n−1]
  return reshape(det(minors) * signs, shape_of(x).dims());
}

// y = det x        dx = g·cofactors
constinit const Op det_op{
    .name = "det",
    .shape = determinant_shape,
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          const std::int64_t n = Matrices(shape_of(x[0])).n;
          dispatch_floating(x[0].dtype(), [&]<class S>(S) {
            S* to = raw_out<S>(y[0]);
            each_factored<S>(x[0], [&](std::int64_t i, const S* factors, bool odd) {
              to[i] = odd ? S(-1) : S(1);
              for (std::int64_t k = 0; k < n; ++k) to[i] *= factors[k * (n + 1)];
            });
          });
        },
    .rules = {{{"x", reads_input(0) | reads_output(),
                [](const Saved& s, const Tensor& g) {
                  const Tensor x = s.input(0);
                  if (x.size() == 0) return zeros(s.input_shape(0).dims(), {.dtype = s.dtype()});
                  if (nearly_singular(x)) return over_matrices(g) * cofactors(x);
                  return over_matrices(g * s.output()) * transposed(inv(x));
                }}}},
    .samples =
        [] {
          const Tensor singular = from_vector(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9}, {3, 3});
          return Samples{{{regular(normal({3, 3}))}, [](const Tensors& x) { return det(x[0]); }},
                         {{normal({2, 2, 2}, 2)}, [](const Tensors& x) { return det(x[0]); }},
                         {{singular}, [](const Tensors& x) { return det(x[0]); }},
                         {{normal({1, 1}, 3)}, [](const Tensors& x) { return det(x[0]); }}};
        },
};

// y = ln det x        dx = g·x⁻ᵀ
constinit const Op logdet_op{
    .name = "logdet",
    .shape = determinant_shape,
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          const std::int64_t n = Matrices(shape_of(x[0])).n;
          dispatch_floating(x[0].dtype(), [&]<class S>(S) {
            S* to = raw_out<S>(y[0]);
            each_factored<S>(x[0], [&](std::int64_t i, const S* factors, bool odd) {
              S total = 0;
              for (std::int64_t k = 0; k < n; ++k) {
                odd ^= factors[k * (n + 1)] < 0;
                total += std::log(std::abs(factors[k * (n + 1)]));
              }
              to[i] = odd && total != -std::numeric_limits<S>::infinity() ? std::numeric_limits<S>::quiet_NaN() : total;
            });
          });
        },
    .rules = {{{"x", reads_input(0),
                [](const Saved& s, const Tensor& g) { return over_matrices(g) * transposed(inv(s.input(0))); }}}},
    .samples =
        [] {
          return Samples{{{regular(0.5 * normal({3, 3}))}, [](const Tensors& x) { return logdet(x[0]); }},
                         {{regular(0.5 * normal({2, 2, 2}, 2))}, [](const Tensors& x) { return logdet(x[0]); }}};
        },
};

// The sign and the logarithm of the absolute determinant; output 0 is the logarithm.        dx = g·x⁻ᵀ
constinit const Op slogdet_op{
    .name = "slogdet",
    .outputs = 2,
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          determinant_shape(x, attrs, y);
          y[1] = y[0];
        },
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          const std::int64_t n = Matrices(shape_of(x[0])).n;
          dispatch_floating(x[0].dtype(), [&]<class S>(S) {
            S *logarithm = raw_out<S>(y[0]), *sign = raw_out<S>(y[1]);
            each_factored<S>(x[0], [&](std::int64_t i, const S* factors, bool odd) {
              sign[i] = odd ? S(-1) : S(1);
              logarithm[i] = 0;
              for (std::int64_t k = 0; k < n; ++k) {
                const S factor = factors[k * (n + 1)];
                sign[i] *= factor > 0 ? S(1) : factor < 0 ? S(-1) : factor;
                logarithm[i] += std::log(std::abs(factor));
              }
            });
          });
        },
    .rules = {{{"x", reads_input(0),
                [](const Saved& s, const Tensor& g) {
                  const Tensor x = s.input(0);
                  return g.present() ? over_matrices(g) * transposed(inv(x)) : Tensor();
                }}}},
    .samples =
        [] {
          const auto call = [](const Tensors& x) { return slogdet(x[0]).logabsdet; };
          return Samples{{{regular(0.5 * normal({3, 3}))}, call}, {{-1. * regular(0.5 * normal({2, 3, 3}, 2))}, call}};
        },
};

// -------------------------------------------------------------------------------------------------------------- solve

template <class S>
void solve_systems(const Tensor& a, const Tensor& b, Tensor& y) {
  const Matrices m(shape_of(a));
  const std::int64_t k = shape_of(b)[shape_of(b).rank() - 1];
  if (shape_of(b).count() == 0) return;
  std::vector<int> pivots(static_cast<std::size_t>(m.n));
  std::vector<S> factors(static_cast<std::size_t>(m.elements())), columns(static_cast<std::size_t>(m.n * k));
  for (std::int64_t i = 0; i < m.count; ++i) {
    std::copy_n(raw<S>(a) + i * m.elements(), m.elements(), factors.data());
    expect(lu_factor(m.n, factors.data(), pivots.data()), "solve: {} of {} is singular; the system has no solution",
           which(i, m.count), text(a));
    const S* from = raw<S>(b) + i * m.n * k;
    S *to = raw_out<S>(y) + i * m.n * k, *turned = columns.data();
    for (std::int64_t r = 0; r < m.n; ++r)
      for (std::int64_t c = 0; c < k; ++c) turned[c * m.n + r] = from[r * k + c];
    lu_solve(m.n, k, factors.data(), pivots.data(), turned);
    for (std::int64_t r = 0; r < m.n; ++r)
      for (std::int64_t c = 0; c < k; ++c) to[r * k + c] = turned[c * m.n + r];
  }
}

Tensor solve_transposed(const Tensor& a, const Tensor& g) { return solve(transposed(a), g); }

// y = a⁻¹·b        db = a⁻ᵀ·g        da = −db·yᵀ
constinit const Op solve_op{
    .name = "solve",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {shape_of(x[1]), x[1].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          dispatch_floating(x[0].dtype(), [&]<class S>(S) { solve_systems<S>(x[0], x[1], y[0]); });
        },
    .rules = {{{"a", reads_input(0) | reads_output(),
                [](const Saved& s, const Tensor& g) {
                  return -matmul(solve_transposed(s.input(0), g), s.output(), {.transpose_b = true});
                }},
               {"b", reads_input(0), [](const Saved& s, const Tensor& g) { return solve_transposed(s.input(0), g); }}}},
    .samples =
        [] {
          const auto call = [](const Tensors& x) { return solve(x[0], x[1]); };
          return Samples{{{regular(normal({3, 3})), normal({3, 2}, 2)}, call},
                         {{regular(normal({2, 2, 2}, 3)), normal({2, 2, 1}, 4)}, call},
                         {{regular(normal({3, 3}, 5)), normal({3}, 6)}, call},
                         {{regular(normal({2, 2, 2}, 7)), normal({2}, 8)}, call}};
        },
};

// ----------------------------------------------------------------------------------------------------------- cholesky

template <class S>
void factor_cholesky(const Tensor& x, Tensor& y) {
  const Matrices m(shape_of(x));
  std::copy_n(raw<S>(x), m.count * m.elements(), raw_out<S>(y));
  for (std::int64_t i = 0; m.n > 0 && i < m.count; ++i) {
    S* matrix = raw_out<S>(y) + i * m.elements();
    const int failed = cholesky_factor(m.n, matrix);
    expect(failed == 0, "cholesky: {} of {} is not positive definite; its leading {} × {} block is not",
           which(i, m.count), text(x), failed, failed);
    for (std::int64_t r = 0; r < m.n; ++r) std::fill(matrix + r * m.n + r + 1, matrix + (r + 1) * m.n, S(0));
  }
}

// y·yᵀ = x        dx = (s + sᵀ)/2, s = y⁻ᵀ·Φ(yᵀ·g)·y⁻¹, Φ the lower triangle with half the diagonal
constinit const Op cholesky_op{
    .name = "cholesky",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {shape_of(x[0]), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          dispatch_floating(x[0].dtype(), [&]<class S>(S) { factor_cholesky<S>(x[0], y[0]); });
        },
    .rules = {{{"x", reads_output(),
                [](const Saved& s, const Tensor& g) {
                  const Tensor y = s.output(), product = matmul(y, tril(g), {.transpose_a = true});
                  const Tensor phi = 0.5 * (tril(product) + tril(product, -1));
                  const Tensor half = transposed(solve_transposed(y, phi));
                  const Tensor whole = solve_transposed(y, half);
                  return 0.5 * (whole + transposed(whole));
                }}}},
    .samples =
        [] {
          const auto call = [](const Tensors& x) {
            return cholesky(matmul(x[0], x[0], {.transpose_b = true}) + identity(x[0].shape().back(), x[0]));
          };
          return Samples{{{normal({3, 3})}, call}, {{normal({2, 2, 2}, 2)}, call}};
        },
};

}  // namespace

Tensor inv(const Tensor& x) {
  expect_square("inv", "x", x);
  return apply(inv_op, {&x});
}

Tensor det(const Tensor& x) {
  expect_square("det", "x", x);
  return apply(det_op, {&x});
}

Tensor logdet(const Tensor& x) {
  expect_square("logdet", "x", x);
  return apply(logdet_op, {&x});
}

Slogdet slogdet(const Tensor& x) {
  expect_square("slogdet", "x", x);
  const Tensor* inputs[] = {&x};
  Tensor y[2];
  apply(slogdet_op, Attrs(), Inputs(inputs, 1), y);
  return {is_abstract(y[1]) ? y[1] : y[1].detach(), y[0]};
}

Tensor solve(const Tensor& a, const Tensor& b) {
  return solved("solve", a, b, [](const Tensor& wide_a, const Tensor& wide_b) {
    return apply(solve_op, {&wide_a, &wide_b});
  });
}

Tensor cholesky(const Tensor& x, const CholeskyOptions& options) {
  expect_square("cholesky", "x", x);
  const Tensor symmetric = options.symmetrize ? 0.5 * (x + transposed(x)) : x;
  return apply(cholesky_op, {&symmetric});
}

namespace detail {

Family decomposition_rows() {
  static constexpr const Op* rows[] = {&inv_op, &det_op, &logdet_op, &slogdet_op, &solve_op, &cholesky_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
