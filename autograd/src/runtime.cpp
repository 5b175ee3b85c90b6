#include <frost/autograd/runtime.hpp>

#include "check.hpp"
#include "headroom.hpp"
#include "parallel.hpp"

#include <frost/autograd/simd.hpp>

#include <cblas.h>
#include <omp.h>
#include <sys/resource.h>

#include <atomic>

extern "C" {
// OpenBLAS' own; Debian may resolve the name at run time to a build with other threading than the one linked.
void openblas_set_num_threads(int n) __attribute__((weak));
int openblas_get_num_threads() __attribute__((weak));
int openblas_get_parallel() __attribute__((weak));
char* openblas_get_config() __attribute__((weak));
char* openblas_get_corename() __attribute__((weak));
}

namespace frost {

namespace {

std::atomic<int> threads{0};  // 0: not yet asked

const char* blas_threading() {
  if (!openblas_get_parallel) return "unknown";
  switch (openblas_get_parallel()) {
    case 0:
      return "sequential";
    case 1:
      return "pthreads";
    default:
      return "OpenMP";
  }
}

}  // namespace

int num_threads() {
  int n = threads.load(std::memory_order_relaxed);
  if (n == 0) threads.store(n = omp_get_max_threads(), std::memory_order_relaxed);
  return n;
}

void set_num_threads(int n) {
  detail::expect(n >= 1, "set_num_threads: got {}; expected 1 or more", n);
  if (openblas_set_num_threads) detail::expect_blas_threads(n);
  threads.store(n, std::memory_order_relaxed);
  omp_set_num_threads(n);
  if (!openblas_set_num_threads) return;
  openblas_set_num_threads(n);
  if (openblas_get_num_threads && openblas_get_num_threads() > n)
    throw Error(fmt::format("set_num_threads: the BLAS did not take the setting; asked for {}, it uses {}", n,
                            openblas_get_num_threads()));
}

std::string build_info() {
  static constexpr const char* levels[] = {"sse2", "avx2", "avx512", "neon"};
  std::string blas = openblas_get_config ? openblas_get_config() : "unknown CBLAS";
  return fmt::format(
      "frost 0.1.0\ncompiler: {}\nBLAS: {}\nBLAS threading: {}\nBLAS kernels: {}\nSIMD: {} of {}\nthreads: {}\n",
      __VERSION__, blas, blas_threading(), openblas_get_corename ? openblas_get_corename() : "unknown",
      levels[static_cast<int>(simd_level())], levels[static_cast<int>(best_simd_level())], num_threads());
}

namespace detail {

namespace {

// OpenMP ends the process when it cannot start a thread.
bool has_room_for_team(int count) {
  rlimit stack;
  const bool is_known = getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur != RLIM_INFINITY;
  const std::size_t bytes = (is_known ? stack.rlim_cur : std::size_t{8} << 20) + (std::size_t{1} << 20);
  return !is_limited() || has_headroom(static_cast<std::size_t>(count) * bytes);
}

}  // namespace

int loop_threads() {
  const int n = num_threads();
  if (n == 1 || omp_in_parallel()) return 1;
  ThreadState& state = thread_state();
  if (state.team < n) {
    if (!has_room_for_team(n - 1)) return 1;
    state.team = n;
  }
  return n;
}

}  // namespace detail

}  // namespace frost
