#pragma once
#include <cstdint>

namespace frost::detail {

/// Elements below which a loop is not worth a second thread.
constexpr std::int64_t parallel_grain = 1 << 16;

int loop_threads();

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
#pragma omp parallel for num_threads(static_cast <int>(threads)) schedule(static)
  for (std::int64_t i = 0; i < pieces; ++i) {
    const std::int64_t end = (i + 1) * piece;
    body(i * piece, end < n ? end : n);
  }
}

}  // namespace frost::detail
