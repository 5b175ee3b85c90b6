#pragma once
#include <frost/autograd/error.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

// A libFuzzer target calls `fuzz` with a function that reads a file: it may give a result or throw a FileError.
namespace frost_fuzz {

/// A file in memory that has the bytes under test.
inline const std::string& file_of(const std::uint8_t* data, std::size_t size) {
  static const int descriptor = ::memfd_create("fuzz", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, data, size, 0) != static_cast<ssize_t>(size))
    std::abort();
  return path;
}

template <class Read>
int fuzz(const std::uint8_t* data, std::size_t size, const Read& read) {
  try {
    read(file_of(data, size));
  } catch (const frost::FileError&) {
  }
  return 0;
}

}  // namespace frost_fuzz
