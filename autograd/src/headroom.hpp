#pragma once
#include "thread_state.hpp"

#include <cstddef>

// Room in the address space for what does not say when there is none: BLAS' work buffers, for which it asks without
// end, and the stacks of OpenMP's threads, without which the process ends.
namespace frost::detail {

/// Frees a little memory for the words of an error. The next allocation that succeeds puts it aside again.
void use_reserve() noexcept;

/// Whether the process has a limit on its address space.
bool is_limited() noexcept;
/// Whether the process may map so many bytes more, after free blocks were given back if need be.
bool has_headroom(std::size_t bytes) noexcept;

void take_blas_buffer(ThreadState& state);
void give_up_blas_buffer(ThreadState& state) noexcept;

/// Sees to it that BLAS has a work buffer for each thread that calls it, before it is called.
/// Throws: Error that says the bytes.
inline void expect_blas_buffer() {
  if (ThreadState& state = thread_state(); !state.has_blas_buffer) [[unlikely]]
    take_blas_buffer(state);
}

/// Throws: Error unless BLAS' own threads can become so many.
void expect_blas_threads(int count);

}  // namespace frost::detail
