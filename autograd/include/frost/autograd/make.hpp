#pragma once
#include <frost/autograd/scalar.hpp>
#include <frost/autograd/tensor.hpp>

#include <initializer_list>

namespace frost {

/// Nested braces of numbers: `{{1, 2}, {3, 4}}`. Only to be written where a tensor is made.
class Literal {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> Literal(T v) : scalar_(v) {}
  Literal(std::initializer_list<Literal> entries) : scalar_(0), entries_(entries), is_list_(true) {}

  const Scalar& scalar() const { return scalar_; }
  std::initializer_list<Literal> entries() const { return entries_; }
  bool is_list() const { return is_list_; }

 private:
  Scalar scalar_;
  std::initializer_list<Literal> entries_;
  bool is_list_ = false;
};

struct TensorOptions {
  DType dtype = default_dtype();
  bool requires_grad = false;
};

// Integers are exact in int64. Throws: ValueError for a number that the dtype has no place for: NaN or 1e30 in int64,
// 1e300 in float32.

/// A tensor from nested braces, `tensor({{1., 2.}, {3., 4.}})`. Throws: ShapeError when the rows have different
/// lengths.
FROST_API Tensor tensor(Literal values, DType dtype = default_dtype());
FROST_API Tensor tensor(Literal values, const TensorOptions& options);

FROST_API Tensor zeros(const Shape& shape, const TensorOptions& options = {});
FROST_API Tensor ones(const Shape& shape, const TensorOptions& options = {});
FROST_API Tensor full(const Shape& shape, Scalar value, const TensorOptions& options = {});
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
/// Independent values, uniform in [low, high).
FROST_API Tensor uniform(const Shape& shape, double low = 0, double high = 1, const TensorOptions& options = {});
/// Independent int64 values, uniform in low, …, high − 1. Throws: ValueError unless low < high.
FROST_API Tensor randint(Scalar low, Scalar high, const Shape& shape);
/// 0, …, n − 1 in random order, int64.
FROST_API Tensor permutation(std::int64_t n);

/// A tensor of the vector's element type that copies its values. Throws: ShapeError when the sizes disagree.
FROST_API Tensor from_vector(const std::vector<float>& values, const Shape& shape);
FROST_API Tensor from_vector(const std::vector<double>& values, const Shape& shape);
FROST_API Tensor from_vector(const std::vector<std::int64_t>& values, const Shape& shape);
FROST_API Tensor from_vector(const std::vector<bool>& values, const Shape& shape);
FROST_API Tensor from_vector(const std::vector<std::uint64_t>& values, const Shape& shape);
/// int64 from any other integer type. Throws: ValueError for a value beyond int64.
template <std::integral I>
requires(!std::same_as<I, std::int64_t> && !std::same_as<I, bool>) Tensor
    from_vector(const std::vector<I>& values, const Shape& shape) {
  using Wide = std::conditional_t<sizeof(I) == 8 && std::is_unsigned_v<I>, std::uint64_t, std::int64_t>;
  return from_vector(std::vector<Wide>(values.begin(), values.end()), shape);
}

}  // namespace frost
