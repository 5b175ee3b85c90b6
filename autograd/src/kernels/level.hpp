#pragma once

#include <atomic>

#include <frost/autograd/simd.hpp>

namespace frost::kernels {

/// The active level, or -1 before its first use.
extern std::atomic<int> active_level;

/// Finds the best level, makes it the active one unless there is one already, and returns the active one.
SimdLevel initialize_level();

inline SimdLevel level() {
  const int value = active_level.load(std::memory_order_relaxed);
  return value >= 0 ? static_cast<SimdLevel>(value) : initialize_level();
}

/// The active level's table of a family of kernels.
template <class Table>
const Table& at_level(const Table& sse2, const Table& avx2, const Table& avx512) {
  switch (level()) {
    case SimdLevel::avx512:
      return avx512;
    case SimdLevel::avx2:
      return avx2;
    case SimdLevel::sse2:
    case SimdLevel::neon:
      break;
  }
  return sse2;
}
/// Where there is one level.
template <class Table>
const Table& at_level(const Table& only) {
  return only;
}

}  // namespace frost::kernels
