#pragma once
#include <frost/autograd/tensor.hpp>

#include <map>
#include <string>

namespace frost {

struct LoadSafetensorsOptions {
  /// The tensors show the pages of the file, which are read when they are first used and shared with every process that
  /// maps it. They stay as they are: what writes a tensor, `assign` or an optimizer, writes a copy. The file must not
  /// be cut short meanwhile; replacing it, as `save_safetensors` does, is no danger.
  bool map = false;
};

/// The tensors of a safetensors file, by name. F64, F32, I64 and BOOL are read as they are; F16 and BF16 as float32;
/// I32, I16, I8, U32, U16 and U8 as int64.
///
///     const auto weights = load_safetensors("weights.safetensors");
///     const Tensor kernel = weights.at("dense/kernel");
///
/// With `map`, tensors that are widened, boolean or not aligned to their elements are copied all the same.
/// Throws: FileError, with the file, the place and the reason, when it cannot be read or is malformed.
FROST_API std::map<std::string, Tensor> load_safetensors(const std::string& path,
                                                         const LoadSafetensorsOptions& options = {});

/// Writes tensors by name. The file appears under its name when it is complete and on the disk; until then, and after
/// an error, what was there before stays.
/// Throws: ValueError, before anything is written, for an absent tensor or a name that a file cannot hold; FileError
/// when writing fails.
FROST_API void save_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors);

}  // namespace frost
