#pragma once
#include <frost/autograd/error.hpp>

#include <fmt/format.h>

#include <string>
#include <utility>

namespace frost::io {

/// Throws a FileError whose text begins with the file's name.
template <class... A>
[[noreturn]] void fail(const std::string& path, fmt::format_string<A...> format, A&&... args) {
  throw FileError(path + ": " + fmt::format(format, std::forward<A>(args)...));
}

}  // namespace frost::io
