#pragma once
#include <frost/autograd/scalar.hpp>
#include <frost/autograd/tensor.hpp>

#include <functional>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <utility>

namespace frost {

/// Nested braces of numbers: `{{1, 2}, {3, 4}}`. Only to be written where a tensor is made.
class Literal {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> Literal(T v) : scalar_(v), is_boolean_(std::is_same_v<T, bool>) {}
  Literal(std::initializer_list<Literal> entries) : scalar_(0), entries_(entries), is_list_(true) {}

  const Scalar& scalar() const { return scalar_; }
  std::initializer_list<Literal> entries() const { return entries_; }
  bool is_list() const { return is_list_; }
  bool is_boolean() const { return is_boolean_; }

 private:
  Scalar scalar_;
  std::initializer_list<Literal> entries_;
  bool is_list_ = false;
  bool is_boolean_ = false;
};

struct TensorOptions {
  RequestedDType dtype = {};
  bool requires_grad = false;
};

// Integers are exact in int64. Throws: ValueError for a number that the dtype has no place for: NaN or 1e30 in int64,
// 1e300 in float32.

/// A tensor from nested braces, `tensor({{1., 2.}, {3., 4.}})`. Its dtype, unless one is asked for: int64 of integers,
/// bool of booleans, and the default one if any number is written with a point. Throws: ShapeError when the rows have
/// different lengths, ValueError for integers with `requires_grad`.
FROST_API Tensor tensor(Literal values);
FROST_API Tensor tensor(Literal values, DType dtype);
FROST_API Tensor tensor(Literal values, const TensorOptions& options);

FROST_API Tensor zeros(const Shape& shape, const TensorOptions& options = {});
FROST_API Tensor ones(const Shape& shape, const TensorOptions& options = {});
FROST_API Tensor full(const Shape& shape, Scalar value, const TensorOptions& options = {});
/// With one axis of that size: zeros(3) is zeros({3}), and zeros({}) a scalar.
template <std::integral I>
requires(!std::same_as<I, bool>) Tensor zeros(I size, const TensorOptions& options = {}) {
  return zeros(Shape{size}, options);
}
template <std::integral I>
requires(!std::same_as<I, bool>) Tensor ones(I size, const TensorOptions& options = {}) {
  return ones(Shape{size}, options);
}
template <std::integral I>
requires(!std::same_as<I, bool>) Tensor full(I size, Scalar value, const TensorOptions& options = {}) {
  return full(Shape{size}, value, options);
}
/// Of the shape and dtype of `like`, not recorded.
FROST_API Tensor zeros_like(const Tensor& like);
FROST_API Tensor ones_like(const Tensor& like);
FROST_API Tensor full_like(const Tensor& like, Scalar value);
/// start, start + step, … before stop; int64 when all three are integers, else of the default dtype.
/// Throws: ValueError when step is 0 or a value is out of the dtype's range.
FROST_API Tensor arange(Scalar start, Scalar stop, Scalar step = 1);
FROST_API Tensor arange(Scalar start, Scalar stop, Scalar step, const TensorOptions& options);
/// 0, 1, … before stop.
FROST_API Tensor arange(Scalar stop);
/// The identity matrix.
FROST_API Tensor eye(std::int64_t n, const TensorOptions& options = {});
/// `count` equally spaced values from start to stop, both included.
FROST_API Tensor linspace(double start, double stop, std::int64_t count, const TensorOptions& options = {});

/// Independent standard normal values.
FROST_API Tensor randn(const Shape& shape, const TensorOptions& options = {});
template <std::integral I>
requires(!std::same_as<I, bool>) Tensor randn(I size, const TensorOptions& options = {}) {
  return randn(Shape{size}, options);
}
/// Independent values, uniform in [low, high).
FROST_API Tensor uniform(const Shape& shape, double low = 0, double high = 1, const TensorOptions& options = {});
template <std::integral I>
requires(!std::same_as<I, bool>) Tensor
    uniform(I size, double low = 0, double high = 1, const TensorOptions& options = {}) {
  return uniform(Shape{size}, low, high, options);
}
/// Independent int64 values, uniform in low, …, high − 1. Throws: ValueError unless low < high.
FROST_API Tensor randint(Scalar low, Scalar high, const Shape& shape);
/// 0, …, n − 1 in random order, int64.
FROST_API Tensor permutation(std::int64_t n);

namespace detail {
/// A copy of `count` values. One −1 in the shape is inferred.
FROST_API Tensor copied_from(const void* values, std::size_t count, DType dtype, const Shape& shape);
FROST_API Tensor copied_from(std::span<const std::uint64_t> values, const Shape& shape);
/// A leaf over the caller's memory, in whose keeping `release` is.
FROST_API Tensor borrowed_from(const void* values, const Shape& shape, DType dtype, std::function<void()> release);
}  // namespace detail

/// A tensor of the element type of a vector, span or array, that copies its values; of any other integer type int64.
/// One −1 in the shape is inferred. Throws: ShapeError when the sizes disagree, ValueError for a value beyond int64.
template <class Values>
requires requires(const Values& values) { std::span(values); }
Tensor from_vector(const Values& values, const Shape& shape = {-1}) {
  const std::span all(values);
  using T = std::remove_cv_t<typename decltype(all)::element_type>;
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool> && sizeof(T) == 8 && std::is_unsigned_v<T>) {
    return detail::copied_from({reinterpret_cast<const std::uint64_t*>(all.data()), all.size()}, shape);
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, std::int64_t>) {
    const std::vector<std::int64_t> wide(all.begin(), all.end());
    return detail::copied_from(wide.data(), wide.size(), DType::int64, shape);
  } else {
    return detail::copied_from(all.data(), all.size(), dtype_of<T>::value, shape);
  }
}
FROST_API Tensor from_vector(const std::vector<bool>& values, const Shape& shape = {-1});

/// A tensor over memory of the caller's, row-major, which Frost never writes: what writes the tensor copies first. The
/// memory must stay until `deleter`, called with the pointer when the last tensor or node that needs it is gone;
/// without one, until then. Throws: ShapeError, ValueError for a shape that no memory holds or a null pointer; then
/// nothing is deleted.
template <class T>
Tensor from_blob(T* values, const Shape& shape, std::type_identity_t<std::function<void(T*)>> deleter = nullptr) {
  std::function<void()> release;
  if (deleter) release = [values, deleter = std::move(deleter)] { deleter(values); };
  return detail::borrowed_from(values, shape, dtype_of<std::remove_cv_t<T>>::value, std::move(release));
}

}  // namespace frost
