#include "pool.hpp"

#include "check.hpp"
#include "headroom.hpp"
#include "thread_state.hpp"
#include "threads.hpp"

#include <frost/autograd/stats.hpp>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

// Note [The pool]
// Free blocks lie in three places. A thread has a magazine of each size: a list, and a full one behind it, so that it
// does not go further for each block (Bonwick and Adams 2001). Full lists go to the depot, where all threads take from:
// what one thread makes and another drops comes back. Arrays of more than 32 KiB are in the depot alone. What the depot
// has no room for goes back to the system: arrays one by one, small blocks when a whole slab of them is free.
namespace frost::detail {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool pooled = false;
#else
constexpr bool pooled = true;
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t largest_asked = std::size_t{1} << 39;  // they end the process when more is asked for
#else
constexpr std::size_t largest_asked = std::size_t{1} << 62;
#endif

constexpr std::size_t small_step = 16;
constexpr std::size_t small_limit = small_step * small_classes;
constexpr std::size_t slab_bytes = 64 * 1024;
constexpr std::size_t slab_header = 64;
constexpr std::size_t magazine_bytes = 16 * 1024;
constexpr std::size_t depot_limit = std::size_t{1} << 30;
constexpr std::size_t largest_kept = depot_limit / 2;
constexpr int depot_classes = 93;  // of arrays, up to the largest kept

std::atomic<std::int64_t> reserved{0};

int array_class(std::size_t bytes) {                   // bytes ≥ 64
  const int doubling = std::bit_width(bytes - 1) - 1;  // 2^doubling < bytes ≤ 2^(doubling + 1)
  const std::size_t quarter = (std::size_t{1} << doubling) / 4;
  const auto part = (bytes - (std::size_t{1} << doubling) + quarter - 1) / quarter;  // 1 to 4
  return (doubling - 6) * 4 + static_cast<int>(part);
}
constexpr std::size_t array_class_bytes(int index) {
  const int doubling = (index - 1) / 4 + 6, part = (index - 1) % 4 + 1;
  return index <= 0 ? 64 : (std::size_t{1} << doubling) / 4 * static_cast<std::size_t>(4 + part);
}
static_assert(array_class_bytes(array_classes - 1) == 32 * 1024);
static_assert(array_class_bytes(depot_classes - 1) == largest_kept);
constexpr std::size_t small_class_bytes(int index) { return (static_cast<std::size_t>(index) + 1) * small_step; }

// How many blocks of a size a list holds when it is full.
constexpr std::int32_t full_count(std::size_t bytes) {
  return static_cast<std::int32_t>(std::clamp<std::size_t>(magazine_bytes / bytes, 1, 64));
}

// A whole number of cache lines; as much as the system is asked for.
constexpr std::size_t whole_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

// Kept so that an error can still be put into words when nothing else is left.
constexpr std::size_t reserve_bytes = 32 * 1024;
std::atomic<void*> reserve{nullptr};

void keep_reserve() noexcept {
  if (reserve.load(std::memory_order_relaxed)) return;
  void* none = nullptr;
  void* kept = std::malloc(reserve_bytes);
  if (!reserve.compare_exchange_strong(none, kept)) std::free(kept);
}

void* try_system_allocate(std::size_t bytes) noexcept {
  if (bytes > largest_asked) return nullptr;
  void* block = std::aligned_alloc(64, whole_lines(bytes));
  if (!block) {
    release_memory();
    block = std::aligned_alloc(64, whole_lines(bytes));
    if (!block) {
      use_reserve();
      return nullptr;
    }
  }
  keep_reserve();
  reserved.fetch_add(static_cast<std::int64_t>(whole_lines(bytes)), std::memory_order_relaxed);
  return block;
}
void system_free(void* block, std::size_t bytes) noexcept {
  reserved.fetch_sub(static_cast<std::int64_t>(whole_lines(bytes)), std::memory_order_relaxed);
  std::free(block);
}
[[noreturn]] void no_memory(std::size_t bytes) {
  fail<Error>("out of memory: the system does not give {} bytes more; {} are in use and {} kept for reuse", bytes,
              reserved_bytes() - cached_bytes(), cached_bytes());
}

// Small blocks come in slabs of one size; a slab begins with this.
struct Slab {
  Slab* next;
  int index;
};

// A full list in the depot: its first block links it to the next one.
struct FullList {
  FreeBlock* next;
  FullList* below;
};

struct Taken {
  FreeBlock* list = nullptr;
  std::int32_t count = 0;
};

// Free blocks of one size that are at hand for all threads.
class Shelf {
 public:
  void add_full(FreeBlock* list) {
    FreeBlock* next = list->next;
    full_ = new (list) FullList{next, full_};
  }
  void add(FreeBlock* block) {
    block->next = loose_;
    loose_ = block;
  }
  Taken take(std::int32_t count) {
    if (full_) {
      FullList* list = std::exchange(full_, full_->below);
      FreeBlock* next = list->next;
      return {new (list) FreeBlock{next}, count};
    }
    Taken taken;
    while (loose_ && taken.count < count) {
      FreeBlock* block = std::exchange(loose_, loose_->next);
      block->next = taken.list;
      taken = {block, taken.count + 1};
    }
    return taken;
  }
  /// Everything, in one list.
  FreeBlock* take_all() {
    while (full_) {
      FullList* list = std::exchange(full_, full_->below);
      FreeBlock* block = new (list) FreeBlock{list->next};
      while (block) {
        FreeBlock* next = block->next;
        add(block);
        block = next;
      }
    }
    return std::exchange(loose_, nullptr);
  }

