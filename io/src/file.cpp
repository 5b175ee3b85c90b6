#include "file.hpp"

#include "fail.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace frost::io {

namespace {

constexpr std::size_t largest_call = std::size_t{1} << 30;  // Linux moves at most 2 GB a call

struct Closer {
  int descriptor;
  ~Closer() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

// Where a symbolic link leads, so that the link is kept.
std::string target_of(const std::string& path) {
  std::error_code error;
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
  return error || !std::filesystem::is_symlink(path, error) ? path : target.string();
}

void sync_folder(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const Closer closer{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (closer.descriptor >= 0) ::fsync(closer.descriptor);  // some file systems cannot; the file itself is synced
}

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

void OutputFile::write(const void* from, std::size_t bytes) {
  const auto* next = static_cast<const std::byte*>(from);
  while (bytes > 0) {
    const ssize_t n = ::write(descriptor_, next, std::min(bytes, largest_call));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path_, "cannot be written; got '{}'", std::strerror(errno));
    next += n;
    bytes -= static_cast<std::size_t>(n);
  }
}

void replace_file(const std::string& path, const std::function<void(OutputFile&)>& write) {
  const std::string target = target_of(path);
  std::string temporary;
  int descriptor = -1;
  for (int i = 0; descriptor < 0; ++i) {
    temporary = fmt::format("{}.{}-{}.tmp", target, ::getpid(), i);
    descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0 && (errno != EEXIST || i == 1000))
      fail(path, "cannot be written; got '{}' for {}", std::strerror(errno), temporary);
  }
  try {
    const Closer closer{descriptor};
    struct stat before;
    if (::stat(target.c_str(), &before) == 0) ::fchmod(descriptor, before.st_mode & 07777);
    OutputFile out(path, descriptor);
    write(out);
    if (::fsync(descriptor) != 0) fail(path, "cannot be synced; got '{}'", std::strerror(errno));
    if (::rename(temporary.c_str(), target.c_str()) != 0)
      fail(path, "cannot be replaced; got '{}'", std::strerror(errno));
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_folder(target);
}

}  // namespace frost::io
