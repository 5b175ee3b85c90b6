#include "record.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

namespace pairs {

namespace {

constexpr double tolerance = 1e-10;
constexpr double blown_up = 1e6;  // a training that diverges makes rounding as large as anything

bool is_same(double a, double b) {
  if (a == b) return true;  // infinite, too
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::abs(a - b) <= tolerance * (1 + std::max(std::abs(a), std::abs(b)));
}

}  // namespace

std::string difference(const Record& plain, const Record& clever) {
  std::ostringstream out;
  out << std::setprecision(12);
  const std::size_t count = std::min(plain.entries.size(), clever.entries.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Entry &expected = plain.entries[i], &found = clever.entries[i];
    if (expected.what != found.what) return "expected " + expected.what + ", got " + found.what;
    if (expected.values.size() != found.values.size()) {
      out << expected.what << ": expected " << expected.values.size() << " values, got " << found.values.size();
      return out.str();
    }
    for (std::size_t k = 0; k < expected.values.size(); ++k) {
      if (std::abs(expected.values[k]) > blown_up) return {};
      if (!is_same(expected.values[k], found.values[k])) {
        out << expected.what << '[' << k << "]: expected " << expected.values[k] << ", got " << found.values[k];
        return out.str();
      }
    }
  }
  if (plain.entries.size() == clever.entries.size() || clever.refused) return {};
  const bool is_short = clever.entries.size() < plain.entries.size();
  return (is_short ? "the clever run ends before " : "the clever run goes on to ") +
         (is_short ? plain : clever).entries[count].what;
}

}  // namespace pairs
