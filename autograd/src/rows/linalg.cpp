#include "elementwise.hpp"
#include "families.hpp"
#include "gemm.hpp"
#include "kernels/reduce.hpp"

#include <algorithm>

// Matrix products.
namespace frost {

using namespace detail;

namespace {

// ------------------------------------------------------------------------------------------------------------- matmul

// What a product of two tensors comes to: (m, k)·(k, n) for each pair of matrices that their batches make.
struct ProductPlan {
  static constexpr int max_axes = 64;

  std::int64_t m = 1, n = 1, k = 1;
  bool transpose_a = false, transpose_b = false;  // of matrices; a vector is a row (a) or a column (b)
  bool vector_a = false, vector_b = false;
  std::int64_t count = 1, count_a = 1, count_b = 1;  // matrices in y, a, b
  int axes = 0;                                      // of the batch
  std::int64_t size[max_axes], step_a[max_axes], step_b[max_axes];

  std::int64_t stride_a() const { return transpose_a ? m : k; }
  std::int64_t stride_b() const { return transpose_b ? k : n; }
  template <class S>
  Matrix<S> a(const S* data, std::int64_t i = 0) const {
    return {data + i * m * k, stride_a(), transpose_a};
  }
  template <class S>
  Matrix<S> b(const S* data, std::int64_t i = 0) const {
    return {data + i * k * n, stride_b(), transpose_b};
  }

