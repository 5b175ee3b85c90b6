#pragma once
#include "thread_state.hpp"

#include <frost/autograd/random.hpp>

#include <utility>
#include <vector>

namespace frost::detail {

/// Blocks of random bits taken from a generator. Key and position alone say what they are.
struct Draw {
  std::uint64_t key, position, blocks;
};

/// A generator that a trial draws from without moving it.
struct StillGenerator {
  const Generator* generator;
  std::uint64_t ahead = 0;  // blocks that were drawn beyond its position
};

/// What a function drew, noted while it runs; when it runs again it gets the same, and no generator moves.
struct DrawJournal {
  std::vector<Draw> draws = {};
  DrawJournal* outer = nullptr;  // of a checkpoint that the noting one is inside of
  std::size_t next = 0;
  bool replays = false;
  std::vector<StillGenerator> still = {};  // see TrialDraws

  Draw draw(std::uint64_t key, std::uint64_t& position, std::uint64_t blocks);
};

/// While it lives, this thread's draws go through the journal; null: they are drawn from their generators.
class JournalScope {
 public:
  explicit JournalScope(DrawJournal* journal) : before_(std::exchange(thread_state().journal, journal)) {}
  ~JournalScope() { thread_state().journal = before_; }
  JournalScope(const JournalScope&) = delete;
  JournalScope& operator=(const JournalScope&) = delete;

 private:
  DrawJournal* before_;
};

}  // namespace frost::detail
