#include "families.hpp"
#include "matrices.hpp"

#include <algorithm>

// Systems of equations with triangular matrices, by substitution.
namespace frost {

using namespace detail;

namespace {

const SolveTriangularOptions& options_of(const Attrs& attrs) { return attrs.as<SolveTriangularOptions>(); }

template <class S>
void substitute(const Tensor& a, const Tensor& b, const SolveTriangularOptions& o, Tensor& y) {
  const Matrices m(shape_of(a));
  const std::int64_t n = m.n, k = Matrices(shape_of(b)).n;
  std::copy_n(raw<S>(b), shape_of(b).count(), raw_out<S>(y));
  const bool forwards = o.lower != o.transpose;
  for (std::int64_t i = 0; k > 0 && i < m.count; ++i) {
    const S* matrix = raw<S>(a) + i * n * n;
    S* rows = raw_out<S>(y) + i * n * k;
    for (std::int64_t step = 0; step < n; ++step) {
      const std::int64_t r = forwards ? step : n - 1 - step;
      S* row = rows + r * k;
      if (!o.unit_diagonal) {
        const S pivot = matrix[r * (n + 1)];
        expect(pivot != 0, "solve_triangular: {} of {} has a 0 in place {} of its diagonal; the system has no solution",
               which(i, m.count), text(a), r);
        for (std::int64_t c = 0; c < k; ++c) row[c] /= pivot;
      }
      // What is known now leaves the equations that follow.
      for (std::int64_t q = forwards ? r + 1 : 0, end = forwards ? n : r; q < end; ++q) {
        const S factor = o.transpose ? matrix[r * n + q] : matrix[q * n + r];
        for (std::int64_t c = 0; c < k; ++c) rows[q * k + c] -= factor * row[c];
      }
    }
  }
}

Tensor right_gradient(const Saved& s, const Tensor& g) {
  SolveTriangularOptions options = s.attrs<SolveTriangularOptions>();
  options.transpose = !options.transpose;
  return solve_triangular(s.input(0), g, options);
}

// y = a⁻¹·b        db = a⁻ᵀ·g        da = −db·yᵀ in the triangle
constinit const Op solve_triangular_op{
    .name = "solve_triangular",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {shape_of(x[1]), x[1].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch_floating(x[0].dtype(), [&]<class S>(S) { substitute<S>(x[0], x[1], options_of(attrs), y[0]); });
        },
    .rules = {{{"a", reads_input(0) | reads_output(),
                [](const Saved& s, const Tensor& g) {
                  const auto& o = s.attrs<SolveTriangularOptions>();
                  const Tensor db = right_gradient(s, g), y = s.output();
                  const Tensor full =
                      o.transpose ? matmul(y, db, {.transpose_b = true}) : matmul(db, y, {.transpose_b = true});
                  const std::int64_t k = o.unit_diagonal ? 1 : 0;
                  return -(o.lower ? tril(full, -k) : triu(full, k));
                }},
               {"b", reads_input(0), right_gradient}}},
    .samples =
        [] {
          Samples samples;
          const Tensor a = regular(normal({2, 3, 3})), b = normal({2, 3, 2}, 2);
          samples.push_back({{a, b}, [](const Tensors& x) { return solve_triangular(x[0], x[1]); }});
          samples.push_back({{a, b}, [](const Tensors& x) { return solve_triangular(x[0], x[1], {.lower = true}); }});
          samples.push_back(
              {{a, b}, [](const Tensors& x) { return solve_triangular(x[0], x[1], {.transpose = true}); }});
          samples.push_back({{a, b}, [](const Tensors& x) {
                               return solve_triangular(x[0], x[1],
                                                       {.transpose = true, .lower = true, .unit_diagonal = true});
                             }});
          samples.push_back({{a, normal({3}, 3)}, [](const Tensors& x) { return solve_triangular(x[0], x[1]); }});
          return samples;
        },
};

}  // namespace

Tensor solve_triangular(const Tensor& a, const Tensor& b, const SolveTriangularOptions& options) {
  return solved("solve_triangular", a, b, [&](const Tensor& wide_a, const Tensor& wide_b) {
    return apply(solve_triangular_op, options, {&wide_a, &wide_b});
  });
}

namespace detail {

Family triangular_rows() {
  static constexpr const Op* rows[] = {&solve_triangular_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
