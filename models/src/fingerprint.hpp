#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace frost::models {

using Fingerprint = std::array<std::uint64_t, 2>;

/// 128 bits of the bytes: MurmurHash3_x64_128 (Appleby 2011). Two inputs of one length that differ within one aligned
/// block of 16 bytes alone never have the same.
Fingerprint fingerprint(std::span<const std::byte> bytes);

}  // namespace frost::models
