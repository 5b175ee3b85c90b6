#pragma once
#include <frost/internal/regular_file.hpp>

#include <fmt/format.h>

#include <zlib.h>

#include <memory>
#include <new>
#include <string>

namespace frost::data {

using GzipFile = std::unique_ptr<gzFile_s, int (*)(gzFile)>;

/// A regular file, plain or compressed. Throws: FileError, in the name of `what`.
inline GzipFile open_gzip(const char* what, const std::string& path) {
  detail::Descriptor file = detail::open_regular(fmt::format("{}: '{}'", what, path), path);
  GzipFile opened(gzdopen(file.get(), "rb"), gzclose);
  if (!opened) throw std::bad_alloc();
  file.release();
  return opened;
}

}  // namespace frost::data
