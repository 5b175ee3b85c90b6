#include "elementwise.hpp"
#include "families.hpp"
#include "journal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

// Truth values, what is not a number, and the elements that a mask chooses.
namespace frost {

using namespace detail;

namespace {

// ------------------------------------------------------------------------------------------------------ truth values

struct And {
  static constexpr const char* name = "logical_and";
  static bool of(bool a, bool b) { return a && b; }
};
struct Or {
  static constexpr const char* name = "logical_or";
  static bool of(bool a, bool b) { return a || b; }
};
struct Xor {
  static constexpr const char* name = "logical_xor";
  static bool of(bool a, bool b) { return a != b; }
};

template <class F>
void compute_logical(const Inputs& x, const Attrs&, const Outputs& y) {
  const BroadcastPlan plan = plan_broadcast(shape_of(x[0]), shape_of(x[1]), shape_of(y[0]));
  const std::int64_t step_a = plan.operands != kernels::Operands::scalar_vector;
  const std::int64_t step_b = plan.operands != kernels::Operands::vector_scalar;
  const auto *a = raw<std::uint8_t>(x[0]), *b = raw<std::uint8_t>(x[1]);
  auto* to = raw_out<std::uint8_t>(y[0]);
  plan.each_run([&](std::int64_t at_a, std::int64_t at_b, std::int64_t at_y, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) to[at_y + i] = F::of(a[at_a + i * step_a], b[at_b + i * step_b]);
  });
}

template <class F>
constinit const Op logical_op{
    .name = F::name,
    .differentiable = false,
    .shape = [](const Inputs& x, const Attrs&, Specs& y) { broadcast_shape(F::name, x, y); },
    .compute = compute_logical<F>,
};

template <class F>
Tensor logical(const Tensor& a, const Tensor& b) {
  const Tensor truth_a = truth_of(F::name, a), truth_b = truth_of(F::name, b);
  return apply(logical_op<F>, {&truth_a, &truth_b});
}

// ---------------------------------------------------------------------------------------------- what is not a number

struct IsNan {
  static constexpr const char* name = "isnan";
  template <class S>
  static bool of(S x) {
    return std::isnan(x);
  }
};
struct IsInf {
  static constexpr const char* name = "isinf";
  template <class S>
  static bool of(S x) {
    return std::isinf(x);
  }
};
struct IsFinite {
  static constexpr const char* name = "isfinite";
  template <class S>
  static bool of(S x) {
    return std::isfinite(x);
  }
};
struct Not {
  static constexpr const char* name = "logical_not";
  template <class S>
  static bool of(S x) {
    return x == 0;
  }
};

template <class F>
void compute_predicate(const Inputs& x, const Attrs&, const Outputs& y) {
  dispatch(x[0].dtype(), [&]<class S>(S) {
    const S* from = raw<S>(x[0]);
    auto* to = raw_out<std::uint8_t>(y[0]);
    parallel_for(shape_of(x[0]).count(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) to[i] = F::of(from[i]);
    });
  });
}

template <class F>
constinit const Op predicate_op{
    .name = F::name,
    .differentiable = false,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          expect(x[0].present(), "{}: the tensor is absent", F::name);
          y[0] = {shape_of(x[0]), DType::boolean};
        },
    .compute = compute_predicate<F>,
};

// ------------------------------------------------------------------------------------------------------------- masks

void expect_mask(const char* op, const Tensor& x, const Tensor& mask) {
  expect(x.present() && mask.present(), "{}: {} is absent", op, x.present() ? "the mask" : "the tensor");
  expect(mask.dtype() == DType::boolean, "{}: the mask must be bool; got {}", op, name_of(mask.dtype()));
  expect(!is_abstract(x) && !is_abstract(mask),
         "{}: the result's shape depends on the mask's values; a model needs one "
         "that follows from shapes",
         op);
}

// The places of the true values.
Tensor places(const Tensor& mask) {
  const Tensor seen = as_seen_first(mask);
  const auto* from = raw<std::uint8_t>(seen);
  const std::int64_t n = shape_of(mask).count(), count = n - std::count(from, from + n, std::uint8_t{0});
  Tensor found = make_tensor(make_shape({count}), DType::int64);
  auto* to = raw_out<std::int64_t>(found);
  for (std::int64_t i = 0; i < n; ++i)
    if (from[i]) *to++ = i;
  return found;
}

}  // namespace

