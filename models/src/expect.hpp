#pragma once
#include <frost/autograd/error.hpp>
#include <frost/autograd/tensor.hpp>

#include <fmt/format.h>

namespace frost::models {

/// Throws an E with a formatted text unless the condition holds.
template <class E = ValueError, class... A>
inline void expect(bool holds, fmt::format_string<A...> format, A&&... args) {
  if (!holds) [[unlikely]]
    throw E(fmt::format(format, std::forward<A>(args)...));
}

}  // namespace frost::models
