#include <frost/internal/whole_file.hpp>

#include <frost/autograd/error.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace frost::detail {

namespace {

constexpr std::size_t largest_call = std::size_t{1} << 30;  // Linux moves at most 2 GB a call

[[noreturn]] void fail(const std::string& who, const char* step, const std::string& name = "") {
  const std::string of = name.empty() ? "" : " for " + name;
  throw FileError(fmt::format("{} cannot be {}; got '{}'{}", who, step, std::strerror(errno), of));
}

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

// A file of another name beside the one it is to become.
struct Temporary {
  std::string target, name;
  int descriptor = -1;
};

Temporary make_temporary(const std::string& who, const std::string& path) {
  Temporary t{target_of(path), "", -1};
  for (int i = 0; t.descriptor < 0; ++i) {
    t.name = fmt::format("{}.{}-{}.tmp", t.target, ::getpid(), i);
    t.descriptor = ::open(t.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (t.descriptor < 0 && (errno != EEXIST || i == 1000)) fail(who, "written", t.name);
  }
  return t;
}

// Of the permissions that the file it replaces has, if there is one.
void keep_permissions(const Temporary& t, int descriptor) {
  struct stat before;
  if (::stat(t.target.c_str(), &before) == 0) ::fchmod(descriptor, before.st_mode & 07777);
}

void put_in_place(const std::string& who, const Temporary& t, int descriptor) {
  keep_permissions(t, descriptor);
  if (::fsync(descriptor) != 0) fail(who, "synced");
  if (std::rename(t.name.c_str(), t.target.c_str()) != 0) fail(who, "replaced");
}

}  // namespace

void OutputFile::write(const void* from, std::size_t bytes) {
  const auto* next = static_cast<const std::byte*>(from);
  while (bytes > 0) {
    const ssize_t n = ::write(descriptor_, next, std::min(bytes, largest_call));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(who_, "written");
    next += n;
    bytes -= static_cast<std::size_t>(n);
  }
}

void replace_file(const std::string& who, const std::string& path, const std::function<void(OutputFile&)>& write) {
  const Temporary t = make_temporary(who, path);
  try {
    const Closer closer{t.descriptor};
    OutputFile out(who, t.descriptor);
    write(out);
    put_in_place(who, t, t.descriptor);
  } catch (...) {
    ::unlink(t.name.c_str());
    throw;
  }
  sync_folder(t.target);
}

void replace_file_by_name(const std::string& who, const std::string& path,
                          const std::function<void(const std::string& temporary)>& write) {
  const Temporary t = make_temporary(who, path);
  ::close(t.descriptor);
  try {
    write(t.name);
    const Closer closer{::open(t.name.c_str(), O_RDONLY | O_CLOEXEC)};
    if (closer.descriptor < 0) fail(who, "written", t.name);
    put_in_place(who, t, closer.descriptor);
  } catch (...) {
    ::unlink(t.name.c_str());
    throw;
  }
  sync_folder(t.target);
}

void write_whole(const std::string& who, const std::string& path, const std::string& text) {
  replace_file(who, path, [&](OutputFile& file) { file.write(text.data(), text.size()); });
}

}  // namespace frost::detail
