#include "fuzz.hpp"

#include <frost/data/idx.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return frost_fuzz::fuzz(data, size, [](const std::string& path) { frost::load_idx(path); });
}
