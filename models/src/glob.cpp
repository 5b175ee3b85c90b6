#include "glob.hpp"

#include <vector>

namespace frost::models {

namespace {

// The place behind a set in brackets, 0 where there is none. The first character of a set may be a bracket.
std::size_t end_of_set(const std::string& p, std::size_t i) {
  if (p[i] != '[') return 0;
  const std::size_t close = p.find(']', i + 2);
  return close == std::string::npos ? 0 : close + 1;
}

// Whether a character is in the set that begins at `i` and ends before `end`.
bool in_set(const std::string& p, std::size_t i, std::size_t end, char c) {
  const bool negated = p[i + 1] == '!' || p[i + 1] == '^';
  const std::size_t close = end - 1;
  bool found = false;
  for (std::size_t k = i + 1 + (negated ? 1 : 0); k < close; ++k) {
    if (k + 2 < close && p[k + 1] == '-') {
      found |= p[k] <= c && c <= p[k + 2];
      k += 2;
    } else {
      found |= p[k] == c;
    }
  }
  return found != negated && c != '/';
}

}  // namespace

bool matches_glob(const std::string& p, const std::string& path) {
  const std::size_t n = path.size();
  std::vector<bool> at(n + 1);  // whether the pattern so far matches so many characters
  at[0] = true;
  for (std::size_t i = 0; i < p.size();) {
    std::vector<bool> next(n + 1);
    if (p.compare(i, 2, "**") == 0) {
      const bool names = p.compare(i, 3, "**/") == 0 && (i == 0 || p[i - 1] == '/');
      bool reached = false;
      for (std::size_t k = 0; k <= n; ++k) {
        next[k] = at[k] || (reached && (!names || path[k - 1] == '/'));
        reached = reached || at[k];
      }
      i += names ? 3 : 2;
    } else if (p[i] == '*') {
      for (std::size_t k = 0; k <= n; ++k) next[k] = at[k] || (k > 0 && next[k - 1] && path[k - 1] != '/');
      ++i;
    } else {
      const std::size_t end = end_of_set(p, i);
      for (std::size_t k = 1; k <= n; ++k) {
        const char c = path[k - 1];
        const bool is_one = end ? in_set(p, i, end, c) : p[i] == c || (p[i] == '?' && c != '/');
        next[k] = at[k - 1] && is_one;
      }
      i = end ? end : i + 1;
    }
    at = std::move(next);
  }
  return at[n];
}

std::string across_levels(const std::string& pattern) {
  std::string deep;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    deep += pattern[i];
    if (pattern[i] != '*') continue;
    deep += '*';
    if (i + 1 < pattern.size() && pattern[i + 1] == '*') ++i;
  }
  return deep;
}

}  // namespace frost::models
