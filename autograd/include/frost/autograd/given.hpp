#pragma once
#include <frost/export.hpp>

#include <type_traits>

namespace frost::detail {

/// Throws: ValueError, in the name of `what`.
[[noreturn]] FROST_API void fail_without_function(const char* what);

/// A function that a user gives, as it is. Throws: ValueError, in the name of `what`, when it is an empty
/// std::function or a null pointer.
template <class F>
const F& given_function(const char* what, const F& function) {
  if constexpr (std::is_pointer_v<F>) {
    if (function == nullptr) fail_without_function(what);
  } else if constexpr (requires { function.operator bool(); }) {
    if (!function.operator bool()) fail_without_function(what);
  }
  return function;
}

}  // namespace frost::detail
