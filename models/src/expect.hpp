#pragma once
#include <frost/autograd/error.hpp>
#include <frost/autograd/tensor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <string>
#include <vector>

namespace frost::models {

/// Throws an E with a formatted text unless the condition holds.
template <class E = ValueError, class... A>
inline void expect(bool holds, fmt::format_string<A...> format, A&&... args) {
  if (!holds) [[unlikely]]
    throw E(fmt::format(format, std::forward<A>(args)...));
}

/// "1 row", "2 rows".
template <std::integral I>
std::string counted(I number, const char* what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

/// Adds a name; where the list has it, with a number behind it: mae, mae_1.
inline void add_unique(std::vector<std::string>& names, const std::string& name) {
  const auto has = [&](const std::string& n) { return std::find(names.begin(), names.end(), n) != names.end(); };
  std::string unique = name;
  for (int i = 1; has(unique); ++i) unique = fmt::format("{}_{}", name, i);
  names.push_back(unique);
}

}  // namespace frost::models
