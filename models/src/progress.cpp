#include "progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

namespace frost::models {

namespace {

constexpr double between_writes = 0.1;  // seconds

std::string time_text(double seconds) {
  if (seconds >= 3600)
    return fmt::format("{:.0f}:{:02.0f}h", std::floor(seconds / 3600), std::floor(std::fmod(seconds, 3600) / 60));
  if (seconds >= 60)
    return fmt::format("{:.0f}:{:02.0f}", std::floor(seconds / 60), std::floor(std::fmod(seconds, 60)));
  if (seconds >= 1) return fmt::format("{:.1f}s", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.0f}ms", seconds * 1e3);
  return fmt::format("{:.0f}us", seconds * 1e6);
}

std::string values_text(const std::vector<std::string>& names, const std::vector<double>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double size = std::abs(values[i]);
    text += size != 0 && (size < 1e-3 || size >= 1e6) ? fmt::format(" - {}: {:.4e}", names[i], values[i])
                                                      : fmt::format(" - {}: {:.4f}", names[i], values[i]);
  }
  return text;
}

std::string bar_text(std::int64_t done, std::int64_t all) {
  constexpr std::int64_t width = 30;
  const std::int64_t full = done * width / std::max<std::int64_t>(all, 1);
  std::string bar(static_cast<std::size_t>(width), '.');
  for (std::int64_t i = 0; i < full; ++i) bar[static_cast<std::size_t>(i)] = '=';
  if (full > 0 && full < width) bar[static_cast<std::size_t>(full - 1)] = '>';
  return fmt::format("{}/{} [{}]", done, all, bar);
}

}  // namespace

Progress::Progress(int verbose, std::int64_t batches)
    : style_(verbose == 0                                 ? Style::silent
             : verbose == 1 && isatty(STDOUT_FILENO) == 1 ? Style::bar
                                                          : Style::lines),
      batches_(batches),
      start_(Clock::now()) {}

void Progress::begin(int epoch, int epochs) {
  start_ = Clock::now();
  last_ = -1;
  shown_ = 0;
  done_ = 0;
  if (style_ == Style::silent) return;
  heading_ = epochs > 0 ? fmt::format("Epoch {}/{}", epoch + 1, epochs) : "";
  if (style_ == Style::bar && !heading_.empty()) std::cout << heading_ << '\n';
}

void Progress::batch(std::int64_t done, const std::vector<std::string>& names, const Means& means) {
  done_ = done;
  if (style_ != Style::bar) return;
  const double now = seconds();
  if (last_ >= 0 && now - last_ < between_writes) return;
  last_ = now;
  const double step = now / static_cast<double>(done);
  std::string line = fmt::format("{} - ETA: {} - {}/step{}", bar_text(done, batches_),
                                 time_text(step * static_cast<double>(batches_ - done)), time_text(step),
                                 values_text(names, means.values()));
  const std::size_t length = line.size();
  if (length < shown_) line.append(shown_ - length, ' ');
  shown_ = length;
  std::cout << '\r' << line << std::flush;
}

void Progress::note(const std::string& line) {
  if (style_ == Style::silent) return;
  std::cout << (shown_ > 0 ? "\n" : "") << line << '\n' << std::flush;
  shown_ = 0;
}

void Progress::end(const std::vector<std::string>& names, const std::vector<double>& values) {
  if (style_ == Style::silent) return;
  const double all = seconds();
  const std::string times =
      fmt::format("{} {}/step", time_text(all), time_text(all / static_cast<double>(std::max<std::int64_t>(done_, 1))));
  std::string line;
  if (style_ == Style::bar) {
    line = fmt::format("{} - {}{}", bar_text(done_, batches_), times, values_text(names, values));
    if (line.size() < shown_) line.append(shown_ - line.size(), ' ');
    line.insert(0, 1, '\r');
  } else {
    line = fmt::format("{}{}{} steps - {}{}", heading_, heading_.empty() ? "" : " - ", done_, times,
                       values_text(names, values));
  }
  std::cout << line << '\n' << std::flush;
  shown_ = 0;
}

}  // namespace frost::models
