#pragma once
#include <frost/autograd/counted.hpp>
#include <frost/autograd/dtype.hpp>
#include <frost/autograd/shape.hpp>
#include <frost/export.hpp>

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
  /// An absent tensor: no shape, no values. It converts to false.
  Tensor() = default;
  Tensor(const Tensor& other) : impl_(other.impl_) {
    if (impl_) impl_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  Tensor(Tensor&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}
  Tensor& operator=(const Tensor& other) { return *this = Tensor(other); }
  Tensor& operator=(Tensor&& other) noexcept {
    std::swap(impl_, other.impl_);
    return *this;
  }
  ~Tensor() {
    if (impl_ && impl_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) detail::destroy_tensor(impl_);
  }

  explicit operator bool() const { return impl_ != nullptr; }
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
  std::span<const T> data() const {
    return {static_cast<const T*>(data_of(dtype_of<T>::value)), static_cast<std::size_t>(size())};
  }
  /// The values of a leaf, for writing. As `assign`: a handle elsewhere that shows the same buffer keeps its values.
  template <class T>
  std::span<T> mutable_data() {
    return {static_cast<T*>(mutable_data_of(dtype_of<T>::value)), static_cast<std::size_t>(size())};
  }

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
  /// Writes the values of a leaf, frozen or not. Throws: GraphError on a computed tensor; ShapeError, ValueError
  /// when shape or dtype differ. A later backward pass that needs the overwritten values is an error.
  void assign(const Tensor& values) const;
  /// Accumulates d this / d leaf into every trainable leaf. Throws: ShapeError unless this has one element,
  /// GraphError if nothing was recorded or the graph is gone.
  void backward() const;
  void backward(const BackwardOptions& options) const;

  /// The same values, cut from the tape.
  Tensor detach() const;
  /// A copy with a buffer of its own, cut from the tape.
  Tensor clone() const;
  /// The values in another dtype. Floating to floating is differentiable.
  Tensor to(DType dtype) const;

  /// The i-th entry along the first axis; negative counts from the end. Throws: ShapeError when out of range.
  Tensor operator[](std::int64_t index) const;
  /// Entries start, start + step, … before stop along one axis, with NumPy's meaning of negative and large bounds.
  Tensor slice(std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step = 1) const;

  Tensor reshape(const Shape& shape) const;
  Tensor transpose(const Axes& axes = {}) const;
  Tensor squeeze(std::int64_t axis) const;
  Tensor expand_dims(std::int64_t axis) const;
  Tensor sum(const Axes& axes = {}, bool keepdims = false) const;
  Tensor mean(const Axes& axes = {}, bool keepdims = false) const;
  Tensor max(const Axes& axes = {}, bool keepdims = false) const;
  Tensor min(const Axes& axes = {}, bool keepdims = false) const;
  Tensor prod(const Axes& axes = {}, bool keepdims = false) const;
  Tensor var(const Axes& axes = {}, bool keepdims = false, std::int64_t ddof = 0) const;
  Tensor std(const Axes& axes = {}, bool keepdims = false, std::int64_t ddof = 0) const;
  Tensor norm(const Axes& axes = {}, bool keepdims = false) const;
  Tensor logsumexp(const Axes& axes = {}, bool keepdims = false) const;
  Tensor argmax(std::int64_t axis = -1) const;
  Tensor argmin(std::int64_t axis = -1) const;
  Tensor tanh() const;
  Tensor exp() const;
  Tensor log() const;
  Tensor sqrt() const;
  Tensor square() const;
  Tensor abs() const;

 protected:
  friend struct detail::Access;
  explicit Tensor(detail::Counted* impl) : impl_(impl) {}  // takes over one count

 private:
  Shape shape_copy() const { return shape(); }
  double item_float() const;
  float item_float32() const;
  std::int64_t item_int(std::int64_t least, std::uint64_t most) const;  // modulo 2⁶⁴
  const void* data_of(DType dtype) const;
  void* mutable_data_of(DType dtype);

  detail::Counted* impl_ = nullptr;
};

/// Prints as NumPy does.
FROST_API std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
/// What operator<< prints.
FROST_API std::string to_string(const Tensor& tensor);

/// A leaf with a name, `lstm_1/kernel`. Being trainable and requiring a gradient are one flag.
class FROST_API Parameter : public Tensor {
 public:
  Parameter() = default;
  /// Takes `value`'s values as a new leaf.
  Parameter(const std::string& name, const Tensor& value, bool trainable = true);
  /// The parameter that a tensor is a handle of.
  explicit Parameter(const Tensor& tensor) : Tensor(tensor) {}

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
