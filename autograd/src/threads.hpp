#pragma once
#include "thread_state.hpp"

#include <mutex>
#include <vector>

namespace frost::detail {

/// The threads that have used the engine and have not ended.
struct Threads {
  std::mutex mutex;
  std::vector<const ThreadState*> living;
  std::vector<std::uint16_t> returned;  // numbers of threads that have ended
  std::uint16_t numbers = 0;            // given so far
};
Threads& threads();

}  // namespace frost::detail
