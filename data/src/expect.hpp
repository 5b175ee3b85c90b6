#pragma once
#include <frost/autograd/error.hpp>
#include <frost/autograd/tensor.hpp>

#include <fmt/format.h>

namespace frost::data {

/// Throws an E with a formatted text unless the condition holds.
template <class E = ValueError, class... A>
inline void expect(bool holds, fmt::format_string<A...> format, A&&... args) {
  if (!holds) [[unlikely]]
    throw E(fmt::format(format, std::forward<A>(args)...));
}

/// The number of rows that x and y both have. Throws: ShapeError, in the name of `what`.
std::int64_t expect_rows(const char* what, const Tensor& x, const Tensor& y);

}  // namespace frost::data
