#include "progress.hpp"

#include "describe.hpp"
#include "expect.hpp"
#include "terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

namespace frost::models {

std::string value_text(double value) {
  if (std::isnan(value)) return "nan";
  const double size = std::abs(value);
  return size != 0 && (size < 1e-3 || size >= 1e6) ? fmt::format("{:.4e}", value) : fmt::format("{:.4f}", value);
}

namespace {

using detail::width;

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

std::vector<std::string> value_texts(const std::vector<std::string>& names, const std::vector<double>& values) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < values.size(); ++i)
    texts.push_back(fmt::format(" - {}: {}", names[i], value_text(values[i])));
  return texts;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += text;
  return all;
}

std::string bar_text(std::int64_t done, std::int64_t all, std::size_t width) {
  const auto cells = static_cast<std::int64_t>(width);
  const std::int64_t full = done * cells / std::max<std::int64_t>(all, 1);
  std::string bar(width, '.');
  for (std::int64_t i = 0; i < full; ++i) bar[static_cast<std::size_t>(i)] = '=';
  if (full > 0 && full < cells) bar[static_cast<std::size_t>(full - 1)] = '>';
  return fmt::format("{}/{} [{}]", done, all, bar);
}

constexpr std::size_t widest_bar = 30, narrowest_bar = 5;

// A full line of a terminal would wrap. Elsewhere there is room for anything.
std::size_t room_in(std::size_t columns) { return columns > 0 ? columns - 1 : std::string::npos; }

// The bar beside `others` characters.
std::string fitting_bar(std::int64_t done, std::int64_t all, std::size_t others, std::size_t room) {
  const std::size_t shortest = bar_text(done, all, 0).size() + others;
  return bar_text(done, all, room > shortest ? std::min(widest_bar, room - shortest) : 0);
}

// One line that is written over: the bar gives way first, then values, from the last on.
std::string line_under_way(std::int64_t done, std::int64_t all, const std::string& times,
                           std::vector<std::string> values, std::size_t columns) {
  const std::size_t room = room_in(columns), least = bar_text(done, all, narrowest_bar).size() + times.size();
  std::string more;
  while (!values.empty() && least + width(joined(values)) + width(more) > room) {
    values.pop_back();
    more = " …";
  }
  const std::string rest = times + joined(values) + more;
  return fitting_bar(done, all, width(rest), room) + rest;
}

// Nothing is left out at the end: values go on in further lines.
std::vector<std::string> last_lines(std::int64_t done, std::int64_t all, const std::string& times,
                                    const std::vector<std::string>& values, std::size_t columns) {
  const std::size_t room = room_in(columns);
  const bool is_one = bar_text(done, all, narrowest_bar).size() + times.size() + width(joined(values)) <= room;
  std::vector<std::string> lines = {fitting_bar(done, all, times.size() + (is_one ? width(joined(values)) : 0), room) +
                                    times};
  for (const std::string& value : values) {
    if (width(lines.back()) + width(value) > room) lines.emplace_back("   ");
    lines.back() += value;
  }
  return lines;
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
  const std::string times =
      fmt::format(" - ETA: {} - {}/step", time_text(step * static_cast<double>(batches_ - done)), time_text(step));
  std::string line = line_under_way(done, batches_, times, value_texts(names, means.values()), terminal_width());
  const std::size_t length = width(line);
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
  if (style_ == Style::bar) {
    std::vector<std::string> lines =
        last_lines(done_, batches_, " - " + times, value_texts(names, values), terminal_width());
    if (width(lines[0]) < shown_) lines[0].append(shown_ - width(lines[0]), ' ');
    std::cout << '\r';
    for (const std::string& line : lines) std::cout << line << '\n';
  } else {
    std::cout << fmt::format("{}{}{} - {}{}", heading_, heading_.empty() ? "" : " - ", counted(done_, "step"), times,
                             joined(value_texts(names, values)))
              << '\n';
  }
  std::cout << std::flush;
  shown_ = 0;
}

}  // namespace frost::models
