#include "headroom.hpp"

#include "check.hpp"

#include <frost/autograd/stats.hpp>

#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <mutex>
#include <vector>

extern "C" {
// OpenBLAS' own; another BLAS takes no such buffers.
void* blas_memory_alloc(int position) __attribute__((weak));
void blas_memory_free(void* buffer) __attribute__((weak));
int openblas_get_num_threads() __attribute__((weak));
}

namespace frost::detail {

namespace {

// What OpenBLAS maps for each thread that is in a call, 128 MiB and a page, and a little for what else a call needs.
constexpr std::size_t buffer_bytes = (std::size_t{128} << 20) + (std::size_t{1} << 20);

struct BlasBuffers {
  std::mutex mutex;
  int users = 0;   // living threads that call BLAS
  int made = 0;    // buffers that are there for them
  int served = 0;  // of BLAS' own threads, that have a buffer or will get one
};
BlasBuffers& buffers() {
  static BlasBuffers* all = new BlasBuffers;  // never destroyed: threads may end after static destructors ran
  return *all;
}

int own_threads() { return openblas_get_num_threads ? openblas_get_num_threads() - 1 : 0; }

// BLAS starts its threads when it is loaded, and after a fork anew. While there is no limit they get what they ask for.
[[maybe_unused]] const bool is_watching = [] {
  if (!is_limited() || has_headroom(static_cast<std::size_t>(own_threads()) * buffer_bytes))
    buffers().served = own_threads();
  pthread_atfork(nullptr, nullptr, [] {
    buffers().served = 0;
    buffers().made = 0;
    buffers().users = 0;
    thread_state().has_blas_buffer = false;
  });
  return true;
}();

void serve(BlasBuffers& all, int count) {
  if (count <= all.served) return;
  const std::size_t bytes = static_cast<std::size_t>(count - all.served) * buffer_bytes;
  if (is_limited() && !has_headroom(bytes))
    fail<Error>(
        "out of memory: BLAS needs work buffers of {} bytes for {} threads of its own, more than the limit of the "
        "address space (ulimit -v) leaves. Raise it, or start the program with OPENBLAS_NUM_THREADS=1.",
        bytes, count - all.served);
  all.served = count;
}

}  // namespace

bool is_limited() noexcept {
  for (const auto what : {RLIMIT_AS, RLIMIT_DATA})
    if (rlimit limit; getrlimit(what, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) return true;
  return false;
}

bool has_headroom(std::size_t bytes) noexcept {
  const auto can_map = [bytes] {
    void* block = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == MAP_FAILED) return false;
    munmap(block, bytes);
    return true;
  };
  if (bytes == 0 || can_map()) return true;
  release_memory();
  return can_map();
}

// A buffer is free again after each call, and then anybody's: that there are as many as callers is certain only once
// all were held at once.
void take_blas_buffer(ThreadState& state) {
  BlasBuffers& all = buffers();
  const std::lock_guard lock(all.mutex);
  serve(all, own_threads());
  const bool takes = blas_memory_alloc && blas_memory_free && (all.made == 0 || is_limited());
  if (all.users >= all.made && takes) {
    const int wanted = all.users + 1;
    const std::size_t bytes = static_cast<std::size_t>(wanted - all.made) * buffer_bytes;
    if (!has_headroom(bytes))
      fail<Error>(
          "out of memory: BLAS needs a work buffer of {} bytes for a matrix product, more than the limit of the "
          "address "
          "space (ulimit -v) leaves. Raise it, or multiply on fewer threads.",
          bytes);
    std::vector<void*> held;
    held.reserve(static_cast<std::size_t>(wanted));
    for (int i = 0; i < wanted; ++i) held.push_back(blas_memory_alloc(0));
    for (void* buffer : held) blas_memory_free(buffer);
    all.made = wanted;
  }
  enroll(state);  // which says when it ends
  ++all.users;
  state.has_blas_buffer = true;
}

void give_up_blas_buffer(ThreadState& state) noexcept {
  if (!state.has_blas_buffer) return;
  state.has_blas_buffer = false;
  const std::lock_guard lock(buffers().mutex);
  --buffers().users;
}

void expect_blas_threads(int count) {
  BlasBuffers& all = buffers();
  const std::lock_guard lock(all.mutex);
  serve(all, count - 1);
}

}  // namespace frost::detail
