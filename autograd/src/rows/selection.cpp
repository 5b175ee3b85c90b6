#include "convert.hpp"
#include "elementwise.hpp"
#include "families.hpp"
#include "kernels/integer.hpp"

#include <algorithm>
#include <array>

// Comparisons, choosing between two tensors, and conversion between dtypes.
namespace frost {

using namespace detail;

namespace {

// -------------------------------------------------------------------------------------------------------- comparisons

struct Less {
  static constexpr const char* name = "less";
  static constexpr kernels::Comparison kernel = kernels::Comparison::less;
};
struct LessEqual {
  static constexpr const char* name = "less_equal";
  static constexpr kernels::Comparison kernel = kernels::Comparison::less_equal;
};
struct Equal {
  static constexpr const char* name = "equal";
  static constexpr kernels::Comparison kernel = kernels::Comparison::equal;
};
struct NotEqual {
  static constexpr const char* name = "not_equal";
  static constexpr kernels::Comparison kernel = kernels::Comparison::not_equal;
};

template <class F>
void compare(const Inputs& x, const Attrs&, const Outputs& y) {
  const BroadcastPlan plan = plan_broadcast(shape_of(x[0]), shape_of(x[1]), shape_of(y[0]));
  auto* to = raw_out<std::uint8_t>(y[0]);
  dispatch(x[0].dtype(), [&]<class S>(S) {
    const S *a = raw<S>(x[0]), *b = raw<S>(x[1]);
    plan.each_run([&](std::int64_t at_a, std::int64_t at_b, std::int64_t at_y, std::int64_t n) {
      kernels::compare(F::kernel, plan.operands, a + at_a, b + at_b, to + at_y, n);
    });
  });
}

template <class F>
constinit const Op comparison{
    .name = F::name,
    .differentiable = false,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          broadcast_shape(F::name, x, y);
          y[0].dtype = DType::boolean;
        },
    .compute = compare<F>,
};

template <class F>
Tensor compared(const Tensor& a, const Tensor& b) {
  return apply(comparison<F>, {&a, &b});
}
template <class F>
Tensor compared(const Tensor& a, Scalar b) {
  return compared<F>(a, scalar_like(F::name, b, a));
}
template <class F>
Tensor compared(Scalar a, const Tensor& b) {
  return compared<F>(scalar_like(F::name, a, b), b);
}

// -------------------------------------------------------------------------------------------------------------- where

// Elements from one entry of y's axis to the next in an operand of shape x.
std::array<std::int64_t, 64> steps_in(const ShapeRef& x, const ShapeRef& y) {
  std::array<std::int64_t, 64> steps{};
  std::int64_t along = 1;
  for (int i = 1; i <= x.rank(); ++i) {
    steps[static_cast<std::size_t>(y.rank() - i)] = x[x.rank() - i] == 1 ? 0 : along;
    along *= x[x.rank() - i];
  }
  return steps;
}

template <class S>
void choose(const Inputs& x, const ShapeRef& shape, S* to) {
  const auto* condition = raw<std::uint8_t>(x[0]);
  const S *a = raw<S>(x[1]), *b = raw<S>(x[2]);
  const std::int64_t n = shape.count();
  const std::int64_t of_a = shape_of(x[1]).count(), of_b = shape_of(x[2]).count();
  if (shape_of(x[0]).count() == n && (of_a == n || of_a == 1) && (of_b == n || of_b == 1) && (of_a == n || of_b == n)) {
    const kernels::Operands operands = of_a != n   ? kernels::Operands::scalar_vector
                                       : of_b != n ? kernels::Operands::vector_scalar
                                                   : kernels::Operands::vector_vector;
    kernels::select(operands, condition, a, b, to, n);
    return;
  }
  const auto in_c = steps_in(shape_of(x[0]), shape), in_a = steps_in(shape_of(x[1]), shape),
             in_b = steps_in(shape_of(x[2]), shape);
  std::array<std::int64_t, 64> index{};
  std::int64_t at_c = 0, at_a = 0, at_b = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    to[i] = condition[at_c] ? a[at_a] : b[at_b];
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      const auto k = static_cast<std::size_t>(axis);
      at_c += in_c[k];
      at_a += in_a[k];
      at_b += in_b[k];
      if (++index[k] < shape[axis]) break;
      at_c -= index[k] * in_c[k];
      at_a -= index[k] * in_a[k];
      at_b -= index[k] * in_b[k];
      index[k] = 0;
    }
  }
}

Samples where_samples() {
  const auto call = [](const Tensors& x) { return where(x[0], x[1], x[2]); };
  return {{{integers(0, 2, {3, 4}).to(DType::boolean), normal({3, 4}, 2), normal({3, 4}, 3)}, call},
          {{integers(0, 2, {4}).to(DType::boolean), normal({3, 1}, 2), normal({}, 3)}, call}};
}

