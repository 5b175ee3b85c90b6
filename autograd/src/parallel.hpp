#pragma once
#include <atomic>
#include <cstdint>
#include <exception>
#if defined(__SANITIZE_THREAD__)
#include <thread>
#include <vector>
#endif

namespace frost::detail {

/// Elements below which a loop is not worth a second thread.
constexpr std::int64_t parallel_grain = 1 << 16;

/// How many threads a loop may use: 1 inside another one, and where memory for others' stacks is lacking.
int loop_threads();

/// What the first of a loop's threads to fail threw, for the thread that began it.
class LoopError {
 public:
  void keep() noexcept {
    if (!is_taken_.test_and_set()) error_ = std::current_exception();
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::atomic_flag is_taken_ = ATOMIC_FLAG_INIT;
  std::exception_ptr error_;
};

/// Runs body(0) … body(count − 1), split evenly over threads. The thread sanitizer does not see how OpenMP's threads
/// wait for each other, so for it they are std::threads.
template <class Body>
void each_of(std::int64_t count, std::int64_t threads, const Body& body) {
  if (threads <= 1) {
    for (std::int64_t i = 0; i < count; ++i) body(i);
    return;
  }
  LoopError error;
  const auto run = [&](std::int64_t i) {
    try {
      body(i);
    } catch (...) {
      error.keep();
    }
  };
#if defined(__SANITIZE_THREAD__)
  std::vector<std::thread> team;
  for (std::int64_t t = 0; t < threads; ++t)
    team.emplace_back([&, t] {
      for (std::int64_t i = count * t / threads; i < count * (t + 1) / threads; ++i) run(i);
    });
  for (std::thread& thread : team) thread.join();
#else
#pragma omp parallel for num_threads(static_cast <int>(threads)) schedule(static)
  for (std::int64_t i = 0; i < count; ++i) run(i);
#endif
  error.rethrow();
}

/// Runs body(begin, end) over 0 … n, in one piece or split over the threads that set_num_threads allows. Pieces begin
/// at multiples of 64, so that vector kernels give the same bits however the work is split.
template <class Body>
void parallel_for(std::int64_t n, const Body& body, std::int64_t grain = parallel_grain) {
  const std::int64_t threads = n >= 2 * grain ? loop_threads() : 1;
  if (threads <= 1) {
    if (n > 0) body(std::int64_t{0}, n);
    return;
  }
  const std::int64_t piece = ((n + threads - 1) / threads + 63) / 64 * 64;
  const std::int64_t pieces = (n + piece - 1) / piece;
  each_of(pieces, threads, [&](std::int64_t i) {
    const std::int64_t end = (i + 1) * piece;
    body(i * piece, end < n ? end : n);
  });
}

}  // namespace frost::detail
