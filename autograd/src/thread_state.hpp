#pragma once
#include <cstddef>
#include <cstdint>

namespace frost::detail {

struct Node;
struct Counted;
class Journal;
class SideLoss;
class TrialDraws;

struct FreeBlock {
  FreeBlock* next;
};

constexpr int small_classes = 32;   // 16, 32, …, 512 bytes
constexpr int array_classes = 160;  // four to each doubling, from 64 bytes

/// What a thread owns: free lists, the grad mode, the tape's counter. One block, fetched once an operation.
struct ThreadState {
  bool grad_enabled = true;
  bool keep_inputs = false;
  bool in_rule = false;           // a first-order rule runs: its kernels are counted as the rule's, not as operations
  bool is_quiet = false;          // what is computed is part of a gradient, which is looked at as a whole
  std::uint8_t keeps_logits = 0;  // of which functions; see KeepLogits
  bool registered = false;
  bool closed = false;
  bool destroying = false;
  std::uint32_t run = 0;  // of a checkpoint's function, the innermost; 0: none
  std::uint64_t sequence = 0;
  const Counted* consumable = nullptr;  // a tensor that is not read after the next operation on it
  Journal* journal = nullptr;           // of what a checkpoint's function meets
  TrialDraws* trial = nullptr;          // draws without moving generators
  SideLoss* side_loss = nullptr;        // the innermost
  Node* doomed = nullptr;               // nodes without owners, waiting to be taken apart one by one
  std::size_t cached_bytes = 0;
  FreeBlock* small[small_classes] = {};
  FreeBlock* arrays[array_classes] = {};
};

extern thread_local constinit ThreadState thread_state_ __attribute__((tls_model("initial-exec")));
inline ThreadState& thread_state() { return thread_state_; }

}  // namespace frost::detail
