#pragma once
#include <frost/autograd/error.hpp>
#include <frost/autograd/tensor.hpp>

#include <fmt/format.h>

#include <concepts>
#include <string>

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

}  // namespace frost::models