 private:
  FullList* full_ = nullptr;
  FreeBlock* loose_ = nullptr;
};

struct Depot {
  std::mutex mutex;
  std::array<Shelf, small_classes> small = {};
  std::array<Shelf, depot_classes> arrays = {};
  Slab* slabs = nullptr;
  std::size_t small_bytes = 0;
  std::size_t array_bytes = 0;
  std::size_t trim_at = depot_limit;  // bytes of small blocks from which whole slabs are looked for
};
Depot& depot() {
  static Depot* shared = new Depot;  // never destroyed: threads may end after static destructors ran
  return *shared;
}

struct SlabUse {
  std::byte* begin;
  std::size_t free_blocks;
  bool operator<(const SlabUse& other) const { return begin < other.begin; }
};

constexpr std::size_t blocks_of_slab(int index) { return (slab_bytes - slab_header) / small_class_bytes(index); }

// Gives the slabs whose blocks are all in the depot back to the system. The depot is locked.
void trim(Depot& all) noexcept {
  std::vector<SlabUse> uses;
  try {
    for (Slab* slab = all.slabs; slab; slab = slab->next) uses.push_back({reinterpret_cast<std::byte*>(slab), 0});
  } catch (const std::bad_alloc&) {
    return;
  }
  std::sort(uses.begin(), uses.end());
  const auto use_of = [&](FreeBlock* block) {
    const SlabUse key{reinterpret_cast<std::byte*>(block), 0};
    return std::upper_bound(uses.begin(), uses.end(), key) - 1;
  };
  const auto is_free = [&](const SlabUse& use) {
    return use.free_blocks == blocks_of_slab(reinterpret_cast<const Slab*>(use.begin)->index);
  };
  std::array<FreeBlock*, small_classes> lists;
  for (int index = 0; index < small_classes; ++index) {
    FreeBlock* list = lists[static_cast<std::size_t>(index)] = all.small[static_cast<std::size_t>(index)].take_all();
    for (; list; list = list->next) ++use_of(list)->free_blocks;
  }
  for (int index = 0; index < small_classes; ++index)
    for (FreeBlock* block = lists[static_cast<std::size_t>(index)]; block;) {
      FreeBlock* next = block->next;
      if (is_free(*use_of(block)))
        all.small_bytes -= small_class_bytes(index);
      else
        all.small[static_cast<std::size_t>(index)].add(block);
      block = next;
    }
  for (Slab** link = &all.slabs; *link;) {
    Slab* slab = *link;
    const SlabUse key{reinterpret_cast<std::byte*>(slab), 0};
    if (!is_free(*std::lower_bound(uses.begin(), uses.end(), key))) {
      link = &slab->next;
      continue;
    }
    *link = slab->next;
    system_free(slab, slab_bytes);
  }
}

void add_small(Depot& all, int index, std::int32_t count) {
  all.small_bytes += small_class_bytes(index) * static_cast<std::size_t>(count);
  if (all.small_bytes <= all.trim_at) return;
  trim(all);
  all.trim_at = std::max(depot_limit, all.small_bytes + depot_limit / 2);
}

void give_small(int index, FreeBlock* full) noexcept {
  Depot& all = depot();
  std::lock_guard lock(all.mutex);
  all.small[static_cast<std::size_t>(index)].add_full(full);
  add_small(all, index, full_count(small_class_bytes(index)));
}

void free_arrays(FreeBlock* list, std::size_t bytes) noexcept {
  while (FreeBlock* block = list) {
    list = block->next;
    system_free(block, bytes);
  }
}

// Arrays that the depot has no room for go back to the system.
void give_arrays(int index, FreeBlock* list, std::int32_t count) noexcept {
  const std::size_t bytes = array_class_bytes(index);
  Depot& all = depot();
  {
    std::lock_guard lock(all.mutex);
    const std::size_t more = bytes * static_cast<std::size_t>(count);
    if (all.array_bytes + more <= depot_limit) {
      all.array_bytes += more;
      Shelf& shelf = all.arrays[static_cast<std::size_t>(index)];
      if (count == full_count(bytes)) return shelf.add_full(list);
      while (FreeBlock* block = list) {
        list = block->next;
        shelf.add(block);
      }
      return;
    }
  }
  free_arrays(list, bytes);
}

void give_loose_arrays(int index, FreeBlock* list) noexcept {
  while (FreeBlock* block = list) {
    list = block->next;
    give_arrays(index, new (block) FreeBlock{nullptr}, 1);
  }
}

Taken take_arrays(int index) {
  Depot& all = depot();
  std::lock_guard lock(all.mutex);
  const Taken taken = all.arrays[static_cast<std::size_t>(index)].take(full_count(array_class_bytes(index)));
  all.array_bytes -= array_class_bytes(index) * static_cast<std::size_t>(taken.count);
  return taken;
}

// A new slab: a list for the caller, the others for the depot.
Taken cut_slab(int index) {
  void* memory = try_system_allocate(slab_bytes);
  if (!memory) no_memory(slab_bytes);
  const std::size_t step = small_class_bytes(index);
  const std::int32_t full = full_count(step);
  auto* bytes = static_cast<std::byte*>(memory) + slab_header;
  Depot& all = depot();
  std::lock_guard lock(all.mutex);
  all.slabs = new (memory) Slab{all.slabs, index};
  Taken taken;
  for (std::size_t i = blocks_of_slab(index); i-- > 0;) {
    taken = {new (bytes + i * step) FreeBlock{taken.list}, taken.count + 1};
    if (taken.count < full || i == 0) continue;
    all.small[static_cast<std::size_t>(index)].add_full(taken.list);
    add_small(all, index, full);
    taken = {};
  }
  return taken;
}

Taken take_small(int index) {
  const std::int32_t full = full_count(small_class_bytes(index));
  {
    Depot& all = depot();
    std::lock_guard lock(all.mutex);
    const Taken taken = all.small[static_cast<std::size_t>(index)].take(full);
    all.small_bytes -= small_class_bytes(index) * static_cast<std::size_t>(taken.count);
    if (taken.list) return taken;
  }
  return cut_slab(index);
}

void give_small_blocks(int index, FreeBlock* list) noexcept {
  if (!list) return;
  Depot& all = depot();
  std::lock_guard lock(all.mutex);
  while (FreeBlock* block = list) {
    list = block->next;
    all.small[static_cast<std::size_t>(index)].add(block);
    add_small(all, index, 1);
  }
}

FreeBlock* pop(Magazine& m) {
  FreeBlock* block = m.loaded;
  m.loaded = block->next;
  m.room.store(m.room.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return block;
}
void push(Magazine& m, void* block) {
  m.loaded = new (block) FreeBlock{m.loaded};
  m.room.store(m.room.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
}
// The list at hand is used up: the one behind it, if there is one.
bool reload(Magazine& m) {
  m.loaded = m.full.load(std::memory_order_relaxed);
  if (!m.loaded) return false;
  m.full.store(nullptr, std::memory_order_relaxed);
  m.room.store(0, std::memory_order_relaxed);
  return true;
}
// Makes room: a full list at hand goes behind, and what was there is handed back for the depot.
FreeBlock* unload(Magazine& m, std::int32_t full) {
  if (m.room.load(std::memory_order_relaxed) > 0) return nullptr;  // the thread had not been enrolled
  FreeBlock* over = m.full.load(std::memory_order_relaxed);
  m.full.store(std::exchange(m.loaded, nullptr), std::memory_order_relaxed);
  m.room.store(full, std::memory_order_relaxed);
  return over;
}

[[gnu::noinline]] void* refill_small(ThreadState& state, int index) {
  Magazine& m = state.small[index];
  if (reload(m)) return pop(m);
  const bool keeps = enroll(state);
  Taken taken = take_small(index);
  if (!keeps) {
    FreeBlock* block = std::exchange(taken.list, taken.list->next);
    give_small_blocks(index, taken.list);
    return block;
  }
  m.loaded = taken.list;
  m.room.store(full_count(small_class_bytes(index)) - taken.count, std::memory_order_relaxed);
  return pop(m);
}

[[gnu::noinline]] void overflow_small(ThreadState& state, int index, void* block) noexcept {
  if (!enroll(state)) return give_small_blocks(index, new (block) FreeBlock{nullptr});
  Magazine& m = state.small[index];
  if (FreeBlock* over = unload(m, full_count(small_class_bytes(index)))) give_small(index, over);
  push(m, block);
}

[[gnu::noinline]] void* refill_array(ThreadState& state, int index) noexcept {
  const std::size_t bytes = array_class_bytes(index);
  if (index < array_classes && reload(state.arrays[index])) return pop(state.arrays[index]);
  Taken taken = take_arrays(index);
  if (!taken.list) return try_system_allocate(bytes);
  if (index >= array_classes || !enroll(state)) {
    FreeBlock* block = std::exchange(taken.list, taken.list->next);
    give_loose_arrays(index, taken.list);
    return block;
  }
  Magazine& m = state.arrays[index];
  m.loaded = taken.list;
  m.room.store(full_count(bytes) - taken.count, std::memory_order_relaxed);
  return pop(m);
}

[[gnu::noinline]] void overflow_array(ThreadState& state, int index, void* block) noexcept {
  if (index >= array_classes || !enroll(state)) return give_arrays(index, new (block) FreeBlock{nullptr}, 1);
  Magazine& m = state.arrays[index];
  const std::int32_t full = full_count(array_class_bytes(index));
  if (FreeBlock* over = unload(m, full)) give_arrays(index, over, full);
  push(m, block);
}

// Blocks of a magazine, as its thread or another one sees them.
std::int32_t count_of(const Magazine& m, std::int32_t full) {
  const bool has_full = m.full.load(std::memory_order_relaxed) != nullptr;
  return (has_full ? full : 0) + full - m.room.load(std::memory_order_relaxed);
}

}  // namespace

void* small_allocate(std::size_t bytes) {
  if (!pooled || bytes > small_limit) {
    void* block = try_system_allocate(bytes);
    if (!block) no_memory(bytes);
    return block;
  }
  ThreadState& state = thread_state();
  const int index = static_cast<int>((bytes - 1) / small_step);
  Magazine& m = state.small[index];
  return m.loaded ? pop(m) : refill_small(state, index);
}

void small_free(void* block, std::size_t bytes) noexcept {
  if (!pooled || bytes > small_limit) return system_free(block, bytes);
  ThreadState& state = thread_state();
  const int index = static_cast<int>((bytes - 1) / small_step);
  Magazine& m = state.small[index];
  m.room.load(std::memory_order_relaxed) > 0 ? push(m, block) : overflow_small(state, index, block);
}

void* try_array_allocate(std::size_t bytes) noexcept {
  if (!pooled || bytes > largest_kept) return try_system_allocate(bytes);
  ThreadState& state = thread_state();
  const int index = array_class(std::max<std::size_t>(bytes, 64));
  if (index < array_classes && state.arrays[index].loaded) return pop(state.arrays[index]);
  return refill_array(state, index);
}

void* array_allocate(std::size_t bytes) {
  void* block = try_array_allocate(bytes);
  if (!block) throw std::bad_alloc();
  return block;
}

void array_free(void* block, std::size_t bytes) noexcept {
  if (!pooled || bytes > largest_kept) return system_free(block, bytes);
  ThreadState& state = thread_state();
  const int index = array_class(std::max<std::size_t>(bytes, 64));
  if (index < array_classes && state.arrays[index].room.load(std::memory_order_relaxed) > 0)
    push(state.arrays[index], block);
  else
    overflow_array(state, index, block);
}

namespace {

template <class Visit>
void each_magazine(ThreadState& state, const Visit& visit) {
  for (int i = 0; i < small_classes; ++i)
    visit(state.small[i], full_count(small_class_bytes(i)), [i](FreeBlock* list) { give_small_blocks(i, list); });
  for (int i = 0; i < array_classes; ++i)
    visit(state.arrays[i], full_count(array_class_bytes(i)), [i](FreeBlock* list) { give_loose_arrays(i, list); });
}

}  // namespace

void use_reserve() noexcept { std::free(reserve.exchange(nullptr)); }

void open_magazines(ThreadState& state) noexcept {
  each_magazine(state,
                [](Magazine& m, std::int32_t full, const auto&) { m.room.store(full, std::memory_order_relaxed); });
}

void hand_over(ThreadState& state) noexcept {
  each_magazine(state, [&](Magazine& m, std::int32_t full, const auto& give) {
    give(std::exchange(m.loaded, nullptr));
    give(m.full.load(std::memory_order_relaxed));
    m.full.store(nullptr, std::memory_order_relaxed);
    m.room.store(state.enrolled ? full : 0, std::memory_order_relaxed);
  });
}

std::int64_t reserved_bytes() { return reserved.load(std::memory_order_relaxed); }

std::int64_t cached_bytes() {
  std::int64_t bytes = 0;
  {
    std::lock_guard lock(depot().mutex);
    bytes = static_cast<std::int64_t>(depot().small_bytes + depot().array_bytes);
  }
  const auto add = [&](const Magazine& m, std::size_t size) {
    bytes += count_of(m, full_count(size)) * static_cast<std::int64_t>(size);
  };
  std::lock_guard lock(threads().mutex);
  for (const ThreadState* state : threads().living) {
    for (int i = 0; i < small_classes; ++i) add(state->small[i], small_class_bytes(i));
    for (int i = 0; i < array_classes; ++i) add(state->arrays[i], array_class_bytes(i));
  }
  return bytes;
}

}  // namespace frost::detail

namespace frost {

using namespace detail;

void release_memory() noexcept {
  if (pooled) {
    hand_over(thread_state());
    Depot& all = depot();
    std::array<FreeBlock*, depot_classes> arrays;
    {
      std::lock_guard lock(all.mutex);
      for (std::size_t i = 0; i < arrays.size(); ++i) arrays[i] = all.arrays[i].take_all();
      all.array_bytes = 0;
      trim(all);
      all.trim_at = depot_limit;
    }
    for (std::size_t i = 0; i < arrays.size(); ++i) free_arrays(arrays[i], array_class_bytes(static_cast<int>(i)));
  }
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

}  // namespace frost
