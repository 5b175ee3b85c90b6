#pragma once
#include <frost/export.hpp>

#include <stdexcept>

namespace frost {

/// The base of every error that a user can cause. The text says what was wrong, what came, and what was expected.
class FROST_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Shapes or axes that do not fit.
class FROST_API ShapeError : public Error {
 public:
  using Error::Error;
};

/// A value, dtype, name or option that is not allowed.
class FROST_API ValueError : public Error {
 public:
  using Error::Error;
};

/// A misuse of the tape: nothing to differentiate, a graph that is gone, a saved value that was changed.
class FROST_API GraphError : public Error {
 public:
  using Error::Error;
};

/// A file that is missing, unreadable, truncated or malformed.
class FROST_API FileError : public Error {
 public:
  using Error::Error;
};

}  // namespace frost
