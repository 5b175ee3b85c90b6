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

namespace {

// A file of another name beside the one it is to become.
struct Temporary {
  std::string target, name;
  int descriptor = -1;
};

Temporary make_temporary(const std::string& path) {
  Temporary t{target_of(path), "", -1};
  for (int i = 0; t.descriptor < 0; ++i) {
    t.name = fmt::format("{}.{}-{}.tmp", t.target, ::getpid(), i);
    t.descriptor = ::open(t.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (t.descriptor < 0 && (errno != EEXIST || i == 1000))
      fail(path, "cannot be written; got '{}' for {}", std::strerror(errno), t.name);
  }
  return t;
}

// Of the permissions that the file it replaces has, if there is one.
void keep_permissions(const Temporary& t, int descriptor) {
  struct stat before;
  if (::stat(t.target.c_str(), &before) == 0) ::fchmod(descriptor, before.st_mode & 07777);
}

void put_in_place(const std::string& path, const Temporary& t, int descriptor) {
  if (::fsync(descriptor) != 0) fail(path, "cannot be synced; got '{}'", std::strerror(errno));
  if (::rename(t.name.c_str(), t.target.c_str()) != 0) fail(path, "cannot be replaced; got '{}'", std::strerror(errno));
}

}  // namespace

void replace_file(const std::string& path, const std::function<void(OutputFile&)>& write) {
  const Temporary t = make_temporary(path);
  try {
    const Closer closer{t.descriptor};
    keep_permissions(t, t.descriptor);
    OutputFile out(path, t.descriptor);
    write(out);
    put_in_place(path, t, t.descriptor);
  } catch (...) {
    ::unlink(t.name.c_str());
    throw;
  }
  sync_folder(t.target);
}

void replace_file_by_name(const std::string& path, const std::function<void(const std::string& temporary)>& write) {
  const Temporary t = make_temporary(path);
  ::close(t.descriptor);
  try {
    write(t.name);
    const Closer closer{::open(t.name.c_str(), O_RDONLY | O_CLOEXEC)};
    if (closer.descriptor < 0) fail(path, "cannot be written; got '{}' for {}", std::strerror(errno), t.name);
    keep_permissions(t, closer.descriptor);
    put_in_place(path, t, closer.descriptor);
  } catch (...) {
    ::unlink(t.name.c_str());
    throw;
  }
  sync_folder(t.target);
}

}  // namespace frost::io
