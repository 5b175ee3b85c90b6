#pragma once
#include <frost/internal/whole_file.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace frost::io {

/// A file that is open for reading. Every error is a FileError with the file's name.
class InputFile {
 public:
  explicit InputFile(const std::string& path);

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  /// Reads exactly so many bytes from a place in the file.
  void read(std::uint64_t offset, void* to, std::size_t bytes) const;
  /// Whether it still stands at its path: whoever saves there puts another in its place.
  bool is_current() const;

 private:
  friend class Mapping;
  std::string path_;
  detail::Descriptor file_;
  std::uint64_t size_ = 0;
};

/// A file's pages in memory, read-only and shared with every process that maps it. Copies show the same pages, which go
/// with the last of them. Whoever cuts the file short meanwhile ends the program on its next read (SIGBUS).
class Mapping {
 public:
  explicit Mapping(const InputFile& file);
  const std::byte* data() const { return pages_->data; }
  std::size_t size() const { return pages_->size; }

 private:
  struct Pages {
    const std::byte* data = nullptr;
    std::size_t size = 0;
    ~Pages();
  };
  std::shared_ptr<Pages> pages_;
};

/// Throws: ValueError, in the name of `what`, for a name that ends as files of Keras do, .h5 or .keras, which are not
/// written. `instead` is what to write.
void expect_not_keras(const char* what, const std::string& path, const char* instead);

using detail::OutputFile;

/// Writes a file as a whole or not at all. Every error is a FileError that begins with the file's name.
inline void replace_file(const std::string& path, const std::function<void(OutputFile&)>& write) {
  detail::replace_file(path + ":", path, write);
}

}  // namespace frost::io
