#pragma once
#include <frost/autograd/tensor.hpp>

#include <map>
#include <string>

namespace frost {

/// The tensors of a safetensors file, by name: F64, F32, I64 and BOOL.
///
///     const auto weights = load_safetensors("weights.safetensors");
///     const Tensor kernel = weights.at("dense/kernel");
///
/// Throws: FileError, with the file, the place and the reason, when it cannot be read or is malformed.
FROST_API std::map<std::string, Tensor> load_safetensors(const std::string& path);

/// Writes tensors by name. The file appears under its name when it is complete and on the disk; until then, and after
/// an error, what was there before stays.
/// Throws: ValueError, before anything is written, for an absent tensor or a name that a file cannot hold; FileError
/// when writing fails.
FROST_API void save_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors);

}  // namespace frost
