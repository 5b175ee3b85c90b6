#pragma once
#include <frost/autograd/counted.hpp>
#include <frost/autograd/dtype.hpp>
#include <frost/autograd/scalar.hpp>
#include <frost/autograd/shape.hpp>
#include <frost/export.hpp>

#include <initializer_list>
#include <iosfwd>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace frost {

namespace detail {
struct Access;
FROST_API void destroy_tensor(Counted* tensor) noexcept;
}  // namespace detail

class Index;
class Tensor;
struct BackwardOptions;
using Tensors = std::vector<Tensor>;

/// A handle to an immutable, contiguous, row-major array and to its place on the tape.
///
/// Copying a Tensor copies the handle: both show the same values and gradient. Only a *leaf* (a tensor that no recorded
/// operation produced) can be written, through `assign` or `mutable_data`. A leaf that requires a gradient is
/// recorded by the operations that use it; one that does not is frozen and costs nothing.
class FROST_API Tensor {
 public:
  /// An absent tensor: no shape, no values.
  Tensor() = default;
  Tensor(const Tensor& other) : impl_(other.impl_) {
    if (impl_) impl_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  Tensor(Tensor&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}
  // A handle is assigned to by name: x[0] = y would change what is gone at once. See assign_at.
  Tensor& operator=(const Tensor& other) & { return *this = Tensor(other); }
  Tensor& operator=(Tensor&& other) & noexcept {
    std::swap(impl_, other.impl_);
    return *this;
  }
  ~Tensor() {
    if (impl_ && impl_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) detail::destroy_tensor(impl_);
  }

  /// Whether there is a tensor at all.
  bool present() const { return impl_ != nullptr; }
  /// The value of a boolean tensor of one element: `if (loss < 0.1)`. Throws: ValueError for any other tensor and for
  /// an absent one; `any` and `all` make one element of many.
  explicit operator bool() const { return truth(); }
  /// Whether both are handles of the same tensor (not whether the values are equal: that is `equal`).
  bool is_same(const Tensor& other) const { return impl_ == other.impl_; }

  const Shape& shape() const&;
  Shape shape() && { return std::as_const(*this).shape_copy(); }
  std::int64_t size() const;
  int rank() const;
  DType dtype() const;

  /// The value of a one-element tensor, converted to T; a fraction is cut off for an integer. Throws: ShapeError if it
  /// has any other number of elements, ValueError for a value that T has no place for.
  template <class T>
  T item() const {
    static_assert(std::is_arithmetic_v<T>);
    if constexpr (std::is_same_v<T, float>)
      return item_float32();
    else if constexpr (std::is_floating_point_v<T>)
      return static_cast<T>(item_float());
    else if constexpr (std::is_same_v<T, bool>)
      return item_float() != 0;
    else
      return static_cast<T>(item_int(static_cast<std::int64_t>(std::numeric_limits<T>::min()),
                                     static_cast<std::uint64_t>(std::numeric_limits<T>::max())));
  }
  /// The values, contiguous and row-major. Throws: ValueError if T is not the tensor's type.
  template <class T>
  std::span<const T> data() const& {
    return {static_cast<const T*>(data_of(dtype_of<T>::value)), static_cast<std::size_t>(size())};
  }
  /// Not of a temporary: its values would be gone. Give the tensor a name, or copy them by `to_vector`.
  template <class T>
  std::span<const T> data() const&& = delete;
  /// A copy of the values. Throws: ValueError if T is not the tensor's type.
  template <class T>
  std::vector<T> to_vector() const {
    const std::span<const T> values = data<T>();
    return std::vector<T>(values.begin(), values.end());
  }
  /// The values of a leaf, for writing. As `assign`: a handle elsewhere that shows the same buffer keeps its values.
  template <class T>
  std::span<T> mutable_data() & {
    return {static_cast<T*>(mutable_data_of(dtype_of<T>::value)), static_cast<std::size_t>(size())};
  }
  template <class T>
  std::span<T> mutable_data() && = delete;

  /// Whether no recorded operation produced this tensor.
  bool is_leaf() const;
  /// Whether operations on this tensor are recorded: a trainable leaf, or computed from one.
  bool requires_grad() const;
  /// Freezes (false) or thaws (true) a leaf and returns it. Freezing drops its gradient.
  /// Throws: GraphError on a computed tensor, ValueError on a tensor that is not floating.
  Tensor set_requires_grad(bool requires_grad) const;
  /// The gradient that `backward` accumulated. Throws: GraphError if there is none.
  Tensor grad() const;
  bool has_grad() const;
  /// Takes the gradient away.
  void zero_grad() const;
  /// Puts a gradient in place of the accumulated one, for clipping and the like. It is not recorded.
  /// Throws: GraphError unless this is a leaf that requires a gradient; ShapeError, ValueError if it does not fit.
  void set_grad(const Tensor& gradient) const;
  /// Writes the values of a leaf, frozen or not. Throws: GraphError on a computed tensor, and on a part or another form
  /// of a tensor (x[0], x.reshape(…)), which would not write to that; ShapeError, ValueError when shape or dtype
  /// differ. A later backward pass that needs the overwritten values is an error.
  void assign(const Tensor& values) const;
  /// Writes a part of a leaf, as x[index] = values in NumPy: `x.assign_at({0, 1}, 7.)`, `x.assign_at(x < 0., 0.)`,
  /// `x.assign_at(rows, values)`. The values broadcast to the part's shape; of a row named twice the last one stays.
  /// Nothing is written unless all of it fits. Throws: as assign, and ShapeError for an index out of range.
  void assign_at(const Index& index, const Tensor& values) const;
  void assign_at(const Index& index, Scalar value) const;
  /// Writes what slice(axis, start, stop, step) shows. Throws: as assign_at.
  void assign_slice(std::int64_t axis, std::int64_t start, std::int64_t stop, const Tensor& values,
                    std::int64_t step = 1) const;
  void assign_slice(std::int64_t axis, std::int64_t start, std::int64_t stop, Scalar value,
                    std::int64_t step = 1) const;
  /// x = x + other, and so on: this handle shows the result from here on, and the tensor that it showed stays as it is.
  Tensor& operator+=(const Tensor& other) &;
  Tensor& operator+=(Scalar other) &;
  Tensor& operator-=(const Tensor& other) &;
  Tensor& operator-=(Scalar other) &;
  Tensor& operator*=(const Tensor& other) &;
  Tensor& operator*=(Scalar other) &;
  Tensor& operator/=(const Tensor& other) &;
  Tensor& operator/=(Scalar other) &;
  /// Accumulates d this / d leaf into every trainable leaf. Throws: ShapeError unless this has one element,
  /// GraphError if nothing was recorded or the graph is gone.
  void backward() const;
  void backward(const BackwardOptions& options) const;

  /// The same values, cut from the tape.
  Tensor detach() const;
  /// A copy with a buffer of its own, recorded as any operation; detach().clone() is a copy cut from the tape.
  Tensor clone() const;
  /// The values in another dtype. Floating to floating is differentiable.
  Tensor to(DType dtype) const;

  /// The i-th entry along the first axis; negative counts from the end. Throws: ShapeError when out of range.
  template <std::integral I>
  requires(!std::same_as<I, bool>) Tensor operator[](I index) const { return entry(static_cast<std::int64_t>(index)); }
  /// x[{i, j}] is the element or part at i of axis 0 and j of axis 1; x[mask] what boolean_mask gives, x[indices] the
  /// rows that take gives. Throws: ShapeError, ValueError for an index that does not fit.
  Tensor operator[](const Index& index) const;
  /// Entries start, start + step, … before stop along one axis, with NumPy's meaning of negative and large bounds.
  Tensor slice(std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step = 1) const;

  // The functions of the same names.
  Tensor reshape(const Shape& shape) const;
  Tensor flatten() const;  // to one axis
  Tensor transpose(const Axes& axes = {}) const;
  Tensor swapaxes(std::int64_t axis1, std::int64_t axis2) const;
  Tensor squeeze(std::int64_t axis) const;
  Tensor expand_dims(std::int64_t axis) const;
  Tensor broadcast_to(const Shape& shape) const;
  Tensor flip(const Axes& axes = {}) const;
  Tensor repeat(std::int64_t repeats, std::int64_t axis) const;
  Tensor take(const Tensor& indices, std::int64_t axis = 0) const;
  Tensor sum(const Axes& axes = {}, bool keepdims = false) const;
  Tensor mean(const Axes& axes = {}, bool keepdims = false) const;
  Tensor max(const Axes& axes = {}, bool keepdims = false) const;
  Tensor min(const Axes& axes = {}, bool keepdims = false) const;
  Tensor prod(const Axes& axes = {}, bool keepdims = false) const;
  Tensor var(const Axes& axes = {}, bool keepdims = false, std::int64_t ddof = 0) const;
  Tensor std(const Axes& axes = {}, bool keepdims = false, std::int64_t ddof = 0) const;
  Tensor norm(const Axes& axes = {}, bool keepdims = false) const;
  Tensor logsumexp(const Axes& axes = {}, bool keepdims = false) const;
  Tensor any(const Axes& axes = {}, bool keepdims = false) const;
  Tensor all(const Axes& axes = {}, bool keepdims = false) const;
  Tensor argmax(std::int64_t axis = -1) const;
  Tensor argmin(std::int64_t axis = -1) const;
  Tensor cumsum(std::int64_t axis = -1) const;
  Tensor cumprod(std::int64_t axis = -1) const;
  Tensor sort(std::int64_t axis = -1) const;
  Tensor argsort(std::int64_t axis = -1) const;
  Tensor softmax(std::int64_t axis = -1) const;
  Tensor log_softmax(std::int64_t axis = -1) const;
  Tensor matmul(const Tensor& other) const;
  Tensor power(Scalar exponent) const;
  Tensor clip(Scalar min, Scalar max) const;
  Tensor tanh() const;
  Tensor sigmoid() const;
  Tensor relu() const;
  Tensor sin() const;
  Tensor cos() const;
  Tensor exp() const;
  Tensor log() const;
  Tensor sqrt() const;
  Tensor square() const;
  Tensor abs() const;
  Tensor sign() const;
  Tensor floor() const;
  Tensor ceil() const;
  Tensor round() const;
  Tensor logical_and(const Tensor& other) const;
  Tensor logical_or(const Tensor& other) const;
  Tensor logical_not() const;

 protected:
  friend struct detail::Access;
  explicit Tensor(detail::Counted* impl) : impl_(impl) {}  // takes over one count

 private:
  Shape shape_copy() const { return shape(); }
  bool truth() const;
  Tensor entry(std::int64_t index) const;
  double item_float() const;
  float item_float32() const;
  std::int64_t item_int(std::int64_t least, std::uint64_t most) const;  // modulo 2⁶⁴
  const void* data_of(DType dtype) const;
  void* mutable_data_of(DType dtype);

  detail::Counted* impl_ = nullptr;
};

/// Which part of a tensor is meant: places along the first axes, negative ones counted from the end; rows of the first
/// axis, by an int64 tensor; or what a boolean tensor of the first axes' sizes marks. To be written where it is used.
class Index {
 public:
  template <std::integral I>
  requires(!std::same_as<I, bool>) Index(I place) : places_{static_cast<std::int64_t>(place)} {}
  Index(std::initializer_list<Dim> places) {
    for (const Dim& place : places) places_.push_back(place.value);
  }
  Index(const Tensor& mask_or_rows) : tensor_(&mask_or_rows) {}

