#include <frost/models/history.hpp>

#include "expect.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace frost {

using models::expect;

namespace {

template <class Values>
std::string names_of(const Values& values) {
  std::string names;
  for (const auto& entry : values) names += (names.empty() ? "'" : ", '") + entry.first + "'";
  return names.empty() ? "nothing" : names;
}

// All of it under a temporary name, on the disk before it takes the place of the old file.
void write_whole(const std::string& path, const std::string& text) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, ::getpid());
  const auto failed = [&](const char* what) {
    const std::string reason = std::strerror(errno);
    ::unlink(temporary.c_str());
    throw FileError(fmt::format("save_csv: '{}' cannot be {}: {}", path, what, reason));
  };
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) failed("opened");
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = ::write(file, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      ::close(file);
      failed("written");
    }
    done += static_cast<std::size_t>(written);
  }
  const bool synced = ::fsync(file) == 0;
  if (::close(file) != 0 || !synced) failed("written");
  if (std::rename(temporary.c_str(), path.c_str()) != 0) failed("renamed");
}

}  // namespace

double Evaluation::operator[](const std::string& name) const {
  const auto found = values_.find(name);
  expect(found != values_.end(), "evaluation: nothing is called '{}'; expected one of {}", name, names_of(values_));
  return found->second;
}

const std::vector<double>& History::operator[](const std::string& name) const {
  const auto found = values_.find(name);
  expect(found != values_.end(), "history: nothing is called '{}'; expected one of {}", name, names_of(values_));
  return found->second;
}

void History::add(const Logs& logs) {
  for (const auto& [name, value] : logs) values_[name].push_back(value);
}

void History::save_csv(const std::string& path) const {
  std::string text = "epoch";
  for (const auto& entry : values_) text += "," + entry.first;
  text += "\n";
  for (std::size_t epoch = 0; epoch < epochs(); ++epoch) {
    text += std::to_string(epoch);
    for (const auto& entry : values_) text += fmt::format(",{}", entry.second[epoch]);
    text += "\n";
  }
  write_whole(path, text);
}

}  // namespace frost
