#include "fuzz.hpp"

#include <frost/io/safetensors.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return frost_fuzz::fuzz(data, size, [](const std::string& path) {
    frost::load_safetensors(path);
    frost::load_safetensors(path, {.map = true});
  });
}
