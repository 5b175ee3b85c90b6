#pragma once
#include <cstddef>
#include <cstdint>

// Memory for the engine: small blocks (nodes, handles, shapes) and aligned array buffers, from free lists of the
// thread, so that a training step in steady state asks the system for nothing. Off under AddressSanitizer.
namespace frost::detail {

/// A block of at most 512 bytes, or a larger one from the system.
void* small_allocate(std::size_t bytes);
void small_free(void* block, std::size_t bytes) noexcept;

/// A 64-byte aligned block.
void* array_allocate(std::size_t bytes);
void array_free(void* block, std::size_t bytes) noexcept;

std::int64_t reserved_bytes();

}  // namespace frost::detail
