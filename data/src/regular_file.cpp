#include <frost/internal/regular_file.hpp>

#include <frost/autograd/error.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace frost::detail {

namespace {

const char* kind_of(mode_t mode) {
  return S_ISDIR(mode) ? "a folder" : S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : "a device";
}

void expect_regular(const std::string& who, mode_t mode) {
  if (!S_ISREG(mode))
    throw FileError(fmt::format("{} is not a regular file; got {}; expected one", who, kind_of(mode)));
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

int Descriptor::release() {
  const int number = number_;
  number_ = -1;
  return number;
}

void expect_no_zero_byte(const std::string& who, const std::string& path) {
  if (path.find('\0') == std::string::npos) return;
  std::string shown;  // the text of an error ends at such a byte
  for (const char c : who) c == '\0' ? shown.append("\\0") : shown.append(1, c);
  throw FileError(fmt::format("{} has a zero byte in its name; expected none", shown));
}

Descriptor open_regular(const std::string& who, const std::string& path) {
  expect_no_zero_byte(who, path);
  struct stat status;
  // Before it is opened: opening a device may already act on it.
  if (::stat(path.c_str(), &status) == 0) expect_regular(who, status.st_mode);
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file || ::fstat(file.get(), &status) != 0)
    throw FileError(fmt::format("{} cannot be opened; got '{}'; expected a readable file", who, std::strerror(errno)));
  expect_regular(who, status.st_mode);
  return file;
}

void expect_replaceable(const std::string& who, const std::string& path) {
  expect_no_zero_byte(who, path);
  struct stat status;
  if (::stat(path.c_str(), &status) == 0) expect_regular(who, status.st_mode);
}

}  // namespace frost::detail
