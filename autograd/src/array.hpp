#pragma once
#include "pool.hpp"
#include "thread_state.hpp"

#include <frost/autograd/frozen_part.hpp>
#include <frost/autograd/hooks.hpp>
#include <frost/autograd/tensor.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <new>
#include <string>
#include <vector>

// What a Tensor is a handle of: a counted buffer, a counted shape, and a place on the tape.
namespace frost::detail {

struct Node;

/// A counted block of elements. The values outlive their owners never; the block itself lives as long as somebody
/// remembers it weakly.
struct Buffer {
  std::atomic<std::uint32_t> owners{1};   // tensors and nodes that keep the values
  std::atomic<std::uint32_t> weaks{1};    // those that remember the buffer; all owners together count once
  std::atomic<std::uint32_t> handles{0};  // tensors that show the values
  std::atomic<std::uint32_t> version{0};  // raised when the values are written in place
  void* data = nullptr;
  std::size_t bytes = 0;
  void (*release)(void* context) = nullptr;  // ends foreign memory, such as a mapped file
  void* context = nullptr;
  bool borrowed = false;  // of a parameter, a maker or a file: not an operation's output
};

class ShapeRef;
/// A buffer for the elements, which are not yet written. Throws: Error that says shape and bytes when there is no
/// memory.
Buffer* make_buffer(const ShapeRef& shape, DType dtype);
void free_buffer_values(Buffer* buffer) noexcept;
void forget(Buffer* buffer) noexcept;  // gives up a weak reference

inline void retain(Buffer* buffer) { buffer->owners.fetch_add(1, std::memory_order_relaxed); }
inline void release(Buffer* buffer) noexcept {
  if (buffer->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) free_buffer_values(buffer);
}
inline void remember(Buffer* buffer) { buffer->weaks.fetch_add(1, std::memory_order_relaxed); }
/// Makes an owner of a weak reference; false when the values are gone.
bool try_retain(Buffer* buffer);

/// A counted shape with its number of elements.
struct ShapeData {
  std::atomic<std::uint32_t> owners{1};
  std::int64_t count = 1;
  Shape dims;
};
void free_shape(ShapeData* shape) noexcept;

class ShapeRef {
 public:
  ShapeRef() = default;
  explicit ShapeRef(ShapeData* taken) : data_(taken) {}  // takes over one count
  ShapeRef(const ShapeRef& other) : data_(other.data_) {
    if (data_) data_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  ShapeRef(ShapeRef&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  ShapeRef& operator=(ShapeRef other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  ~ShapeRef() {
    if (data_ && data_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) free_shape(data_);
  }

  const Shape& dims() const { return data_->dims; }
  std::int64_t count() const { return data_->count; }
  int rank() const { return static_cast<int>(data_->dims.size()); }
  std::int64_t operator[](int axis) const { return data_->dims[static_cast<std::size_t>(axis)]; }
  explicit operator bool() const { return data_ != nullptr; }
  bool operator==(const ShapeRef& other) const { return data_ == other.data_ || data_->dims == other.data_->dims; }

 private:
  ShapeData* data_ = nullptr;
};

/// The counted form of a shape. Throws: ShapeError for a negative size or more elements than memory can hold.
ShapeRef make_shape(const std::int64_t* dims, std::size_t rank);
inline ShapeRef make_shape(const Shape& dims) { return make_shape(dims.data(), dims.size()); }
const ShapeRef& scalar_shape();

struct TensorImpl;
struct Logits;

/// What only a leaf has. It exists once a leaf was given a gradient flag, a name or a value.
struct Leaf {
  std::string name;
  Tensor gradient;                   // of what `without_gradient` leaves; see lock_gradient
  bool trainable = false;            // what set_requires_grad said
  bool keep_state = false;           // optimizers keep its state while it is frozen
  std::int32_t paused = 0;           // guards that pause it
  std::int32_t lifted = 0;           // how many of them a later set_requires_grad(true) overruled
  Ref<FrozenPart> part;              // null: none of it is frozen by itself
  Ref<FrozenPart> without_gradient;  // `part`, and what was thawed since the gradient was made
  Hooks hooks;                       // what its gradient is shown to
};

/// The array behind a handle.
struct TensorImpl : Counted {
  static constexpr std::uint8_t records = 1;   // a leaf that is trainable, not paused, and not frozen in all its parts
  static constexpr std::uint8_t abstract = 2;  // has a shape and no values
  // Cut or reshaped out of another tensor and not recorded: a view of its buffer, or a copy where NumPy has a view.
  static constexpr std::uint8_t part_view = 4;
  static constexpr std::uint8_t part_copy = 8;
  static constexpr std::uint8_t stand_in = 16;  // shows another tensor for a while; see Substituted

  DType dtype = DType::float32;
  std::uint8_t flags = 0;
  std::uint8_t output = 0;  // which of the node's outputs
  std::uint32_t run = 0;    // of a checkpoint's function, in which it was made; 0: none
  Node* node = nullptr;     // the recorded operation that made it; null for a leaf
  Buffer* buffer = nullptr;
  void* data = nullptr;  // inside buffer; of an abstract tensor whose values can be made, a Recipe
  ShapeRef shape;
  Leaf* leaf = nullptr;
  Logits* logits = nullptr;  // what it is the probabilities of, where that is kept
};

struct Access {
  static TensorImpl* impl(const Tensor& t) { return static_cast<TensorImpl*>(t.impl_); }
  static Tensor take(TensorImpl* impl) { return Tensor(static_cast<Counted*>(impl)); }
  static TensorImpl* release(Tensor&& t) { return static_cast<TensorImpl*>(std::exchange(t.impl_, nullptr)); }
};
inline TensorImpl* impl(const Tensor& t) { return Access::impl(t); }

/// A tensor with a fresh buffer whose values are not yet written.
Tensor make_tensor(const ShapeRef& shape, DType dtype);
/// A tensor over another's buffer. Takes a share of the buffer.
Tensor make_view(const Tensor& of, const ShapeRef& shape, std::int64_t offset_elements = 0);
Tensor make_over(Buffer* buffer, void* data, const ShapeRef& shape, DType dtype);
/// A tensor with a shape and no values: what a layer is called with when a model is built.
Tensor make_abstract(const ShapeRef& shape, DType dtype);
/// One whose values are made when they are read.
using Recipe = std::function<Tensor()>;
Tensor make_abstract(const ShapeRef& shape, DType dtype, Recipe recipe);
/// Whether the tensor has values, or has got them now.
bool make_values(TensorImpl* tensor);
/// Whether it has values, or can get them.
inline bool can_have_values(const Tensor& t) { return impl(t)->data || !(impl(t)->flags & TensorImpl::abstract); }
/// Marks the tensor's buffer as a user's or a parameter's, not an operation's output.
inline Tensor borrowed(Tensor t) {
  impl(t)->buffer->borrowed = true;
  return t;
}
inline const ShapeRef& shape_of(const Tensor& t) { return impl(t)->shape; }
inline bool is_abstract(const Tensor& t) { return impl(t)->flags & TensorImpl::abstract; }
inline bool records(const Tensor& t) { return impl(t)->node || (impl(t)->flags & TensorImpl::records); }

/// The elements, unchecked.
template <class S>
const S* raw(const Tensor& t) {
  return static_cast<const S*>(impl(t)->data);
}
/// The elements of a tensor that nobody else has seen yet, for writing.
template <class S>
S* raw_out(Tensor& t) {
  return static_cast<S*>(impl(t)->data);
}

Leaf& leaf_of(TensorImpl* tensor);
/// The leaf's gradient, of all that trains now: zeros where it had none. To be called under its lock.
inline Tensor& gradient_to_add_to(Leaf& leaf) {
  if (!(leaf.without_gradient == leaf.part)) {
    if (leaf.gradient.present()) leaf.gradient = lay_out(leaf.gradient, leaf.without_gradient, leaf.part);
    leaf.without_gradient = leaf.part;
  }
  return leaf.gradient;
}
/// Held while a leaf's gradient is read or put in place: backward passes of several threads may add to it.
[[nodiscard]] std::unique_lock<std::mutex> lock_gradient(const TensorImpl* leaf);
/// Puts a gradient of what `without` leaves, or none, in the place of a leaf's.
void put_gradient(TensorImpl* leaf, Tensor gradient, Ref<FrozenPart> without = {});
/// Whether nobody but this handle shows or keeps the values, so that they may be written in place.
bool is_unshared(const Tensor& t);
/// Sets the flag that operations look at, from what the leaf says. Freezing drops the gradient.
void update_recording(TensorImpl* tensor);
/// Raised whenever a leaf stops being recorded; nodes note the oldest value among what they were made from.
std::uint32_t freeze_epoch();

/// The name of a leaf for messages: its own, or its shape and dtype.
std::string describe(const Tensor& t);

}  // namespace frost::detail
