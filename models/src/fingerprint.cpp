#include "fingerprint.hpp"

#include <bit>
#include <cstring>

namespace frost::models {

namespace {

constexpr std::uint64_t c1 = 0x87c37b91114253d5, c2 = 0x4cf5ad432745937f;

std::uint64_t mixed_first(std::uint64_t k) { return std::rotl(k * c1, 31) * c2; }
std::uint64_t mixed_second(std::uint64_t k) { return std::rotl(k * c2, 33) * c1; }

std::uint64_t finished(std::uint64_t h) {
  h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
  h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
  return h ^ h >> 33;
}

}  // namespace

Fingerprint fingerprint(std::span<const std::byte> bytes) {
  std::uint64_t h1 = 0, h2 = 0;
  std::size_t at = 0;
  for (; at + 16 <= bytes.size(); at += 16) {
    std::uint64_t k[2];
    std::memcpy(k, bytes.data() + at, 16);
    h1 = (std::rotl(h1 ^ mixed_first(k[0]), 27) + h2) * 5 + 0x52dce729;
    h2 = (std::rotl(h2 ^ mixed_second(k[1]), 31) + h1) * 5 + 0x38495ab5;
  }
  if (at < bytes.size()) {
    std::uint64_t k[2] = {0, 0};
    std::memcpy(k, bytes.data() + at, bytes.size() - at);
    h1 ^= mixed_first(k[0]);
    h2 ^= mixed_second(k[1]);
  }
  h1 ^= bytes.size();
  h2 ^= bytes.size();
  h1 += h2;
  h2 += h1;
  h1 = finished(h1);
  h2 = finished(h2);
  h1 += h2;
  h2 += h1;
  return {h1, h2};
}

}  // namespace frost::models
