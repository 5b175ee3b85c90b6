#pragma once
#include <frost/export.hpp>

#include <cstddef>
#include <cstdint>
#include <iosfwd>

namespace frost {

/// The types of a tensor's elements.
enum class DType : std::uint8_t { float32, float64, int64, boolean };

/// "float32", "float64", "int64" or "bool".
FROST_API const char* name_of(DType dtype);

FROST_API std::ostream& operator<<(std::ostream& out, DType dtype);

/// The size of one element in bytes: 4, 8, 8 or 1.
constexpr std::size_t size_of(DType dtype) { return dtype == DType::float32 ? 4 : dtype == DType::boolean ? 1 : 8; }

constexpr bool is_floating(DType dtype) { return dtype == DType::float32 || dtype == DType::float64; }

/// The DType of a C++ type: float, double, std::int64_t (and long long) or bool.
template <class T>
struct dtype_of;
template <>
struct dtype_of<float> {
  static constexpr DType value = DType::float32;
};
template <>
struct dtype_of<double> {
  static constexpr DType value = DType::float64;
};
template <>
struct dtype_of<std::int64_t> {
  static constexpr DType value = DType::int64;
};
template <>
struct dtype_of<bool> {
  static constexpr DType value = DType::boolean;
};

/// The dtype of new tensors and weights; float32 at first. One setting for the process.
FROST_API DType default_dtype();

/// A dtype that may be left out: then it is the default one.
class RequestedDType {
 public:
  RequestedDType() : dtype_(default_dtype()) {}
  constexpr RequestedDType(DType dtype) : dtype_(dtype), is_given_(true) {}
  constexpr operator DType() const { return dtype_; }
  constexpr bool is_given() const { return is_given_; }

 private:
  DType dtype_;
  bool is_given_ = false;
};

/// Sets the dtype of new tensors and weights. Throws: ValueError unless it is float32 or float64.
FROST_API void set_default_dtype(DType dtype);

}  // namespace frost
