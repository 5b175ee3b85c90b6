#pragma once

#include "kernels/tables.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/activations.hpp"
#include "kernels/binary.hpp"
#include "kernels/trigonometric.hpp"
#include "kernels/unary.hpp"

namespace frost::kernels {

template <class... F>
struct List {};

/// The elementwise operations with kernels, in the order of the tables' rows.
using UnaryMath =
    List<Negative, Abs, Sign, Exp, Expm1, Log, Log1p, Log2, Sqrt, Rsqrt, Square, Reciprocal, Sin, Cos, Tan, Asin, Acos,
         Atan, Sinh, Cosh, Tanh, Asinh, Acosh, Atanh, Erf, Lgamma, Digamma, Trigamma, Polygamma, Floor, Ceil, Round>;
using Activations = List<Sigmoid, Softplus, Softsign, Relu, Relu6, Selu, Silu, Mish, LogSigmoid, HardSigmoid, LeakyRelu,
                         Elu, Gelu, Clip>;
using Binary = List<Add, Subtract, Multiply, Divide, Power, Maximum, Minimum, Atan2>;

/// The place of F in a list, or -1.
template <class F, class... G>
constexpr int index_of(List<G...>) {
  int place = -1;
  int i = 0;
  ((place = std::is_same_v<F, G> ? i : place, ++i), ...);
  return place;
}

/// Loops over n contiguous elements. Pointers to what the functor does not read may be null; the result may overwrite
/// an argument. `functor` points at the operation's functor with its parameters.
template <class S>
struct UnaryLoops {
  void (*forward)(const void* functor, const S* x, S* y, std::int64_t n);
  void (*backward)(const void* functor, const S* x, const S* y, const S* g, S* dx, std::int64_t n);
};

struct UnaryKernels {
  UnaryLoops<float> f32;
  UnaryLoops<double> f64;

  template <class S>
  const UnaryLoops<S>& of() const {
    if constexpr (std::is_same_v<S, float>)
      return f32;
    else
      return f64;
  }
};

/// Which operands advance; the other is one element.
enum class Operands : int { vector_vector, vector_scalar, scalar_vector };

template <class S>
struct BinaryLoops {
  using Forward = void (*)(const void* functor, const S* a, const S* b, S* y, std::int64_t n);
  using Backward = void (*)(const void* functor, const S* a, const S* b, const S* y, const S* g, S* d, std::int64_t n);
  Forward forward[3];  // by Operands
  Backward da[3];      // n elements each: the caller sums those of a scalar operand
  Backward db[3];
};

struct BinaryKernels {
  BinaryLoops<float> f32;
  BinaryLoops<double> f64;

  template <class S>
  const BinaryLoops<S>& of() const {
    if constexpr (std::is_same_v<S, float>)
      return f32;
    else
      return f64;
  }
};

/// One architecture's rows, in the lists' order.
struct UnaryTable {
  const UnaryKernels* rows;
};
struct BinaryTable {
  const BinaryKernels* rows;
};

extern const UnaryTable FROST_TABLES(unary_math_);
extern const UnaryTable FROST_TABLES(activations_);
extern const BinaryTable FROST_TABLES(binary_);

}  // namespace frost::kernels
