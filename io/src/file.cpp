#include "file.hpp"

#include "fail.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace frost::io {

namespace {

constexpr std::size_t largest_call = std::size_t{1} << 30;  // Linux moves at most 2 GB a call

}  // namespace

InputFile::InputFile(const std::string& path) : path_(path), file_(detail::open_regular(path + ":", path)) {
  struct stat status;
  if (::fstat(file_.get(), &status) != 0) fail(path, "cannot be read; got '{}'", std::strerror(errno));
  size_ = static_cast<std::uint64_t>(status.st_size);
}

bool InputFile::is_current() const {
  struct stat opened, named;
  return ::fstat(file_.get(), &opened) == 0 && ::stat(path_.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

void InputFile::read(std::uint64_t offset, void* to, std::size_t bytes) const {
  auto* next = static_cast<std::byte*>(to);
  while (bytes > 0) {
    const ssize_t n = ::pread(file_.get(), next, std::min(bytes, largest_call), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path_, "cannot be read at byte {}; got '{}'", offset, std::strerror(errno));
    if (n == 0) fail(path_, "ends at byte {}; expected {} more bytes", offset, bytes);
    next += n;
    offset += static_cast<std::uint64_t>(n);
    bytes -= static_cast<std::size_t>(n);
  }
}

void expect_not_keras(const char* what, const std::string& path, const char* instead) {
  std::string ending = std::filesystem::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  if (ending == ".h5" || ending == ".hdf5" || ending == ".keras")
    throw ValueError(
        fmt::format("{}: got '{}', which is the name of a file of Keras'; that format is not written yet; "
                    "expected a name as '{}'",
                    what, path, instead));
}

Mapping::Mapping(const InputFile& file) : pages_(std::make_shared<Pages>()) {
  if (file.size() == 0) return;
  void* pages = ::mmap(nullptr, static_cast<std::size_t>(file.size()), PROT_READ, MAP_SHARED, file.file_.get(), 0);
  if (pages == MAP_FAILED) fail(file.path(), "cannot be mapped; got '{}'", std::strerror(errno));
  pages_->data = static_cast<const std::byte*>(pages);
  pages_->size = static_cast<std::size_t>(file.size());
}

Mapping::Pages::~Pages() {
  if (data) ::munmap(const_cast<std::byte*>(data), size);
}

}  // namespace frost::io
