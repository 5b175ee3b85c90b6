#pragma once

#include "kernels/elementwise.hpp"
#include "kernels/simd/special.hpp"
#include "kernels/simd/unit.hpp"

namespace frost::kernels {
namespace {

template <class S, class F>
void unary_forward(const void* functor, const S* x, S* y, std::int64_t n) {
  const F f = *static_cast<const F*>(functor);
  for_each_vector<Vector<S>>(n, [&](auto load, auto store) { store(f.template f<Vector<S>>(load(x)), y); });
}

template <class S, class F>
void unary_backward(const void* functor, const S* x, const S* y, const S* g, S* dx, std::int64_t n) {
  using V = Vector<S>;
  const F f = *static_cast<const F*>(functor);
  for_each_vector<V>(n, [&](auto load, auto store) {
    V vx(0.0);
    V vy(0.0);
    if constexpr ((F::reads & reads_x) != 0) vx = load(x);
    if constexpr ((F::reads & reads_y) != 0) vy = load(y);
    store(f.template df<V>(vx, vy, load(g)), dx);
  });
}

/// Loads operand I of a mode: a constant where it is one element, nothing where the rule does not read it.
template <class S, Operands mode, int operand, bool used>
struct Operand {
  static constexpr bool is_scalar =
      (mode == Operands::vector_scalar && operand == 1) || (mode == Operands::scalar_vector && operand == 0);
  const S* pointer;
  Vector<S> constant;

  explicit Operand(const S* p) : pointer(p), constant(0.0) {
    if constexpr (used && is_scalar) constant = Vector<S>(static_cast<double>(*p));
  }
  template <class Load>
  Vector<S> get(Load load) const {
    if constexpr (used && !is_scalar)
      return load(pointer);
    else
      return constant;
  }
};

template <class S, class F, Operands mode>
void binary_forward(const void* functor, const S* a, const S* b, S* y, std::int64_t n) {
  using V = Vector<S>;
  const F f = *static_cast<const F*>(functor);
  const Operand<S, mode, 0, true> oa(a);
  const Operand<S, mode, 1, true> ob(b);
  for_each_vector<V>(n, [&](auto load, auto store) { store(f.template f<V>(oa.get(load), ob.get(load)), y); });
}

template <class S, class F, Operands mode, int side>
void binary_backward(const void* functor, const S* a, const S* b, const S* y, const S* g, S* d, std::int64_t n) {
  using V = Vector<S>;
  constexpr Reads reads = side == 0 ? F::reads_a : F::reads_b;
  const F f = *static_cast<const F*>(functor);
  const Operand<S, mode, 0, (reads & reads_input(0)) != 0> oa(a);
  const Operand<S, mode, 1, (reads & reads_input(1)) != 0> ob(b);
  for_each_vector<V>(n, [&](auto load, auto store) {
    V vy(0.0);
    if constexpr ((reads & reads_output(0)) != 0) vy = load(y);
    if constexpr (side == 0)
      store(f.template da<V>(oa.get(load), ob.get(load), vy, load(g)), d);
    else
      store(f.template db<V>(oa.get(load), ob.get(load), vy, load(g)), d);
  });
}

template <class S, class F>
constexpr UnaryLoops<S> unary_loops{unary_forward<S, F>, unary_backward<S, F>};

template <class S, class F>
constexpr BinaryLoops<S> binary_loops{
    {binary_forward<S, F, Operands::vector_vector>, binary_forward<S, F, Operands::vector_scalar>,
     binary_forward<S, F, Operands::scalar_vector>},
    {binary_backward<S, F, Operands::vector_vector, 0>, binary_backward<S, F, Operands::vector_scalar, 0>,
     binary_backward<S, F, Operands::scalar_vector, 0>},
    {binary_backward<S, F, Operands::vector_vector, 1>, binary_backward<S, F, Operands::vector_scalar, 1>,
     binary_backward<S, F, Operands::scalar_vector, 1>}};

template <class L>
struct Rows;
template <class... F>
struct Rows<List<F...>> {
  static constexpr UnaryKernels unary[] = {{unary_loops<float, F>, unary_loops<double, F>}...};
};
template <class L>
struct BinaryRows;
template <class... F>
struct BinaryRows<List<F...>> {
  static constexpr BinaryKernels binary[] = {{binary_loops<float, F>, binary_loops<double, F>}...};
};

}  // namespace
}  // namespace frost::kernels
