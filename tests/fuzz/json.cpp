#include "fuzz.hpp"

#include "json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const frost::Config config = frost::io::parse_json("fuzz", text);
    if (!(frost::io::parse_json("fuzz", frost::io::to_json(config)) == config)) std::abort();
  } catch (const frost::FileError&) {
  }
  return 0;
}
