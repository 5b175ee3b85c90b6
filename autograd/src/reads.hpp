#pragma once

#include <cstdint>

namespace frost {

/// What a gradient rule reads, as a bit mask: inputs in bits 0–15, outputs in 16–19, extra values in 20–31.
using Reads = std::uint32_t;

inline constexpr Reads reads_nothing = 0;
constexpr Reads reads_input(int i) { return Reads{1} << i; }
constexpr Reads reads_output(int k = 0) { return Reads{1} << (16 + k); }
constexpr Reads reads_extra(int k) { return Reads{1} << (20 + k); }

}  // namespace frost
