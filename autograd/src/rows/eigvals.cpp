#include "families.hpp"
#include "lapack.hpp"
#include "spectral.hpp"

#include <algorithm>
#include <cmath>

// Eigenvalues of matrices that need not be symmetric, as real and imaginary parts.
namespace frost {

using namespace detail;

namespace {

// x's eigenvalues, and its right eigenvectors in columns: vectors[0] the real parts, vectors[1] the imaginary ones.
template <class S>
void factor_eig(const Tensor& x, Tensor& values, S* vectors) {
  const Matrices m(shape_of(x));
  const auto scratch = [](std::int64_t size) { return std::vector<S>(static_cast<std::size_t>(size)); };
  std::vector<S> columns = scratch(m.elements()), real = scratch(m.n), imaginary = scratch(m.n),
                 packed = scratch(vectors ? m.elements() : 0);
  for (std::int64_t i = 0; m.n > 0 && i < m.count; ++i) {
    const S* from = raw<S>(x) + i * m.elements();
    expect(std::all_of(from, from + m.elements(), [](S v) { return std::isfinite(v); }),
           "eigvals: {} of {} has NaN or infinities; expected numbers", which(i, m.count), text(x));
    turn(m.n, m.n, from, columns.data());
    expect(eig_factor(m.n, columns.data(), real.data(), imaginary.data(), vectors ? packed.data() : nullptr),
           "eigvals: the iteration for {} of {} does not converge", which(i, m.count), text(x));
    S* to = raw_out<S>(values) + 2 * i * m.n;
    for (std::int64_t k = 0; k < m.n; ++k) {
      to[2 * k] = real[static_cast<std::size_t>(k)];
      to[2 * k + 1] = imaginary[static_cast<std::size_t>(k)];
    }
    if (!vectors) continue;
    // Of a conjugate pair the first column has the real parts and the second the imaginary ones.
    S *vr = vectors + 2 * i * m.elements(), *vi = vr + m.elements();
    for (std::int64_t k = 0; k < m.n; ++k) {
      const S part = imaginary[static_cast<std::size_t>(k)];
      const std::int64_t first = part < 0 ? k - 1 : k;
      for (std::int64_t r = 0; r < m.n; ++r) {
        vr[r * m.n + k] = packed[static_cast<std::size_t>(first * m.n + r)];
        vi[r * m.n + k] = part == 0  ? S(0)
                          : part > 0 ? packed[static_cast<std::size_t>((k + 1) * m.n + r)]
                                     : -packed[static_cast<std::size_t>(k * m.n + r)];
      }
    }
  }
}

struct Parts {
  Tensor real, imaginary;
};

Tensor entry(const Tensor& x, std::int64_t axis, std::int64_t index) {
  return x.slice(axis, index, index + 1).squeeze(axis);
}
Parts parts_along(const Tensor& x, std::int64_t axis) { return {entry(x, axis, 0), entry(x, axis, 1)}; }

// A complex matrix as a real one of twice the order.
Tensor as_real(const Parts& x) {
  return concatenate({concatenate({x.real, -x.imaginary}, -1), concatenate({x.imaginary, x.real}, -1)}, -2);
}

double largest_in(const Tensor& x) { return largest(Doubles(x).of(0, 0), shape_of(x).count()); }

// V⁻¹, whose rows are the left eigenvectors.
Parts left_vectors(const Parts& v, const ShapeRef& shape) {
  const std::int64_t n = Matrices(shape).n;
  Tensor inverse;
  try {
    inverse = inv(as_real(v));
  } catch (const ValueError&) {
  }
  const double limit = inverse.present() ? largest_in(as_real(v)) * largest_in(inverse) * static_cast<double>(n) : 0;
  expect(inverse.present() && limit * Closeness::epsilon_of(v.real.dtype()) * static_cast<double>(n) < 1e-2,
         "eigvals: x of shape {} lacks eigenvectors, as [[0, 1], [0, 0]] does: its eigenvalues have no gradient",
         text(shape));
  const Tensor left = inverse.slice(-1, 0, n);
  return {left.slice(-2, 0, n), left.slice(-2, n, 2 * n)};
}

// Where eigenvalues repeat, any basis of their eigenvectors will do if their gradients are the same, and else none.
// Returns whether there are any.
bool expect_even_gradients(const Tensor& values, const Tensor& g) {
  const std::int64_t n = shape_of(values)[shape_of(values).rank() - 2], count = shape_of(values).count() / (2 * n);
  const Doubles of_values(values), of_g(g);
  const double epsilon = Closeness::epsilon_of(values.dtype()), rounding = 16 * static_cast<double>(n) * epsilon;
  bool any_repeat = false;
  for (std::int64_t m = 0; m < count; ++m) {
    const double *w = of_values.of(m, 2 * n), *gm = of_g.of(m, 2 * n);
    const double scale = largest(w, 2 * n), size = largest(gm, 2 * n);
    const auto apart = [](const double* x, std::int64_t i, std::int64_t j) {
      return std::hypot(x[2 * i] - x[2 * j], x[2 * i + 1] - x[2 * j + 1]);
    };
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = i + 1; j < n; ++j) {
        if (apart(w, i, j) > rounding * scale) continue;
        any_repeat = true;
        expect(
            apart(gm, i, j) <= 1e3 * std::sqrt(epsilon) * size,
            "eigvals: eigenvalues {} and {} of {} are equal ({}{:+}i), and the gradient that was asked for tells them "
            "apart: there is none",
            i, j, which(m, count), w[2 * i], w[2 * i + 1]);
      }
  }
  return any_repeat;
}

// Σ over eigenvalues of Re(h·a·bᵀ) for rows a and b of complex numbers.
Tensor real_outer(const Parts& h, const Parts& a, const Parts& b) {
  const Parts column{expand_dims(h.real, -1), expand_dims(h.imaginary, -1)};
  const Tensor with_real = column.real * b.real - column.imaginary * b.imaginary,
               with_imaginary = column.real * b.imaginary + column.imaginary * b.real;
  return product_t(a.real, with_real) - product_t(a.imaginary, with_imaginary);
}

// The vectors as functions of x and its eigenvalues, for a gradient that is differentiated again: v with (x − λ)·v = 0
// and cᴴ·v = 1 solves [[x − λ, b], [cᴴ, 0]], which is regular where λ is simple; and so for w, with wᴴ·(x − λ) = 0.
// Here b and c are the left and the right eigenvector.
Tensor recorded_gradient(const Saved& s, const Parts& g, const Parts& v, const Parts& left) {
  const Tensor x = s.input(0);
  const std::int64_t n = x.shape().back(), last = n + 1;
  const Parts value = parts_along(s.output(), -1);
  const Tensor one = identity(n, x);
  const auto column = [](const Tensor& t) { return expand_dims(t, -1); };
  const auto row = [](const Tensor& t) { return expand_dims(t, -2); };
  const Tensor length = norm(concatenate({left.real, left.imaginary}, -1), -1, true);
  const Tensor corner = zeros(expand_dims(expand_dims(value.real, -1), -1).shape(), {.dtype = x.dtype()});
  const auto border = [&](const Tensor& inner, const Tensor& b, const Tensor& c) {
    return concatenate({concatenate({inner, b}, -1), concatenate({c, corner}, -1)}, -2);
  };
  const Tensor bordered = as_real(
      {border(expand_dims(x, -3) - over_matrices(value.real) * one, column(left.real / length),
              row(transposed(v.real))),
       border(-over_matrices(value.imaginary) * one, column(-left.imaginary / length), row(-transposed(v.imaginary)))});
  const Tensor unit = reshape(one_hot(tensor(n, DType::int64), 2 * last).to(x.dtype()), {2 * last});
  const auto null_vector = [&](const Tensor& matrix) {
    const Tensor found = solve(matrix, unit);
    return Parts{found.slice(-1, 0, n), found.slice(-1, last, last + n)};
  };
  const Parts right = null_vector(bordered), w = null_vector(transposed(bordered));
  // h = conj(g)/(wᴴ·v)
  const Tensor p = sum(w.real * right.real + w.imaginary * right.imaginary, -1),
               q = sum(w.real * right.imaginary - w.imaginary * right.real, -1), size = square(p) + square(q);
  const Parts h{(g.real * p - g.imaginary * q) / size, -(g.imaginary * p + g.real * q) / size};
  return real_outer(h, {w.real, -w.imaginary}, right);
}

Tensor eigvals_gradient(const Saved& s, const Tensor& g) {
  const ShapeRef& shape = s.input_shape(0);
  if (shape.count() == 0) return zeros(shape.dims(), {.dtype = s.dtype()});
  const Tensor values = s.output().detach();
  const Parts v = parts_along(s.extra(0), -3), of_g = parts_along(g, -1);
  const bool repeats = expect_even_gradients(values, g.detach());
  const Parts left = left_vectors(v, shape);
  if (!recording())
    return real_outer({of_g.real, -of_g.imaginary}, left, {transposed(v.real), transposed(v.imaginary)});
  expect(!repeats, "eigvals: eigenvalues of x of shape {} are equal; they have no second derivatives there",
         text(shape));
  return recorded_gradient(s, of_g, v, left);
}

// y = λ        dx = Re(Wᵀ·diag(conj g)·Vᵀ), W = V⁻¹
constinit const Op eigvals_op{
    .name = "eigvals",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {with_last_axes(shape_of(x[0]), {Matrices(shape_of(x[0])).n, 2}), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          const std::int64_t n = Matrices(shape_of(x[0])).n;
          Tensor vectors;
          if (y.keeps(0)) {
            Shape dims = with_last_axes(shape_of(x[0]), {2, n}).dims();
            dims.push_back(n);
            vectors = make_tensor(make_shape(dims), x[0].dtype());
          }
          dispatch_floating(x[0].dtype(), [&]<class S>(S) {
            factor_eig<S>(x[0], y[0], vectors.present() ? raw_out<S>(vectors) : nullptr);
          });
          if (vectors.present()) y.keep(0, std::move(vectors));
        },
    .rules = {{{"x", reads_input(0) | reads_output() | reads_extra(0), eigvals_gradient}}},
    .samples =
        [] {
          const auto call = [](const Tensors& x) { return eigvals(x[0]); };
          const Tensor turning = from_vector(std::vector<double>{.5, -2, .1, 1.5, .2, .3, -.4, .2, 2}, {3, 3});
          return Samples{{{turning}, call},
                         {{normal({2, 2, 2}, 7)}, call},
                         {{normal({4, 4}, 3)}, [](const Tensors& x) { return sum(square(eigvals(x[0])), -1); }},
                         {{normal({1, 1}, 4)}, call}};
        },
};

}  // namespace

Tensor eigvals(const Tensor& x) {
  expect_square("eigvals", "x", x);
  return apply(eigvals_op, {&x});
}

namespace detail {

Family eigvals_rows() {
  static constexpr const Op* rows[] = {&eigvals_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
