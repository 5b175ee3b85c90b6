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
    return at_level(FROST_TABLES(unary_math_)).rows[math];
  else
    return at_level(FROST_TABLES(activations_)).rows[activation];
}

/// The active level's loops of the binary operation F.
template <class F>
const BinaryKernels& binary_kernels() {
  constexpr int place = index_of<F>(Binary{});
  static_assert(place >= 0, "no kernel of this name");
  return at_level(FROST_TABLES(binary_)).rows[place];
}

}  // namespace frost::kernels