Tensor logical_and(const Tensor& a, const Tensor& b) { return logical<And>(a, b); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return logical<Or>(a, b); }
Tensor logical_xor(const Tensor& a, const Tensor& b) { return logical<Xor>(a, b); }
Tensor logical_not(const Tensor& x) { return apply(predicate_op<Not>, {&x}); }
namespace {

void expect_booleans(const char* op, const Tensor& x) {
  expect(x.present(), "{}: the tensor is absent", op);
  expect(x.dtype() == DType::boolean,
         "{}: got {}; expected bool tensors, as comparisons give; logical_and, logical_or, "
         "logical_xor and logical_not take numbers",
         op, name_of(x.dtype()));
}

}  // namespace

Tensor operator&(const Tensor& a, const Tensor& b) {
  expect_booleans("operator&", a);
  expect_booleans("operator&", b);
  return logical_and(a, b);
}
Tensor operator|(const Tensor& a, const Tensor& b) {
  expect_booleans("operator|", a);
  expect_booleans("operator|", b);
  return logical_or(a, b);
}
Tensor operator^(const Tensor& a, const Tensor& b) {
  expect_booleans("operator^", a);
  expect_booleans("operator^", b);
  return logical_xor(a, b);
}
Tensor operator~(const Tensor& x) {
  expect_booleans("operator~", x);
  return logical_not(x);
}

Tensor isnan(const Tensor& x) { return apply(predicate_op<IsNan>, {&x}); }
Tensor isinf(const Tensor& x) { return apply(predicate_op<IsInf>, {&x}); }
Tensor isfinite(const Tensor& x) { return apply(predicate_op<IsFinite>, {&x}); }

Tensor nan_to_num(const Tensor& x, const NanToNumOptions& options) {
  expect(x.present(), "nan_to_num: the tensor is absent");
  expect_floating("nan_to_num", x);
  const double most = x.dtype() == DType::float32 ? static_cast<double>(std::numeric_limits<float>::max())
                                                  : std::numeric_limits<double>::max();
  const double infinity = std::numeric_limits<double>::infinity();
  const Tensor below = where(equal(x, -infinity), options.neginf.value_or(-most), x);
  const Tensor above = where(equal(x, infinity), options.posinf.value_or(most), below);
  return where(isnan(x), options.nan, above);
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  expect_mask("masked_select", x, mask);
  const Shape shape = broadcast_shapes("masked_select", shape_of(x), shape_of(mask)).dims();
  const auto spread = [&](const Tensor& t) { return t.shape() == shape ? t : broadcast_to(t, shape); };
  const Tensor wide = spread(x);
  return take(reshape(wide, {shape_of(wide).count()}), places(spread(mask)), 0);
}

Tensor boolean_mask(const Tensor& x, const Tensor& mask, std::int64_t axis) {
  expect_mask("boolean_mask", x, mask);
  const int rank = shape_of(x).rank(), of_mask = shape_of(mask).rank();
  expect<ShapeError>(of_mask >= 1, "boolean_mask: the mask is a scalar; expected an axis or more");
  const int first = normalize_axis("boolean_mask", axis, rank);
  const Shape &dims = shape_of(x).dims(), &sizes = shape_of(mask).dims();
  expect<ShapeError>(first + of_mask <= rank && std::equal(sizes.begin(), sizes.end(), dims.begin() + first),
                     "boolean_mask: the mask does not fit from axis {} on; got {} for x of shape {}", axis, text(mask),
                     text(x));
  Shape joined(std::vector<std::int64_t>(dims.begin(), dims.begin() + first));
  joined.push_back(shape_of(mask).count());
  joined.insert(joined.end(), dims.begin() + first + of_mask, dims.end());
  return take(reshape(x, joined), places(mask), first);
}

namespace detail {

Tensor truth_of(const char* op, const Tensor& x) {
  expect(x.present(), "{}: a tensor is absent", op);
  return x.dtype() == DType::boolean ? x : not_equal(x, 0.);
}

Family logical_rows() {
  static constexpr const Op* rows[] = {&logical_op<And>,       &logical_op<Or>,      &logical_op<Xor>,
                                       &predicate_op<Not>,     &predicate_op<IsNan>, &predicate_op<IsInf>,
                                       &predicate_op<IsFinite>};
  return rows;
}

}  // namespace detail

}  // namespace frost
