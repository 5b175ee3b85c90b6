#include "pool.hpp"

#include "thread_state.hpp"

#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace frost::detail {

thread_local constinit ThreadState thread_state_;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool pooled = false;
#else
constexpr bool pooled = true;
#endif

constexpr std::size_t small_step = 16;
constexpr std::size_t small_limit = small_step * small_classes;
constexpr std::size_t slab_bytes = 64 * 1024;
constexpr std::size_t cache_limit = std::size_t{1} << 30;  // bytes of free arrays a thread keeps

std::atomic<std::int64_t> reserved{0};

// What threads that have ended leave to those that live.
struct Legacy {
  std::mutex mutex;
  FreeBlock* small[small_classes] = {};
  FreeBlock* arrays[array_classes] = {};
};
Legacy& legacy() {
  static Legacy* shared = new Legacy;  // never destroyed: threads may end after static destructors ran
  return *shared;
}

void append(FreeBlock*& to, FreeBlock*& from) {
  if (!from) return;
  FreeBlock* last = from;
  while (last->next) last = last->next;
  last->next = to;
  to = std::exchange(from, nullptr);
}

struct HandOver {
  ~HandOver() {
    ThreadState& state = thread_state();
    state.closed = true;
    std::lock_guard lock(legacy().mutex);
    for (int i = 0; i < small_classes; ++i) append(legacy().small[i], state.small[i]);
    for (int i = 0; i < array_classes; ++i) append(legacy().arrays[i], state.arrays[i]);
  }
};

void register_thread(ThreadState& state) {
  if (state.registered) return;
  state.registered = true;
  thread_local HandOver hand_over;
  (void)hand_over;
}

int array_class(std::size_t bytes) {                   // bytes ≥ 64
  const int doubling = std::bit_width(bytes - 1) - 1;  // 2^doubling < bytes ≤ 2^(doubling + 1)
  const std::size_t quarter = (std::size_t{1} << doubling) / 4;
  const auto part = (bytes - (std::size_t{1} << doubling) + quarter - 1) / quarter;  // 1 to 4
  return (doubling - 6) * 4 + static_cast<int>(part);
}
std::size_t array_class_bytes(int index) {
  const int doubling = (index - 1) / 4 + 6, part = (index - 1) % 4 + 1;
  return index <= 0 ? 64 : (std::size_t{1} << doubling) / 4 * static_cast<std::size_t>(4 + part);
}

void* system_allocate(std::size_t bytes) {
  const std::size_t rounded = (bytes + 63) / 64 * 64;
  void* block = std::aligned_alloc(64, rounded);
  if (!block) throw std::bad_alloc();
  reserved.fetch_add(static_cast<std::int64_t>(rounded), std::memory_order_relaxed);
  return block;
}
void system_free(void* block, std::size_t bytes) noexcept {
  reserved.fetch_sub(static_cast<std::int64_t>((bytes + 63) / 64 * 64), std::memory_order_relaxed);
  std::free(block);
}

FreeBlock* refill_small(ThreadState& state, int index) {
  register_thread(state);
  {
    std::lock_guard lock(legacy().mutex);
    if (legacy().small[index]) return std::exchange(legacy().small[index], nullptr);
  }
  const std::size_t step = (static_cast<std::size_t>(index) + 1) * small_step;
  auto* bytes = static_cast<std::byte*>(system_allocate(slab_bytes));
  FreeBlock* list = nullptr;
  for (std::size_t at = slab_bytes / step; at-- > 0;) list = new (bytes + at * step) FreeBlock{list};
  return list;
}

}  // namespace

void* small_allocate(std::size_t bytes) {
  if (!pooled || bytes > small_limit) return system_allocate(bytes);
  ThreadState& state = thread_state();
  const int index = static_cast<int>((bytes - 1) / small_step);
  FreeBlock* block = state.small[index];
  if (!block) block = refill_small(state, index);
  state.small[index] = block->next;
  return block;
}

void small_free(void* block, std::size_t bytes) noexcept {
  if (!pooled || bytes > small_limit) return system_free(block, bytes);
  ThreadState& state = thread_state();
  const int index = static_cast<int>((bytes - 1) / small_step);
  if (state.closed) {
    std::lock_guard lock(legacy().mutex);
    legacy().small[index] = new (block) FreeBlock{legacy().small[index]};
    return;
  }
  state.small[index] = new (block) FreeBlock{state.small[index]};
}

void* array_allocate(std::size_t bytes) {
  if (bytes < 64) bytes = 64;
  if (!pooled) return system_allocate(bytes);
  ThreadState& state = thread_state();
  const int index = array_class(bytes);
  if (FreeBlock* block = state.arrays[index]) {
    state.arrays[index] = block->next;
    state.cached_bytes -= array_class_bytes(index);
    return block;
  }
  register_thread(state);
  {
    std::lock_guard lock(legacy().mutex);
    if (FreeBlock* block = legacy().arrays[index]) {
      legacy().arrays[index] = block->next;
      return block;
    }
  }
  return system_allocate(array_class_bytes(index));
}

void array_free(void* block, std::size_t bytes) noexcept {
  if (bytes < 64) bytes = 64;
  if (!pooled) return system_free(block, bytes);
  ThreadState& state = thread_state();
  const int index = array_class(bytes);
  const std::size_t rounded = array_class_bytes(index);
  if (state.closed || state.cached_bytes + rounded > cache_limit) return system_free(block, rounded);
  state.cached_bytes += rounded;
  state.arrays[index] = new (block) FreeBlock{state.arrays[index]};
}

std::int64_t reserved_bytes() { return reserved.load(std::memory_order_relaxed); }

}  // namespace frost::detail
