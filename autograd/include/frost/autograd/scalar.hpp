#pragma once
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace frost {

/// A C++ number as it was written: an integer stays exact, whatever it is put beside.
class Scalar {
 public:
  template <class T>
  requires std::is_convertible_v<T, double> Scalar(T v) {
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
      if (fits(v)) {
        integer_ = static_cast<std::int64_t>(v);
        is_integer_ = true;
        return;
      }
    }
    floating_ = static_cast<double>(v);
  }
  double value() const { return is_integer_ ? static_cast<double>(integer_) : floating_; }
  bool is_integer() const { return is_integer_; }
  /// The exact value of an integer.
  std::int64_t integer() const { return integer_; }

 private:
  template <class T>
  static constexpr bool fits(T v) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool> && std::is_unsigned_v<T>)
      return v <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    else
      return true;
  }

  union {
    std::int64_t integer_ = 0;
    double floating_;
  };
  bool is_integer_ = false;
};

}  // namespace frost