  const std::vector<std::int64_t>& places() const { return places_; }
  const Tensor* tensor() const { return tensor_; }

 private:
  std::vector<std::int64_t> places_;
  const Tensor* tensor_ = nullptr;
};

/// Prints as NumPy does.
FROST_API std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
/// What operator<< prints.
FROST_API std::string to_string(const Tensor& tensor);

/// How tensors are printed: numpy.set_printoptions, with its defaults.
struct PrintOptions {
  int precision = 8;              // digits behind the point
  std::int64_t threshold = 1000;  // a tensor of more elements is summarised
  std::int64_t edge_items = 3;    // entries shown at each end of a summarised axis
  std::int64_t line_width = 75;
  bool suppress = false;  // no exponents: small numbers are printed as 0
};
/// Sets them for the process. Throws: ValueError for a precision or a number of entries below 0, a precision above 64
/// or a line that is not wider than 0.
FROST_API void set_print_options(const PrintOptions& options);
FROST_API PrintOptions print_options();

/// A leaf with a name, `lstm_1/kernel`. Being trainable and requiring a gradient are one flag.
class FROST_API Parameter : public Tensor {
 public:
  Parameter() = default;
  /// Takes `value`'s values as a new leaf.
  Parameter(const std::string& name, const Tensor& value, bool trainable = true);
  /// The parameter that a tensor is a handle of.
  explicit Parameter(const Tensor& tensor) : Tensor(tensor) {}
  Parameter(const Parameter&) = default;
  Parameter(Parameter&&) = default;
  Parameter& operator=(const Parameter&) & = default;
  Parameter& operator=(Parameter&&) & = default;
  // Would make the name show a computed tensor. Write values with `assign`: w.assign(w.detach() + x).
  template <class T>
  void operator+=(const T&) = delete;
  template <class T>
  void operator-=(const T&) = delete;
  template <class T>
  void operator*=(const T&) = delete;
  template <class T>
  void operator/=(const T&) = delete;

  const std::string& name() const;
  void set_name(const std::string& name) const;
};

/// A list of parameters that is also a list of tensors.
class Parameters : public std::vector<Parameter> {
 public:
  using std::vector<Parameter>::vector;
  operator Tensors() const { return Tensors(begin(), end()); }

  /// Throws: ValueError for an index that is out of range.
  Parameter& operator[](std::size_t index) { return data()[checked(index)]; }
  const Parameter& operator[](std::size_t index) const { return data()[checked(index)]; }
  Parameter& front() { return (*this)[0]; }
  const Parameter& front() const { return (*this)[0]; }
  Parameter& back() { return (*this)[size() - 1]; }
  const Parameter& back() const { return (*this)[size() - 1]; }

 private:
  FROST_API std::size_t checked(std::size_t index) const;
};

}  // namespace frost