  /// Where b is one matrix, a's batch is more rows of one product.
  void collapse() {
    if (count_b != 1 || transpose_a || count_a == 1) return;
    m *= count_a;
    count = count_a = 1;
    axes = 0;
  }
  /// Calls body(matrix of a, matrix of b, matrix of y).
  template <class Body>
  void each(const Body& body) const {
    std::int64_t index[max_axes] = {}, at_a = 0, at_b = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      body(at_a, at_b, i);
      for (int axis = axes - 1; axis >= 0; --axis) {
        at_a += step_a[axis];
        at_b += step_b[axis];
        if (++index[axis] < size[axis]) break;
        at_a -= index[axis] * step_a[axis];
        at_b -= index[axis] * step_b[axis];
        index[axis] = 0;
      }
    }
  }
};

template <class S>
Matrix<S> transposed(Matrix<S> x) {
  return {x.data, x.stride, !x.transposed};
}

ProductPlan plan_product(const ShapeRef& a, const ShapeRef& b, const MatmulOptions& options) {
  const auto shapes = [&] {
    const char* flags = options.transpose_a && options.transpose_b ? " with transpose_a and transpose_b"
                        : options.transpose_a                      ? " with transpose_a"
                        : options.transpose_b                      ? " with transpose_b"
                                                                   : "";
    return fmt::format("{} and {}{}", text(a), text(b), flags);
  };
  if (a.rank() == 0 || b.rank() == 0) [[unlikely]]
    fail<ShapeError>("matmul: a scalar has no rows or columns; got {}; multiply scalars with *", shapes());
  ProductPlan p;
  p.vector_a = a.rank() == 1;
  p.vector_b = b.rank() == 1;
  p.transpose_a = options.transpose_a && !p.vector_a;
  p.transpose_b = options.transpose_b && !p.vector_b;
  const int ra = a.rank(), rb = b.rank();
  if (!p.vector_a) p.m = a[p.transpose_a ? ra - 1 : ra - 2];
  p.k = a[p.transpose_a ? ra - 2 : ra - 1];
  if (!p.vector_b) p.n = b[p.transpose_b ? rb - 2 : rb - 1];
  const std::int64_t inner = p.vector_b || p.transpose_b ? b[rb - 1] : b[rb - 2];
  if (!agree(p.k, inner)) [[unlikely]]
    fail<ShapeError>("matmul: inner sizes differ; got {}; expected {} and {}", shapes(),
                     p.vector_a      ? "(k,)"
                     : p.transpose_a ? "(k, m)"
                                     : "(m, k)",
                     p.vector_b      ? "(k,)"
                     : p.transpose_b ? "(n, k)"
                                     : "(k, n)");

  const int batch_a = std::max(ra - 2, 0), batch_b = std::max(rb - 2, 0);
  p.axes = std::max(batch_a, batch_b);
  for (int i = p.axes - 1; i >= 0; --i) {
    const int at_a = i - p.axes + batch_a, at_b = i - p.axes + batch_b;
    std::int64_t size_a = at_a < 0 ? 1 : a[at_a];
    const std::int64_t size_b = at_b < 0 ? 1 : b[at_b];
    if (size_a != 1 && size_b != 1 && !agree(size_a, size_b)) [[unlikely]]
      fail<ShapeError>("matmul: the batches do not broadcast; got {}", shapes());
    p.size[i] = size_a == 1 ? size_b : size_a;
    p.step_a[i] = size_a == 1 ? 0 : p.count_a;
    p.step_b[i] = size_b == 1 ? 0 : p.count_b;
    p.count_a *= size_a;
    p.count_b *= size_b;
    p.count *= p.size[i];
  }
  return p;
}

ShapeRef shape_of_product(const ProductPlan& p) {
  std::int64_t dims[ProductPlan::max_axes + 2];
  std::size_t rank = 0;
  for (int i = 0; i < p.axes; ++i) dims[rank++] = p.size[i];
  if (!p.vector_a) dims[rank++] = p.m;
  if (!p.vector_b) dims[rank++] = p.n;
  return make_shape(dims, rank);
}

// The gradient of a (Which = 0) or b, straight into its shape: batches that were broadcast add up in place.
template <int Which>
Tensor product_gradient(const Saved& saved, const Tensor& g) {
  ProductPlan p = plan_product(saved.input_shape(0), saved.input_shape(1), saved.attrs<MatmulOptions>());
  p.collapse();
  Tensor d = make_tensor(saved.input_shape(Which), saved.dtype());
  dispatch_floating(saved.dtype(), [&]<class S>(S) {
    const S *other = static_cast<const S*>(saved.input_data(1 - Which)), *from = raw<S>(g);
    S* to = raw_out<S>(d);
    const bool adds = (Which == 0 ? p.count_a : p.count_b) != p.count;
    if (adds) std::fill_n(to, d.size(), S(0));
    const S beta = adds ? S(1) : S(0);
    p.each([&](std::int64_t at_a, std::int64_t at_b, std::int64_t i) {
      const Matrix<S> gi{from + i * p.m * p.n, p.n};
      if constexpr (Which == 0) {
        const Matrix<S> b = p.b(other, at_b);
        S* da = to + at_a * p.m * p.k;
        if (p.transpose_a)
          gemm(p.k, p.m, p.n, b, transposed(gi), da, p.m, beta);  // [k,m] = [k,n] @ [m,n]ᵀ
        else
          gemm(p.m, p.k, p.n, gi, transposed(b), da, p.k, beta);  // [m,k] = [m,n] @ [k,n]ᵀ
      } else {
        const Matrix<S> a = p.a(other, at_a);
        S* db = to + at_b * p.k * p.n;
        if (p.transpose_b)
          gemm(p.n, p.k, p.m, transposed(gi), a, db, p.k, beta);  // [n,k] = [m,n]ᵀ @ [m,k]
        else
          gemm(p.k, p.n, p.m, transposed(a), gi, db, p.n, beta);  // [k,n] = [m,k]ᵀ @ [m,n]
      }
    });
  });
  return d;
}

// The same out of public operations.
template <int Which>
Tensor recorded_product_gradient(const Saved& saved, const Tensor& g) {
  const ShapeRef &shape_a = saved.input_shape(0), &shape_b = saved.input_shape(1);
  const ProductPlan p = plan_product(shape_a, shape_b, saved.attrs<MatmulOptions>());
  const Shape matrix_a = p.vector_a ? Shape{1, p.k} : shape_a.dims();
  const Shape matrix_b = p.vector_b ? Shape{p.k, 1} : shape_b.dims();
  const auto as = [](const Tensor& t, const Shape& shape) { return t.shape() == shape ? t : reshape(t, shape); };
  const Tensor other = as(saved.input(1 - Which), Which == 0 ? matrix_b : matrix_a);
  const bool one_product = Which == 1 && p.count_b == 1 && !p.transpose_a;
  Shape shape_g(std::vector<std::int64_t>(p.size, p.size + p.axes));
  shape_g.insert(shape_g.end(), {p.m, p.n});
  if (one_product) shape_g = {p.count * p.m, p.n};
  const Tensor gm = as(g, shape_g);
  Tensor d;
  if constexpr (Which == 0) {
    d = p.transpose_a ? matmul(other, gm, {.transpose_a = p.transpose_b, .transpose_b = true})
                      : matmul(gm, other, {.transpose_b = !p.transpose_b});
  } else {
    const Tensor a = one_product ? as(other, {p.count * p.m, p.k}) : other;
    d = p.transpose_b ? matmul(gm, a, {.transpose_a = true, .transpose_b = p.transpose_a})
                      : matmul(a, gm, {.transpose_a = !p.transpose_a});
  }
  if (!one_product) d = sum_to(d, make_shape(Which == 0 ? matrix_a : matrix_b));
  return as(d, saved.input_shape(Which).dims());
}

template <int Which>
Tensor matmul_gradient(const Saved& saved, const Tensor& g) {
  return recording() ? recorded_product_gradient<Which>(saved, g) : product_gradient<Which>(saved, g);
}

Samples matmul_samples() {
  const auto plain = [](const Tensors& x) { return matmul(x[0], x[1]); };
  const auto flag_a = [](const Tensors& x) { return matmul(x[0], x[1], {.transpose_a = true}); };
  const auto flag_b = [](const Tensors& x) { return matmul(x[0], x[1], {.transpose_b = true}); };
  const auto both = [](const Tensors& x) { return matmul(x[0], x[1], {.transpose_a = true, .transpose_b = true}); };
  return {{{normal({3, 4}), normal({4, 2}, 2)}, plain},     {{normal({4}), normal({4}, 2)}, plain},
          {{normal({2, 3, 4}), normal({4}, 2)}, flag_b},    {{normal({4}), normal({2, 4, 3}, 2)}, flag_a},
          {{normal({2, 3, 4}), normal({4, 2}, 2)}, plain},  {{normal({3, 4}), normal({2, 5, 4}, 2)}, flag_b},
          {{normal({2, 4, 3}), normal({4, 2}, 2)}, flag_a}, {{normal({2, 1, 4, 3}), normal({3, 2, 4}, 2)}, both}};
}

// y = a·b        da = g·bᵀ        db = aᵀ·g
constinit const Op matmul_op{
    .name = "matmul",
    .shape =
        [](const Inputs& x, const Attrs& attrs, Specs& y) {
          expect(x[0].present() && x[1].present(), "matmul: a tensor is absent");
          expect_same_dtype("matmul", x[0], x[1]);
          expect_floating("matmul", x[0]);
          const ProductPlan p = plan_product(shape_of(x[0]), shape_of(x[1]), attrs.as<MatmulOptions>());
          y[0] = {shape_of_product(p), x[0].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          ProductPlan p = plan_product(shape_of(x[0]), shape_of(x[1]), attrs.as<MatmulOptions>());
          p.collapse();
          dispatch_floating(x[0].dtype(), [&]<class S>(S) {
            p.each([&](std::int64_t at_a, std::int64_t at_b, std::int64_t i) {
              gemm(p.m, p.n, p.k, p.a(raw<S>(x[0]), at_a), p.b(raw<S>(x[1]), at_b), raw_out<S>(y[0]) + i * p.m * p.n,
                   p.n);
            });
          });
        },
    .rules = {{{"a", reads_input(1), matmul_gradient<0>}, {"b", reads_input(0), matmul_gradient<1>}}},
    .samples = matmul_samples,
};

// ------------------------------------------------------------------------------------------------------------- linear

std::int64_t last(const ShapeRef& shape) { return shape[shape.rank() - 1]; }
// The rows of a tensor, all axes but the last taken together; also where the last has size 0.
std::int64_t rows_of(const ShapeRef& shape) {
  std::int64_t rows = 1;
  for (int i = 0; i + 1 < shape.rank(); ++i) rows *= shape[i];
  return rows;
}

void linear_shape(const Inputs& x, const Attrs&, Specs& y) {
  expect(x[0].present() && x[1].present(), "linear: {} is absent", x[0].present() ? "kernel" : "x");
  expect_same_dtype("linear", x[0], x[1]);
  expect_floating("linear", x[0]);
  const ShapeRef &input = shape_of(x[0]), &kernel = shape_of(x[1]);
  std::int64_t in = input.rank() > 0 ? last(input) : -1;
  expect<ShapeError>(kernel.rank() == 2, "linear: the kernel must have two axes (in, out); got shape {}", text(kernel));
  expect<ShapeError>(input.rank() > 0 && agree(in, kernel[0]),
                     "linear: the last axis of x does not fit the kernel; got x of shape {} and kernel of shape {}; "
                     "expected (…, {})",
                     text(input), text(kernel), kernel[0]);
  if (x[2].present()) {
    expect_same_dtype("linear", x[0], x[2]);
    const ShapeRef& bias = shape_of(x[2]);
    expect<ShapeError>(bias.rank() == 1 && bias[0] == kernel[1],
                       "linear: the bias has the wrong shape; got {}; expected ({},)", text(bias), kernel[1]);
  }
  std::int64_t dims[ProductPlan::max_axes];
  expect<ShapeError>(input.rank() <= ProductPlan::max_axes, "linear: x has too many axes; got {}", input.rank());
  std::copy(input.dims().begin(), input.dims().end(), dims);
  dims[input.rank() - 1] = kernel[1];
  y[0] = {make_shape(dims, input.dims().size()), x[0].dtype()};
}

void linear_compute(const Inputs& x, const Attrs&, const Outputs& y) {
  const std::int64_t rows = rows_of(shape_of(x[0])), in = shape_of(x[1])[0], out = shape_of(x[1])[1];
  dispatch_floating(x[0].dtype(), [&]<class S>(S) {
    S* to = raw_out<S>(y[0]);
    if (x[2].present())
      for (std::int64_t i = 0; i < rows; ++i) std::copy_n(raw<S>(x[2]), out, to + i * out);
    // [rows,out] = [rows,in] @ [in,out]
    gemm(rows, out, in, {raw<S>(x[0]), in}, {raw<S>(x[1]), out}, to, out, x[2].present() ? S(1) : S(0));
  });
}

Tensor linear_dx(const Saved& saved, const Tensor& g) {
  if (recording()) return matmul(g, saved.input(1), {.transpose_b = true});
  const ShapeRef& kernel = saved.input_shape(1);
  Tensor dx = make_tensor(saved.input_shape(0), saved.dtype());
  dispatch_floating(saved.dtype(), [&]<class S>(S) {
    // [rows,in] = [rows,out] @ [in,out]ᵀ
    gemm(rows_of(saved.input_shape(0)), kernel[0], kernel[1], {raw<S>(g), kernel[1]},
         {static_cast<const S*>(saved.input_data(1)), kernel[1], true}, raw_out<S>(dx), kernel[0]);
  });
  return dx;
}

Tensor linear_dkernel(const Saved& saved, const Tensor& g) {
  const ShapeRef& kernel = saved.input_shape(1);
  const std::int64_t rows = rows_of(saved.input_shape(0));
  if (recording())
    return matmul(reshape(saved.input(0), {rows, kernel[0]}), reshape(g, {rows, kernel[1]}), {.transpose_a = true});
  Tensor dkernel = make_tensor(kernel, saved.dtype());
  dispatch_floating(saved.dtype(), [&]<class S>(S) {
    // [in,out] = [rows,in]ᵀ @ [rows,out]
    gemm(kernel[0], kernel[1], rows, {static_cast<const S*>(saved.input_data(0)), kernel[0], true},
         {raw<S>(g), kernel[1]}, raw_out<S>(dkernel), kernel[1]);
  });
  return dkernel;
}

Tensor linear_dbias(const Saved& saved, const Tensor& g) {
  const std::int64_t rows = rows_of(saved.input_shape(0)), out = saved.input_shape(2)[0];
  if (recording()) return sum(reshape(g, {rows, out}), 0);
  Tensor dbias = make_tensor(saved.input_shape(2), saved.dtype());
  dispatch_floating(saved.dtype(), [&]<class S>(S) {
    kernels::reduce<S>().sum(raw<S>(g), raw_out<S>(dbias), {1, rows, out});
  });
  return dbias;
}

Samples linear_samples() {
  const auto call = [](const Tensors& x) { return linear(x[0], x[1], x[2]); };
  return {{{normal({5, 3}), normal({3, 4}, 2), normal({4}, 3)}, call},
          {{normal({2, 2, 3}), normal({3, 2}, 2), Tensor()}, call},
          {{normal({3}), normal({3, 2}, 2), normal({2}, 3)}, call}};
}

// y = x·kernel + bias        dx = g·kernelᵀ        dkernel = xᵀ·g        dbias = Σ g
constinit const Op linear_op{
    .name = "linear",
    .shape = linear_shape,
    .compute = linear_compute,
    .rules = {{{"x", reads_input(1), linear_dx},
               {"kernel", reads_input(0), linear_dkernel},
               {"bias", reads_nothing, linear_dbias}}},
    .samples = linear_samples,
};

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options) {
  return apply(matmul_op, options, {&a, &b});
}
Tensor linear(const Tensor& x, const Tensor& kernel, const Tensor& bias) {
  return apply(linear_op, {&x, &kernel, &bias});
}

namespace detail {

Family linalg_rows() {
  static constexpr const Op* rows[] = {&matmul_op, &linear_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
