#pragma once
// What a page's program needs: it catches what blocks print and compares it with what the page says.

#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace page {

inline std::ostringstream printed;
inline int failures = 0;

inline void begin() { printed.str(""); }

/// Whether a line matches a pattern in which … stands for any text.
inline bool matches(const std::string& line, const std::string& pattern) {
  static const std::string any = "…";
  std::size_t at = 0, from = 0;
  for (bool is_first = true;; is_first = false) {
    const std::size_t stop = pattern.find(any, from);
    const std::string part = pattern.substr(from, stop - from);
    if (stop == std::string::npos) {  // the last part stands at the end
      if (is_first) return line == part;
      return line.size() >= at + part.size() && line.compare(line.size() - part.size(), part.size(), part) == 0;
    }
    const std::size_t found = line.find(part, at);
    if (found == std::string::npos || (is_first && found != 0)) return false;
    at = found + part.size();
    from = stop + any.size();
  }
}

inline std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line); all.push_back(line)) line.erase(line.find_last_not_of(" \r") + 1);
  while (!all.empty() && all.back().empty()) all.pop_back();
  return all;
}

/// Notes a failure unless the block printed this.
inline void expect(int line, const std::string& text) {
  const std::vector<std::string> got = lines(printed.str()), expected = lines(text);
  bool same = got.size() == expected.size();
  for (std::size_t i = 0; same && i < got.size(); ++i) same = matches(got[i], expected[i]);
  if (same) return;
  ++failures;
  std::cerr << "line " << line << ": the output differs; got\n" << printed.str() << "expected\n" << text;
}

template <class Sections>
int run(const Sections& sections) {
  std::streambuf* const before = std::cout.rdbuf(printed.rdbuf());
  try {
    sections();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    ++failures;
  }
  std::cout.rdbuf(before);
  return failures == 0 ? 0 : 1;
}

}  // namespace page
