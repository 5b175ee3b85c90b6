#pragma once
#include <frost/autograd/tensor.hpp>

#include <map>

namespace frost {

/// What the tape below a tensor holds.
struct TapeStats {
  std::int64_t nodes = 0;
  /// Bytes of distinct buffers kept that operations computed, recorded or not.
  std::int64_t saved_bytes = 0;
  /// Bytes of distinct buffers kept that belong to parameters or to users' data.
  std::int64_t borrowed_bytes = 0;
  /// How many nodes of each operation.
  std::map<std::string, std::int64_t> ops = {};
};
FROST_API TapeStats tape_stats(const Tensor& output);

/// How often each kernel ran since the last reset: "lstm" a forward pass, "lstm.dkernel" the gradient of one input.
/// Kernels that did not run are absent. Meant for proofs in one thread: counts of concurrent threads may be lost.
FROST_API std::map<std::string, std::int64_t> kernel_counts();
FROST_API void reset_kernel_counts();

struct MemoryStats {
  /// Requested bytes of the arrays alive now, and their largest value so far.
  std::int64_t live_bytes = 0;
  std::int64_t peak_bytes = 0;
  /// Bytes taken from the system, in use or kept for reuse.
  std::int64_t reserved_bytes = 0;
  /// Those of them that no tensor and no node uses: in free lists, for what is made next, by whichever thread.
  std::int64_t cached_bytes = 0;
};
FROST_API MemoryStats memory_stats();
/// Gives what is kept for reuse back to the system: all of it, but for a few small blocks (at most 2 MB) that each
/// other living thread has at hand, and for parts of slabs in which something is alive. An allocation that fails does
/// so by itself, and tries again. Without it the free lists of all threads together keep arrays of 1 GiB at most.
FROST_API void release_memory() noexcept;
/// Starts the peak anew from what is alive now.
FROST_API void reset_peak_memory();

}  // namespace frost
