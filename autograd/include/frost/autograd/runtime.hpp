#pragma once
#include <frost/export.hpp>

#include <cstdint>
#include <string>

namespace frost {

/// Seeds the default generator, which initializers, shuffling and dropout take their streams from.
FROST_API void seed(std::uint64_t value);

/// The number of threads that loops and matrix products may use. Throws: ValueError unless n ≥ 1.
FROST_API void set_num_threads(int n);
FROST_API int num_threads();

/// One line a fact: version, compiler, BLAS with its threading, SIMD level.
FROST_API std::string build_info();

}  // namespace frost
