#pragma once

#include <frost/export.hpp>

namespace frost {

/// An instruction set that the vectorised kernels exist for; on x86-64 each contains those before it.
enum class SimdLevel {
  sse2,    ///< every x86-64 processor
  avx2,    ///< AVX2 with FMA
  avx512,  ///< AVX-512 F, BW, CD and DQ
  neon,    ///< every 64-bit ARM processor, and the only one there
};

/// The instruction set that the kernels use now: the best one, unless `set_simd_level` chose another.
FROST_API SimdLevel simd_level();

/// The best instruction set that this processor and operating system support.
FROST_API SimdLevel best_simd_level();

/// Makes the kernels use `level`, in all threads, from the next operation on.
///
/// Results of different levels agree to rounding, not to the bit. Meant for tests and for comparing machines:
///
///     frost::set_simd_level(frost::SimdLevel::sse2);
///
/// Throws: `ValueError` if this processor does not support `level`.
FROST_API void set_simd_level(SimdLevel level);

}  // namespace frost
