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

/// A text that came as a pointer. Throws: ValueError for a null pointer, in the name of `what`.
inline const char* given(const char* what, const char* text) {
  expect(text != nullptr, "{}: the name is absent; got a null pointer; expected a text", what);
  return text;
}

}  // namespace frost::detail
