#pragma once
#include <frost/autograd/error.hpp>
#include <frost/autograd/shape.hpp>

#include <fmt/format.h>

#include <string>

namespace frost::detail {

template <class E = ValueError, class... A>
[[noreturn, gnu::cold, gnu::noinline]] void fail(fmt::format_string<A...> format, A&&... args) {
  throw E(fmt::format(format, std::forward<A>(args)...));
}

/// Throws an E with a formatted text unless the condition holds.
template <class E = ValueError, class... A>
inline void expect(bool holds, fmt::format_string<A...> format, A&&... args) {
  if (!holds) [[unlikely]]
    fail<E, A...>(format, std::forward<A>(args)...);
}

}  // namespace frost::detail
