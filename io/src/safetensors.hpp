#pragma once
#include "file.hpp"
#include "safetensors_header.hpp"

#include <optional>

namespace frost::io {

/// A safetensors file whose header has been read and checked; its tensors are read one by one.
class SafetensorsReader {
 public:
  /// Throws: FileError.
  explicit SafetensorsReader(const std::string& path);

  const std::string& path() const { return file_.path(); }
  const Metadata& metadata() const { return header_.metadata; }
  const std::map<std::string, TensorEntry>& entries() const { return header_.tensors; }
  /// The tensor of an entry, copied into memory.
  Tensor read(const std::string& name) const;
  /// The tensor over the file's own pages, read-only; copied where Frost has no such dtype or it is not aligned.
  Tensor map(const std::string& name);

 private:
  InputFile file_;
  SafetensorsHeader header_;
  std::uint64_t data_start_ = 0;
  std::optional<Mapping> mapping_;
};

struct SafetensorsFile {
  std::map<std::string, Tensor> tensors;
  Metadata metadata;
};

/// A safetensors file with its metadata. Throws: FileError.
SafetensorsFile read_safetensors(const std::string& path);

/// Writes a safetensors file, whole or not at all: tensors by falling element size, then by name, so that each stands
/// at a multiple of its element's size; the first at a multiple of 64. Throws: ValueError, FileError.
void write_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors, const Metadata& metadata);

}  // namespace frost::io