// y = a where c, else b        da = g where c        db = g where not c
constinit const Op where_op{
    .name = "where",
    .broadcasts = true,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          expect(x[0].present() && x[1].present() && x[2].present(), "where: a tensor is absent");
          expect(x[0].dtype() == DType::boolean, "where: the condition must be bool; got {}", name_of(x[0].dtype()));
          expect_same_dtype("where", x[1], x[2]);
          const ShapeRef both = broadcast_shapes("where", shape_of(x[1]), shape_of(x[2]));
          y[0] = {broadcast_shapes("where", shape_of(x[0]), both), x[1].dtype()};
        },
    .compute =
        [](const Inputs& x, const Attrs&, const Outputs& y) {
          dispatch(x[1].dtype(), [&]<class S>(S) { choose(x, shape_of(y[0]), raw_out<S>(y[0])); });
        },
    .rules = {{{},
               {"a", reads_input(0), [](const Saved& s, const Tensor& g) { return where(s.input(0), g, 0.); }},
               {"b", reads_input(0), [](const Saved& s, const Tensor& g) { return where(s.input(0), 0., g); }}}},
    .samples = where_samples,
};

// --------------------------------------------------------------------------------------------------------------- cast

struct CastAttrs {
  DType to;
};

Samples cast_samples() {
  return {{{normal({3, 4})}, [](const Tensors& x) { return x[0].to(DType::float32).to(DType::float64); }, 1e-3}};
}

void cast_shape(const Inputs& x, const Attrs& attrs, Specs& y) {
  expect(x[0].present(), "to: the tensor is absent");
  y[0] = {shape_of(x[0]), attrs.as<CastAttrs>().to};
}
template <class S>
void expect_integers(const S* values, std::int64_t n) {
  const S* bad = std::find_if_not(values, values + n, fits_int64<S>);
  if (bad != values + n)
    fail<ValueError>(
        "to: element {} is {}; int64 has no place for it. Put numbers in its place with nan_to_num or clip.",
        bad - values, *bad);
}
void cast(const Inputs& x, const Attrs&, const Outputs& y) {
  dispatch(x[0].dtype(), [&]<class From>(From) {
    if constexpr (std::is_floating_point_v<From>)
      if (y[0].dtype() == DType::int64) expect_integers(raw<From>(x[0]), shape_of(x[0]).count());
    dispatch(y[0].dtype(),
             [&]<class To>(To) { kernels::cast(raw<From>(x[0]), raw_out<To>(y[0]), shape_of(y[0]).count()); });
  });
}

// y = x in another floating dtype        dx = g in x's
constinit const Op cast_op{
    .name = "cast",
    .shape = cast_shape,
    .compute = cast,
    .rules = {{{"x", reads_nothing, [](const Saved& s, const Tensor& g) { return g.to(s.input_dtype(0)); }}}},
    .samples = cast_samples,
};
constinit const Op cast_to_integer_op{
    .name = "cast_to_integer", .differentiable = false, .shape = cast_shape, .compute = cast};

}  // namespace

Tensor Tensor::to(DType dtype) const {
  expect(present(), "to: the tensor is absent");
  if (this->dtype() == dtype) return *this;
  const CastAttrs attrs{dtype};
  return apply(is_floating(dtype) ? cast_op : cast_to_integer_op, attrs, {this});
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  return apply(where_op, {&condition, &a, &b});
}
Tensor where(const Tensor& condition, const Tensor& a, Scalar b) {
  return where(condition, a, scalar_like("where", b, a));
}
Tensor where(const Tensor& condition, Scalar a, const Tensor& b) {
  return where(condition, scalar_like("where", a, b), b);
}

Tensor operator<(const Tensor& a, const Tensor& b) { return compared<Less>(a, b); }
Tensor operator<(const Tensor& a, Scalar b) { return compared<Less>(a, b); }
Tensor operator<(Scalar a, const Tensor& b) { return compared<Less>(a, b); }
Tensor operator<=(const Tensor& a, const Tensor& b) { return compared<LessEqual>(a, b); }
Tensor operator<=(const Tensor& a, Scalar b) { return compared<LessEqual>(a, b); }
Tensor operator<=(Scalar a, const Tensor& b) { return compared<LessEqual>(a, b); }
Tensor operator>(const Tensor& a, const Tensor& b) { return compared<Less>(b, a); }
Tensor operator>(const Tensor& a, Scalar b) { return compared<Less>(b, a); }
Tensor operator>(Scalar a, const Tensor& b) { return compared<Less>(b, a); }
Tensor operator>=(const Tensor& a, const Tensor& b) { return compared<LessEqual>(b, a); }
Tensor operator>=(const Tensor& a, Scalar b) { return compared<LessEqual>(b, a); }
Tensor operator>=(Scalar a, const Tensor& b) { return compared<LessEqual>(b, a); }
Tensor equal(const Tensor& a, const Tensor& b) { return compared<Equal>(a, b); }
Tensor equal(const Tensor& a, Scalar b) { return compared<Equal>(a, b); }
Tensor equal(Scalar a, const Tensor& b) { return compared<Equal>(a, b); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return compared<NotEqual>(a, b); }
Tensor not_equal(const Tensor& a, Scalar b) { return compared<NotEqual>(a, b); }
Tensor not_equal(Scalar a, const Tensor& b) { return compared<NotEqual>(a, b); }

namespace detail {

Family selection_rows() {
  static constexpr const Op* rows[] = {
      &comparison<Less>, &comparison<LessEqual>, &comparison<Equal>, &comparison<NotEqual>, &where_op,
      &cast_op,          &cast_to_integer_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
