#pragma once
#include "safetensors_header.hpp"

namespace frost::io {

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
