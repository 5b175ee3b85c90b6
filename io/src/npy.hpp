#pragma once
#include "elements.hpp"

namespace frost::io {

/// What stands in front of an npy file's elements.
struct NpyHeader {
  Element element;
  bool is_big_endian = false;
  bool is_fortran = false;  // the first axis varies fastest
  Shape shape;
  std::uint64_t data_start = 0;  // bytes of the header
  std::uint64_t data_bytes = 0;
};

/// Reads the header, `size` being the bytes of the whole file or entry, which must be what the header says.
/// Throws: FileError, with `what` in front.
NpyHeader read_npy_header(const std::string& what, std::uint64_t size, const ReadBytes& read);

/// Reads the elements behind the header. Throws: FileError.
Tensor read_npy_elements(const std::string& what, const NpyHeader& header, const ReadBytes& read);

/// The header for a tensor, of version 1, a multiple of 64 bytes long.
std::string npy_header(const Tensor& tensor);

}  // namespace frost::io
