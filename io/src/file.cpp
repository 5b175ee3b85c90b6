#include "file.hpp"

#include "fail.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace frost::io {

namespace {

constexpr std::size_t largest_call = std::size_t{1} << 30;  // Linux moves at most 2 GB a call

}  // namespace

InputFile::InputFile(const std::string& path)
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) fail(path, "cannot be opened; got '{}'; expected a readable file", std::strerror(errno));
  struct stat status;
  const bool regular = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  if (!regular) {
    ::close(descriptor_);
    fail(path, "is not a regular file; expected one");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(std::uint64_t offset, void* to, std::size_t bytes) const {
  auto* next = static_cast<std::byte*>(to);
  while (bytes > 0) {
    const ssize_t n = ::pread(descriptor_, next, std::min(bytes, largest_call), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path_, "cannot be read at byte {}; got '{}'", offset, std::strerror(errno));
    if (n == 0) fail(path_, "ends at byte {}; expected {} more bytes", offset, bytes);
    next += n;
    offset += static_cast<std::uint64_t>(n);
    bytes -= static_cast<std::size_t>(n);
  }
}

Mapping::Mapping(const InputFile& file) : pages_(std::make_shared<Pages>()) {
  if (file.size() == 0) return;
  void* pages = ::mmap(nullptr, static_cast<std::size_t>(file.size()), PROT_READ, MAP_SHARED, file.descriptor_, 0);
  if (pages == MAP_FAILED) fail(file.path(), "cannot be mapped; got '{}'", std::strerror(errno));
  pages_->data = static_cast<const std::byte*>(pages);
  pages_->size = static_cast<std::size_t>(file.size());
}

Mapping::Pages::~Pages() {
  if (data) ::munmap(const_cast<std::byte*>(data), size);
}

}  // namespace frost::io
