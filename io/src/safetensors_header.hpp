#pragma once
#include "elements.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace frost::io {

using Metadata = std::map<std::string, std::string>;

/// One tensor of a safetensors file: bytes begin to end behind the header.
struct TensorEntry {
  Element element;
  Shape shape;
  std::uint64_t begin, end;
};

struct SafetensorsHeader {
  Metadata metadata;
  std::map<std::string, TensorEntry> tensors;
};

/// Reads the JSON header of a file that has `data_bytes` bytes behind it. The entries of a header that passes fill
/// those bytes without holes or overlaps, and each has the size that its dtype and shape ask for. Throws: FileError.
SafetensorsHeader parse_safetensors_header(const std::string& path, const std::string& text, std::uint64_t data_bytes);

}  // namespace frost::io
