#include "kernels/level.hpp"

#include <string>

#include <frost/autograd/error.hpp>

namespace frost {

namespace kernels {

constinit std::atomic<int> active_level{-1};

SimdLevel initialize_level() {
  int expected = -1;
  active_level.compare_exchange_strong(expected, static_cast<int>(best_simd_level()), std::memory_order_relaxed);
  return static_cast<SimdLevel>(active_level.load(std::memory_order_relaxed));
}

}  // namespace kernels

namespace {

std::string name(SimdLevel level) {
  switch (level) {
    case SimdLevel::sse2:
      return "sse2";
    case SimdLevel::avx2:
      return "avx2";
    case SimdLevel::avx512:
      return "avx512";
    case SimdLevel::neon:
      return "neon";
  }
  return std::to_string(static_cast<int>(level));
}

#ifdef __aarch64__
constexpr SimdLevel lowest = SimdLevel::neon;

SimdLevel detect() { return lowest; }
#else
constexpr SimdLevel lowest = SimdLevel::sse2;

SimdLevel detect() {
  __builtin_cpu_init();  // needed where a constructor runs before libgcc's own
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return SimdLevel::sse2;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd");
  return avx512 ? SimdLevel::avx512 : SimdLevel::avx2;
}
#endif

}  // namespace

SimdLevel simd_level() { return kernels::level(); }

SimdLevel best_simd_level() {
  static const SimdLevel best = detect();
  return best;
}

void set_simd_level(SimdLevel level) {
  const SimdLevel best = best_simd_level();
  if (level < lowest || level > best) {
    throw ValueError("set_simd_level: this processor does not support the level; got " + name(level) +
                     "; expected at most " + name(best) + ".");
  }
  kernels::active_level.store(static_cast<int>(level), std::memory_order_relaxed);
}

}  // namespace frost
