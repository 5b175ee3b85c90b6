#include "whole_file.hpp"

#include "expect.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace frost::models {

namespace {

[[noreturn]] void fail(const char* what, const std::string& path, const char* step) {
  throw FileError(fmt::format("{}: '{}' cannot be {}: {}", what, path, step, std::strerror(errno)));
}

// A file descriptor that is closed at the end.
class Descriptor {
 public:
  Descriptor(const char* path, int flags) : number_(::open(path, flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

void replace_file(const char* what, const std::string& path, const std::function<void(const std::string&)>& make) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, ::getpid());
  try {
    make(temporary);
    {
      const Descriptor file(temporary.c_str(), O_RDONLY);
      if (file.number() < 0 || ::fsync(file.number()) != 0) fail(what, path, "written");
    }
    if (std::rename(temporary.c_str(), path.c_str()) != 0) fail(what, path, "renamed");
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void write_whole(const char* what, const std::string& path, const std::string& text) {
  replace_file(what, path, [&](const std::string& temporary) {
    const Descriptor file(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC);
    if (file.number() < 0) fail(what, path, "opened");
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t written = ::write(file.number(), text.data() + done, text.size() - done);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) fail(what, path, "written");
      done += static_cast<std::size_t>(written);
    }
  });
}

}  // namespace frost::models
