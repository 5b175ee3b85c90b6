#include "headroom.hpp"
#include "pool.hpp"
#include "thread_state.hpp"
#include "threads.hpp"

#include <algorithm>
#include <mutex>
#include <new>

namespace frost::detail {

thread_local constinit ThreadState thread_state_;

namespace {

// A number is given again once its thread has ended; what bears it then is the successor's.
constexpr std::uint16_t last_number = 0xfffe;

struct Ending {
  ~Ending() {
    ThreadState& state = thread_state();
    state.closed = true;
    state.enrolled = false;
    hand_over(state);
    give_up_blas_buffer(state);
    Threads& all = threads();
    std::lock_guard lock(all.mutex);
    std::erase(all.living, &state);
    if (state.number) all.returned.push_back(state.number);
    state.number = 0;
  }
};

}  // namespace

Threads& threads() {
  static Threads* all = new Threads;  // never destroyed: threads may end after static destructors ran
  return *all;
}

bool enroll(ThreadState& state) noexcept {
  if (state.enrolled || state.closed) return state.enrolled;
  Threads& all = threads();
  try {
    std::lock_guard lock(all.mutex);
    all.returned.reserve(all.living.size() + all.returned.size() + 1);  // an ending thread must not ask for memory
    all.living.reserve(all.living.size() + 1);
    open_magazines(state);
    all.living.push_back(&state);
    if (!all.returned.empty()) {
      state.number = all.returned.back();
      all.returned.pop_back();
    } else if (all.numbers < last_number) {
      state.number = ++all.numbers;
    }
  } catch (const std::bad_alloc&) {
    return false;
  }
  thread_local Ending ending;
  (void)ending;
  return state.enrolled = true;
}

}  // namespace frost::detail
