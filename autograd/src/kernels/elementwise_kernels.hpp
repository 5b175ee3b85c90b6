#pragma once

#include "kernels/elementwise.hpp"
#include "kernels/level.hpp"

namespace frost::kernels {

/// The active level's loops of the unary operation F.
template <class F>
const UnaryKernels& unary_kernels() {
  constexpr int math = index_of<F>(UnaryMath{});
  constexpr int activation = index_of<F>(Activations{});
  static_assert(math >= 0 || activation >= 0, "no kernel of this name");
  if constexpr (math >= 0)
    return at_level(unary_math_sse2, unary_math_avx2, unary_math_avx512).rows[math];
  else
    return at_level(activations_sse2, activations_avx2, activations_avx512).rows[activation];
}

/// The active level's loops of the binary operation F.
template <class F>
const BinaryKernels& binary_kernels() {
  constexpr int place = index_of<F>(Binary{});
  static_assert(place >= 0, "no kernel of this name");
  return at_level(binary_sse2, binary_avx2, binary_avx512).rows[place];
}

}  // namespace frost::kernels
