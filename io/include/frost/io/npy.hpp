#pragma once
#include <frost/autograd/tensor.hpp>

#include <map>
#include <string>

namespace frost {

/// The array of a NumPy file, `np.save`'s, of versions 1 to 3, in C or Fortran order. <f4, <f8, <i8 and |b1 are read as
/// they are; <f2 as float32; smaller integers, |u1 too, as int64. Big-endian files are converted.
/// Throws: FileError, with the file, the place and the reason, when it cannot be read, is malformed, or holds objects,
/// text, complex numbers or uint64.
FROST_API Tensor load_npy(const std::string& path);

/// Writes an array as `np.load` reads it. The file appears under its name when it is complete and on the disk.
/// Throws: ValueError for an absent tensor; FileError when writing fails.
FROST_API void save_npy(const std::string& path, const Tensor& tensor);

struct LoadNpzOptions {
  /// What the arrays may take in memory, all together, in bytes: a small file may claim much.
  std::int64_t max_bytes = std::int64_t{1} << 32;
};

/// The arrays of a NumPy archive, `np.savez`'s or `np.savez_compressed`'s, by name without `.npy`.
/// Throws: as load_npy, and FileError when the arrays need more than `max_bytes`, or more than compression can make of
/// so small a file.
FROST_API std::map<std::string, Tensor> load_npz(const std::string& path, const LoadNpzOptions& options = {});

/// Writes arrays by name, not compressed, as `np.load` reads them. The file appears under its name when it is complete.
/// Throws: ValueError, before anything is written, for an absent tensor or an empty name; FileError when writing fails.
FROST_API void save_npz(const std::string& path, const std::map<std::string, Tensor>& tensors);

}  // namespace frost
