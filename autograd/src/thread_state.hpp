#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace frost::detail {

struct Node;
struct Counted;
class Journal;
class SideLoss;
class TrialDraws;
struct SizePairs;

struct FreeBlock {
  FreeBlock* next;
};

constexpr int small_classes = 32;  // 16, 32, …, 512 bytes
constexpr int array_classes = 37;  // four to each doubling, from 64 bytes to 32 KiB

/// The free blocks of one size that a thread has at hand: a list that it takes from and adds to, and a full one behind
/// it. Other threads read what counts them, and nothing else.
struct Magazine {
  FreeBlock* loaded = nullptr;
  std::atomic<std::int32_t> room{0};  // how many more blocks `loaded` takes
  std::atomic<FreeBlock*> full{nullptr};
};

/// What a thread owns: free blocks, the grad mode, the tape's counter. One block, fetched once an operation.
struct ThreadState {
  bool grad_enabled = true;
  bool keep_inputs = false;
  bool in_rule = false;           // a first-order rule runs: its kernels are counted as the rule's, not as operations
  bool is_quiet = false;          // what is computed is part of a gradient, which is looked at as a whole
  std::uint8_t keeps_logits = 0;  // of which functions; see KeepLogits
  bool enrolled = false;
  bool closed = false;  // the thread is ending: it keeps no free blocks any more
  bool destroying = false;
  bool has_blas_buffer = false;  // see headroom.hpp
  std::uint16_t number = 0;      // of the living threads no two have the same; 0: none
  std::uint16_t walks = 0;       // under way, one inside the other
  int team = 0;                  // how many threads a loop of this one may use: there is room for their stacks
  std::uint32_t run = 0;         // of a checkpoint's function, the innermost; 0: none
  std::uint64_t sequence = 0;
  const Counted* consumable = nullptr;  // a tensor that is not read after the next operation on it
  Journal* journal = nullptr;           // of what a checkpoint's function meets
  TrialDraws* trial = nullptr;          // draws without moving generators
  SideLoss* side_loss = nullptr;        // the innermost
  SizePairs* passes = nullptr;          // the abstract passes under way
  Node* doomed = nullptr;               // nodes without owners, waiting to be taken apart one by one
  Magazine small[small_classes] = {};
  Magazine arrays[array_classes] = {};
};

extern thread_local constinit ThreadState thread_state_ __attribute__((tls_model("initial-exec")));
inline ThreadState& thread_state() { return thread_state_; }

/// Gives the thread a number and sees to it that its free blocks are handed on when it ends. False when that is not
/// possible: the thread is ending, or there is no memory.
bool enroll(ThreadState& state) noexcept;

}  // namespace frost::detail
