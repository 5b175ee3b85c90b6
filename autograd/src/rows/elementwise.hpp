#pragma once
#include "broadcast.hpp"
#include "check.hpp"
#include "kernels/elementwise_kernels.hpp"
#include "node.hpp"
#include "samples.hpp"

#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

// Rows made from functors: one functor gives the kernels, the rule, and the rule of the rule.
namespace frost::detail {

inline void expect_floating(const char* op, const Tensor& x) {
  expect(is_floating(x.dtype()), "{}: floating values are needed; got {}; convert with to(DType::float32)", op,
         name_of(x.dtype()));
}

inline void expect_same_dtype(const char* op, const Tensor& a, const Tensor& b) {
  expect(a.dtype() == b.dtype(), "{}: the dtypes differ; got {} and {}; convert one of them with to(DType::{})", op,
         name_of(a.dtype()), name_of(b.dtype()), name_of(b.dtype()));
}

/// Calls body with a float or a double.
template <class Body>
decltype(auto) dispatch_floating(DType dtype, const Body& body) {
  return dtype == DType::float32 ? body(float{}) : body(double{});
}

/// Calls body with a value of the type that kernels know the dtype's elements by; truth values are bytes.
template <class Body>
decltype(auto) dispatch(DType dtype, const Body& body) {
  switch (dtype) {
    case DType::float32:
      return body(float{});
    case DType::float64:
      return body(double{});
    case DType::int64:
      return body(std::int64_t{});
    case DType::boolean:
      break;
  }
  return body(std::uint8_t{});
}

/// A scalar of the dtype of `like`. Throws: ValueError for a fraction beside integers, and what is out of range.
Tensor scalar_like(const char* op, Scalar value, const Tensor& like);

/// Truth values: x itself, or where its numbers are not 0.
Tensor truth_of(const char* op, const Tensor& x);

template <class F>
const F& functor(const Attrs& attrs) {
  static const F plain{};
  return attrs.get() ? attrs.as<F>() : plain;
}

// ----------------------------------------------------------------------------------------------------- one operand
// ----

inline void same_shape_floating(const char* op, const Inputs& x, Specs& y) {
  expect(x[0].present(), "{}: the tensor is absent", op);
  expect_floating(op, x[0]);
  y[0] = {shape_of(x[0]), x[0].dtype()};
}

template <class F>
void unary_compute(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  dispatch_floating(x[0].dtype(), [&]<class S>(S) {
    const auto forward = kernels::unary_kernels<F>().template of<S>().forward;
    const S* from = raw<S>(x[0]);
    S* to = raw_out<S>(y[0]);
    parallel_for(shape_of(x[0]).count(), [&](std::int64_t begin, std::int64_t end) {
      forward(attrs.get(), from + begin, to + begin, end - begin);
    });
  });
}

template <class F>
Tensor unary_gradient(const Saved& saved, const Tensor& g) {
  const F f = functor<F>(saved.node().attrs());
  if (recording()) {
    Tensor x, y;
    if constexpr ((F::reads & reads_input(0)) != 0) x = saved.input(0);
    if constexpr ((F::reads & reads_output(0)) != 0) y = saved.output();
    return f.template df<Tensor>(x, y, g);
  }
  Tensor dx = make_tensor(saved.input_shape(0), saved.dtype());
  dispatch_floating(saved.dtype(), [&]<class S>(S) {
    const auto backward = kernels::unary_kernels<F>().template of<S>().backward;
    const S *x = nullptr, *y = nullptr;
    if constexpr ((F::reads & reads_input(0)) != 0) x = static_cast<const S*>(saved.input_data(0));
    if constexpr ((F::reads & reads_output(0)) != 0) y = static_cast<const S*>(saved.output_data());
    const S* from = raw<S>(g);
    S* to = raw_out<S>(dx);
    parallel_for(saved.input_shape(0).count(), [&](std::int64_t begin, std::int64_t end) {
      backward(&f, x ? x + begin : x, y ? y + begin : y, from + begin, to + begin, end - begin);
    });
  });
  return dx;
}

template <class F>
constexpr Op make_unary(Samples (*samples)()) {
  return {.name = F::name,
          .in_place = true,
          .shape = [](const Inputs& x, const Attrs&, Specs& y) { same_shape_floating(F::name, x, y); },
          .compute = unary_compute<F>,
          .rules = {{{"x", F::reads, unary_gradient<F>}}},
          .samples = samples};
}

// ---------------------------------------------------------------------------------------------------- two operands
// ----

inline void broadcast_shape(const char* op, const Inputs& x, Specs& y) {
  expect(x[0].present() && x[1].present(), "{}: a tensor is absent", op);
  expect_same_dtype(op, x[0], x[1]);
  y[0] = {broadcast_shapes(op, shape_of(x[0]), shape_of(x[1])), x[0].dtype()};
}

template <class F>
void binary_compute(const Inputs& x, const Attrs&, const Outputs& y) {
  const BroadcastPlan plan = plan_broadcast(shape_of(x[0]), shape_of(x[1]), shape_of(y[0]));
  dispatch_floating(x[0].dtype(), [&]<class S>(S) {
    const auto forward = kernels::binary_kernels<F>().template of<S>().forward[static_cast<int>(plan.operands)];
    const S *a = raw<S>(x[0]), *b = raw<S>(x[1]);
    S* to = raw_out<S>(y[0]);
    plan.each_run([&](std::int64_t at_a, std::int64_t at_b, std::int64_t at_y, std::int64_t n) {
      forward(nullptr, a + at_a, b + at_b, to + at_y, n);
    });
  });
}

template <class F, int Which>
Tensor binary_gradient(const Saved& saved, const Tensor& g) {
  constexpr Reads reads = Which == 0 ? F::reads_a : F::reads_b;
  constexpr bool needs_a = (reads & reads_input(0)) != 0, needs_b = (reads & reads_input(1)) != 0,
                 needs_y = (reads & reads_output(0)) != 0;
  if (recording()) {
    Tensor a, b, y;
    if constexpr (needs_a) a = saved.input(0);
    if constexpr (needs_b) b = saved.input(1);
    if constexpr (needs_y) y = saved.output();
    return Which == 0 ? F{}.template da<Tensor>(a, b, y, g) : F{}.template db<Tensor>(a, b, y, g);
  }
  const BroadcastPlan plan = plan_broadcast(saved.input_shape(0), saved.input_shape(1), saved.output_shape());
  Tensor d = make_tensor(saved.output_shape(), saved.dtype());
  dispatch_floating(saved.dtype(), [&]<class S>(S) {
    const auto& loops = kernels::binary_kernels<F>().template of<S>();
    const auto backward = (Which == 0 ? loops.da : loops.db)[static_cast<int>(plan.operands)];
    const S *a = nullptr, *b = nullptr, *y = nullptr;
    if constexpr (needs_a) a = static_cast<const S*>(saved.input_data(0));
    if constexpr (needs_b) b = static_cast<const S*>(saved.input_data(1));
    if constexpr (needs_y) y = static_cast<const S*>(saved.output_data());
    const S* from = raw<S>(g);
    S* to = raw_out<S>(d);
    plan.each_run([&](std::int64_t at_a, std::int64_t at_b, std::int64_t at_y, std::int64_t n) {
      backward(nullptr, a ? a + at_a : a, b ? b + at_b : b, y ? y + at_y : y, from + at_y, to + at_y, n);
    });
  });
  return d;
}

}  // namespace frost::detail
