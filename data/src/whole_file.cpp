#include <frost/internal/whole_file.hpp>

#include <frost/autograd/error.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace frost::detail {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t largest_call = std::size_t{1} << 30;  // Linux moves at most 2 GB a call
constexpr int most_links = 40;                              // as Linux follows
constexpr int most_names = 1000;

constexpr std::string_view temporary_start = ".frost-", temporary_end = ".tmp";

[[noreturn]] void fail(const std::string& who, const char* step) {
  throw FileError(fmt::format("{} cannot be {}; got '{}'", who, step, std::strerror(errno)));
}

// Where a symbolic link leads, so that the link is kept; to a file that is yet to be made, too.
fs::path target_of(const std::string& who, fs::path path) {
  std::error_code error;
  for (int links = 0; fs::is_symlink(path, error); ++links) {
    if (links == most_links) {
      errno = ELOOP;
      fail(who, "written");
    }
    path = path.parent_path() / fs::read_symlink(path, error);  // an absolute path stays
  }
  return path;
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : "."; }

void sync_folder(const fs::path& folder) {
  const Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file) ::fsync(file.get());  // some file systems cannot; the file itself is synced
}

std::string temporary_name(int number) {
  return fmt::format("{}{}-{}{}", temporary_start, ::getpid(), number, temporary_end);
}

void sweep(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(temporary_start) && name.ends_with(temporary_end))
      remove_abandoned(at->path().string(), [] { return false; });
  }
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

void OutputFile::seek(std::uint64_t position) {
  if (::lseek(descriptor_, static_cast<off_t>(position), SEEK_SET) < 0) fail(who_, "written");
}

NewFile::NewFile(const std::string& who, const std::function<std::string(int)>& name, unsigned mode)
    : who_(who), file_(open(name, mode)), out_(who, file_.get()) {}

Descriptor NewFile::open(const std::function<std::string(int)>& name, unsigned mode) {
  for (int i = 0; i < most_names; ++i) {
    name_ = name(i);
    Descriptor file(::open(name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode)));
    if (!file && errno != EEXIST) fail(who_, "written");
    if (!file) continue;
    // Before it was locked, another may have taken it for abandoned. File systems without locks have no sweepers.
    struct stat status;
    const bool is_taken = ::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!is_taken && ::fstat(file.get(), &status) == 0 && status.st_nlink > 0) return file;
  }
  errno = EEXIST;
  fail(who_, "written");
}

NewFile::~NewFile() {
  if (!is_kept_) ::unlink(name_.c_str());
}

void NewFile::sync() const {
  if (::fsync(file_.get()) != 0) fail(who_, "synced");
}

unsigned mode_of(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 ? (status.st_mode & 0777) | 0600 : 0666;
}

void remove_abandoned(const std::string& path, const std::function<bool()>& is_needed) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return;
  // What is locked here must be what stands there: its writer may have renamed it and made another.
  struct stat opened, named;
  const bool is_same = ::fstat(file.get(), &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
                       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
  if (is_same && S_ISREG(opened.st_mode) && !is_needed()) ::unlink(path.c_str());
}

void replace_file(const std::string& who, const std::string& path, const std::function<void(OutputFile&)>& write) {
  expect_replaceable(who, path);
  const fs::path target = target_of(who, path), folder = folder_of(target);
  struct stat before;
  const bool is_there = ::stat(target.c_str(), &before) == 0;
  sweep(folder);
  NewFile file(
      who, [&](int i) { return (folder / temporary_name(i)).string(); }, mode_of(target.string()));
  write(file.out());
  if (is_there) {
    // Whose it is stays where the system allows it; rights beyond the usual ones are not for another owner.
    const bool is_given = ::fchown(file.out().descriptor(), before.st_uid, before.st_gid) == 0;
    ::fchmod(file.out().descriptor(), before.st_mode & (is_given ? 07777 : 0777));
  }
  file.sync();
  if (std::rename(file.name().c_str(), target.c_str()) != 0) fail(who, "replaced");
  file.keep();
  sync_folder(folder);
}

void write_whole(const std::string& who, const std::string& path, const std::string& text) {
  replace_file(who, path, [&](OutputFile& file) { file.write(text); });
}

}  // namespace frost::detail
