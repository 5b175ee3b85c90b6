#pragma once
#include <cstddef>
#include <cstdint>

// Memory for the engine: small blocks (nodes, handles, shapes) and aligned array buffers, from free lists, so that a
// training step in steady state asks the system for nothing. Off under AddressSanitizer.
namespace frost::detail {

struct ThreadState;

/// A block of at most 512 bytes, or a larger one from the system. Throws: Error when there is no memory.
void* small_allocate(std::size_t bytes);
void small_free(void* block, std::size_t bytes) noexcept;

/// A 64-byte aligned block; null when there is no memory, even after free blocks were given back to the system.
void* try_array_allocate(std::size_t bytes) noexcept;
/// The same. Throws: std::bad_alloc, to which the operation adds its shapes.
void* array_allocate(std::size_t bytes);
void array_free(void* block, std::size_t bytes) noexcept;

/// Lets a thread keep free blocks from now on; hands those that it has on to all threads.
void open_magazines(ThreadState& state) noexcept;
void hand_over(ThreadState& state) noexcept;

/// Bytes taken from the system, and how many of them are free blocks.
std::int64_t reserved_bytes();
std::int64_t cached_bytes();

}  // namespace frost::detail
