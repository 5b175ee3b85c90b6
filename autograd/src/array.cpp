#include "array.hpp"

#include "check.hpp"
#include "logits_note.hpp"
#include "node.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/autograd/stats.hpp>

#include <array>
#include <cstring>
#include <limits>

namespace frost::detail {

namespace {

std::atomic<std::int64_t> live_bytes{0};
std::atomic<std::int64_t> peak_bytes{0};
std::atomic<std::uint32_t> freezes{0};

void count_live(std::size_t bytes) {
  const std::int64_t now = live_bytes.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed) +
                           static_cast<std::int64_t>(bytes);
  std::int64_t peak = peak_bytes.load(std::memory_order_relaxed);
  while (now > peak && !peak_bytes.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

TensorImpl* make_impl(const ShapeRef& shape, DType dtype) {
  auto* tensor = new (small_allocate(sizeof(TensorImpl))) TensorImpl;
  tensor->owners.store(1, std::memory_order_relaxed);
  tensor->shape = shape;
  tensor->dtype = dtype;
  tensor->run = thread_state().run;
  return tensor;
}

}  // namespace

Buffer* make_buffer(const ShapeRef& shape, DType dtype) {
  const std::size_t bytes = static_cast<std::size_t>(shape.count()) * size_of(dtype);
  void* data = try_array_allocate(bytes);
  if (!data) [[unlikely]]
    fail<Error>(
        "out of memory: a {} tensor of shape {} takes {} bytes, which the system does not give; the tensors alive take "
        "{}. Smaller batches, or checkpoint, need less.",
        name_of(dtype), text(shape), bytes, live_bytes.load(std::memory_order_relaxed));
  Buffer* buffer = nullptr;
  try {
    buffer = new (small_allocate(sizeof(Buffer))) Buffer;
  } catch (...) {
    array_free(data, bytes);
    throw;
  }
  buffer->bytes = bytes;
  buffer->data = data;
  count_live(bytes);
  return buffer;
}

void free_buffer_values(Buffer* buffer) noexcept {
  if (buffer->release) {
    buffer->release(buffer->context);
  } else {
    live_bytes.fetch_sub(static_cast<std::int64_t>(buffer->bytes), std::memory_order_relaxed);
    array_free(buffer->data, buffer->bytes);
  }
  forget(buffer);
}

void forget(Buffer* buffer) noexcept {
  if (buffer->weaks.fetch_sub(1, std::memory_order_acq_rel) == 1) small_free(buffer, sizeof(Buffer));
}

bool try_retain(Buffer* buffer) {
  std::uint32_t owners = buffer->owners.load(std::memory_order_relaxed);
  while (owners != 0)
    if (buffer->owners.compare_exchange_weak(owners, owners + 1, std::memory_order_acquire)) return true;
  return false;
}

namespace {

// Shapes keep the capacity of their list on the way through the free list, so that a new one allocates nothing.
struct ShapePool {
  ShapeData* free[64];
  int count = 0;
  ~ShapePool() {
    while (count) delete free[--count];
    count = 64;  // a thread that is ending keeps none
  }
};
thread_local ShapePool shape_pool;

}  // namespace

ShapeRef make_shape(const std::int64_t* dims, std::size_t rank) {
  std::int64_t count = 1;
  bool valid = true;
  for (std::size_t i = 0; i < rank; ++i) valid &= dims[i] >= 0 && !__builtin_mul_overflow(count, dims[i], &count);
  if (!valid || count > std::numeric_limits<std::int64_t>::max() / 16)
    throw ShapeError(fmt::format("shape: got {}; expected sizes of 0 or more whose product fits in memory",
                                 to_string(Shape(std::vector<std::int64_t>(dims, dims + rank)))));
  ShapeData* data = shape_pool.count > 0 && shape_pool.count < 64 ? shape_pool.free[--shape_pool.count] : nullptr;
  if (!data) {
    data = new ShapeData;
    data->dims.reserve(8);
  }
  data->owners.store(1, std::memory_order_relaxed);
  data->count = count;
  data->dims.assign(dims, dims + rank);
  return ShapeRef(data);
}

void free_shape(ShapeData* shape) noexcept {
  if (shape_pool.count < 63)
    shape_pool.free[shape_pool.count++] = shape;
  else
    delete shape;
}

const ShapeRef& scalar_shape() {
  static const ShapeRef shape = make_shape(nullptr, 0);
  return shape;
}

Tensor make_tensor(const ShapeRef& shape, DType dtype) {
  TensorImpl* tensor = make_impl(shape, dtype);
  Tensor handle = Access::take(tensor);
  tensor->buffer = make_buffer(shape, dtype);
  tensor->buffer->handles.store(1, std::memory_order_relaxed);
  tensor->data = tensor->buffer->data;
  return handle;
}

Tensor make_over(Buffer* buffer, void* data, const ShapeRef& shape, DType dtype) {
  TensorImpl* tensor = make_impl(shape, dtype);
  retain(buffer);
  buffer->handles.fetch_add(1, std::memory_order_relaxed);
  tensor->buffer = buffer;
  tensor->data = data;
  return Access::take(tensor);
}

Tensor make_view(const Tensor& of, const ShapeRef& shape, std::int64_t offset_elements) {
  const TensorImpl* t = impl(of);
  if (is_abstract(of)) return make_abstract(shape, t->dtype);
  return make_over(t->buffer,
                   static_cast<std::byte*>(t->data) + offset_elements * static_cast<std::int64_t>(size_of(t->dtype)),
                   shape, t->dtype);
}

Tensor make_abstract(const ShapeRef& shape, DType dtype) {
  TensorImpl* tensor = make_impl(shape, dtype);
  tensor->flags = TensorImpl::abstract;
  return Access::take(tensor);
}

Tensor make_abstract(const ShapeRef& shape, DType dtype, Recipe recipe) {
  Tensor made = make_abstract(shape, dtype);
  impl(made)->data = new Recipe(std::move(recipe));
  return made;
}

bool make_values(TensorImpl* tensor) {
  if (!(tensor->flags & TensorImpl::abstract)) return true;
  auto* recipe = static_cast<Recipe*>(tensor->data);
  if (!recipe) return false;
  const OutsidePasses outside;
  const NoGrad no_grad;
  const Tensor made = (*recipe)();
  Buffer* buffer = impl(made)->buffer;
  retain(buffer);
  buffer->handles.fetch_add(1, std::memory_order_relaxed);
  delete recipe;
  tensor->buffer = buffer;
  tensor->data = impl(made)->data;
  tensor->flags = static_cast<std::uint8_t>(tensor->flags & ~TensorImpl::abstract);
  return true;
}

void destroy_tensor(Counted* counted) noexcept {
  auto* tensor = static_cast<TensorImpl*>(counted);
  Node* node = tensor->node;
  if (tensor->buffer) {
    tensor->buffer->handles.fetch_sub(1, std::memory_order_release);
    release(tensor->buffer);
  } else {
    delete static_cast<Recipe*>(tensor->data);
  }
  if (tensor->leaf) {
    tensor->leaf->~Leaf();
    small_free(tensor->leaf, sizeof(Leaf));
  }
  if (tensor->logits) [[unlikely]]
    forget_logits(tensor);
  tensor->~TensorImpl();
  small_free(tensor, sizeof(TensorImpl));
  if (node) release(node);
}

Leaf& leaf_of(TensorImpl* tensor) {
  if (!tensor->leaf) tensor->leaf = new (small_allocate(sizeof(Leaf))) Leaf;
  return *tensor->leaf;
}

std::unique_lock<std::mutex> lock_gradient(const TensorImpl* leaf) {
  static std::array<std::mutex, 64> mutexes;  // each for many leaves
  const auto address = reinterpret_cast<std::uintptr_t>(leaf);
  return std::unique_lock(mutexes[(address / sizeof(TensorImpl)) % mutexes.size()]);
}

void put_gradient(TensorImpl* leaf, Tensor gradient, Ref<FrozenPart> without) {
  const auto lock = lock_gradient(leaf);
  std::swap(leaf->leaf->gradient, gradient);
  std::swap(leaf->leaf->without_gradient, without);
}

bool is_unshared(const Tensor& t) {
  const TensorImpl* p = impl(t);
  return p->owners.load(std::memory_order_acquire) == 1 && !p->leaf && !p->node && p->buffer &&
         p->buffer->owners.load(std::memory_order_acquire) == 1 && !p->buffer->release;
}

void update_recording(TensorImpl* tensor) {
  const bool before = tensor->flags & TensorImpl::records;
  const Leaf* leaf = tensor->leaf;
  const bool now =
      leaf && leaf->trainable && leaf->paused <= leaf->lifted && (!leaf->part || leaf->part->trained() > 0);
  if (before && !now) freezes.fetch_add(1, std::memory_order_acq_rel);
  tensor->flags =
      static_cast<std::uint8_t>(now ? tensor->flags | TensorImpl::records : tensor->flags & ~TensorImpl::records);
  if (tensor->leaf && !tensor->leaf->trainable) put_gradient(tensor, Tensor());
}

std::uint32_t freeze_epoch() { return freezes.load(std::memory_order_acquire); }

std::string describe(const Tensor& t) {
  if (!t.present()) return "an absent tensor";
  const TensorImpl* p = impl(t);
  if (p->leaf && !p->leaf->name.empty()) return fmt::format("'{}'", p->leaf->name);
  return fmt::format("a {} tensor of shape {}", name_of(p->dtype), text(p->shape));
}

int normalize_axis(const char* op, std::int64_t axis, int rank) {
  expect<ShapeError>(axis >= -rank && axis < rank, "{}: axis out of range; got axis {} for {} axes; expected {} to {}",
                     op, axis, rank, -rank, rank - 1);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

ShapeRef broadcast_shapes(const char* op, const ShapeRef& a, const ShapeRef& b) {
  if (a == b) return a;
  const int rank = std::max(a.rank(), b.rank());
  std::int64_t dims[64];
  expect<ShapeError>(rank <= 64, "{}: too many axes; got {} and {}", op, text(a), text(b));
  for (int i = 1; i <= rank; ++i) {
    std::int64_t m = i <= a.rank() ? a[a.rank() - i] : 1;
    const std::int64_t n = i <= b.rank() ? b[b.rank() - i] : 1;
    expect<ShapeError>(
        m == 1 || n == 1 || agree(m, n),
        "{}: shapes do not broadcast; got {} and {}; expected sizes that are equal or 1 from the last axis on", op,
        text(a), text(b));
    dims[rank - i] = m == 1 ? n : m;
  }
  return make_shape(dims, static_cast<std::size_t>(rank));
}

}  // namespace frost::detail

namespace frost {

MemoryStats memory_stats() {
  return {detail::live_bytes.load(), detail::peak_bytes.load(), detail::reserved_bytes(), detail::cached_bytes()};
}
void reset_peak_memory() { detail::peak_bytes.store(detail::live_bytes.load()); }

}  // namespace frost
