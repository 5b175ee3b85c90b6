#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace frost::models {

std::size_t terminal_width() {
  if (isatty(STDOUT_FILENO) != 1) return 0;
  constexpr std::size_t usual = 80;
  if (const char* text = std::getenv("COLUMNS")) {
    std::size_t columns = 0;
    const auto [end, error] = std::from_chars(text, text + std::strlen(text), columns);
    if (error == std::errc() && *end == '\0' && columns > 0) return columns;
  }
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual;
  return size.ws_col;
}

std::size_t terminal_width(const std::ostream& out) { return &out == &std::cout ? terminal_width() : 0; }

}  // namespace frost::models
