#include <frost/autograd/tensor.hpp>

#include "accumulate.hpp"
#include "check.hpp"
#include "journal.hpp"
#include "logits_note.hpp"
#include "node.hpp"

#include <frost/autograd/checkpoint.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/autograd/inspect.hpp>
#include <frost/autograd/leaf.hpp>
#include <frost/autograd/ops.hpp>

#include <atomic>
#include <cmath>
#include <cstring>
#include <ostream>
#include <sstream>

namespace frost {

using detail::expect;
using detail::impl;
using detail::TensorImpl;

namespace {

TensorImpl* present(const Tensor& t, const char* what) {
  expect<ValueError>(static_cast<bool>(t), "{}: the tensor is absent", what);
  return impl(t);
}

void expect_values(TensorImpl* t, const char* what) {
  expect<ValueError>(
      detail::make_values(t),
      "{}: the values of an abstract tensor were read; while a model is built a layer is called with shapes "
      "alone. Override output_shape in a layer whose result's shape depends on values.",
      what);
}

TensorImpl* expect_leaf(const Tensor& t, const char* what) {
  TensorImpl* p = present(t, what);
  expect<GraphError>(
      !p->node,
      "{}: only a leaf can be changed; got the result of '{}', of shape {}. Use detach() for a leaf with its values.",
      what, p->node ? p->node->op->name : "", detail::text(p->shape));
  return p;
}

// Before the values of a leaf are written in place: a fresh buffer where another handle shows the old one, or where the
// memory is not ours; else the buffer's version is raised, so that a rule that saved the old values says so.
void make_writable(TensorImpl* t, bool keep_values) {
  if (t->logits) detail::forget_logits(t);
  detail::Buffer* old = t->buffer;
  if (old->handles.load(std::memory_order_acquire) == 1 && !old->release) {
    old->version.fetch_add(1, std::memory_order_acq_rel);
    old->borrowed = true;
    return;
  }
  const std::size_t bytes = static_cast<std::size_t>(t->shape.count()) * size_of(t->dtype);
  detail::Buffer* fresh = detail::make_buffer(t->shape, t->dtype);
  fresh->borrowed = true;
  fresh->handles.store(1, std::memory_order_relaxed);
  if (keep_values && bytes) std::memcpy(fresh->data, t->data, bytes);
  t->buffer = fresh;
  t->data = fresh->data;
  old->handles.fetch_sub(1, std::memory_order_release);
  detail::release(old);
}

}  // namespace

const Shape& Tensor::shape() const& { return present(*this, "shape")->shape.dims(); }
std::int64_t Tensor::size() const { return present(*this, "size")->shape.count(); }
int Tensor::rank() const { return present(*this, "rank")->shape.rank(); }
DType Tensor::dtype() const { return present(*this, "dtype")->dtype; }

double Tensor::item_float() const {
  const Tensor seen = detail::as_seen_first(*this);
  TensorImpl* t = present(seen, "item");
  expect<ShapeError>(t->shape.count() == 1, "item: the tensor must have one element; got shape {}",
                     detail::text(t->shape));
  expect_values(t, "item");
  switch (t->dtype) {
    case DType::float32:
      return *static_cast<const float*>(t->data);
    case DType::float64:
      return *static_cast<const double*>(t->data);
    case DType::int64:
      return static_cast<double>(*static_cast<const std::int64_t*>(t->data));
    case DType::boolean:
      break;
  }
  return *static_cast<const bool*>(t->data);
}

float Tensor::item_float32() const {
  const double value = item_float();
  const auto result = static_cast<float>(value);
  expect<ValueError>(!std::isinf(result) || std::isinf(value), "item: got {}; float ends at {}", value,
                     std::numeric_limits<float>::max());
  return result;
}

std::int64_t Tensor::item_int(std::int64_t least, std::uint64_t most) const {
  const double value = item_float();
  if (dtype() == DType::int64) {
    const std::int64_t exact = *static_cast<const std::int64_t*>(impl(detail::as_seen_first(*this))->data);
    expect<ValueError>(exact >= least && (exact < 0 || static_cast<std::uint64_t>(exact) <= most),
                       "item: {} is out of the range of the type asked for, {} to {}", exact, least, most);
    return exact;
  }
  const double whole = std::trunc(value);
  // `most` is one less than a power of two.
  expect<ValueError>(whole >= static_cast<double>(least) && whole < static_cast<double>(most) + 1,
                     "item: {} is out of the range of the type asked for, {} to {}", value, least, most);
  return whole < 0 ? static_cast<std::int64_t>(whole) : static_cast<std::int64_t>(static_cast<std::uint64_t>(whole));
}

const void* Tensor::data_of(DType dtype) const {
  TensorImpl* t = present(*this, "data");
  expect<ValueError>(t->dtype == dtype, "data: the type asked for is not the tensor's; got {}; expected {}",
                     name_of(dtype), name_of(t->dtype));
  expect_values(t, "data");
  if (detail::thread_state().journal) [[unlikely]]
    return impl(detail::as_seen_first(*this))->data;
  return t->data;
}

void* Tensor::mutable_data_of(DType dtype) {
  TensorImpl* t = expect_leaf(*this, "mutable_data");
  expect<ValueError>(t->dtype == dtype, "mutable_data: the type asked for is not the tensor's; got {}; expected {}",
                     name_of(dtype), name_of(t->dtype));
  expect_values(t, "mutable_data");
  if (detail::Journal* journal = detail::thread_state().journal; journal && !journal->begin_write(t))
    return impl(journal->scratch(*this))->data;
  make_writable(t, true);
  return t->data;
}

bool Tensor::is_leaf() const { return !present(*this, "is_leaf")->node; }
bool Tensor::requires_grad() const {
  const TensorImpl* t = present(*this, "requires_grad");
  return detail::decided(t, t->run, t->node || (t->leaf && t->leaf->trainable));
}

Tensor Tensor::set_requires_grad(bool requires_grad) const {
  TensorImpl* t = expect_leaf(*this, "set_requires_grad");
  expect<ValueError>(!requires_grad || is_floating(t->dtype),
                     "set_requires_grad: only floating tensors have gradients; got {}; convert with to(DType::float32)",
                     name_of(t->dtype));
  if (t->buffer && requires_grad) t->buffer->borrowed = true;
  if (!requires_grad && !t->leaf) return *this;
  detail::Leaf& leaf = detail::leaf_of(t);
  leaf.trainable = requires_grad;
  if (requires_grad) leaf.lifted = leaf.paused;
  detail::update_recording(t);
  return *this;
}

Tensor Tensor::grad() const {
  const TensorImpl* t = present(*this, "grad");
  if (t->leaf)
    if (const detail::StoredGradient gradient = detail::stored_gradient(*this); gradient.values)
      return detail::lay_out(gradient.values, gradient.without, {});
  detail::fail<GraphError>("grad: {} has no gradient: {}", detail::describe(*this), why_no_gradient(*this));
}
bool Tensor::has_grad() const {
  const TensorImpl* t = present(*this, "has_grad");
  if (!t->leaf) return false;
  const auto lock = detail::lock_gradient(t);
  return static_cast<bool>(t->leaf->gradient);
}
void Tensor::zero_grad() const {
  if (TensorImpl* t = present(*this, "zero_grad"); t->leaf) detail::put_gradient(t, Tensor());
}

void Tensor::set_grad(const Tensor& gradient) const {
  TensorImpl* t = expect_leaf(*this, "set_grad");
  if (!t->leaf || !t->leaf->trainable)
    detail::fail<GraphError>("set_grad: {} does not require a gradient", detail::describe(*this));
  present(gradient, "set_grad");
  expect<ShapeError>(detail::shape_of(gradient) == t->shape, "set_grad: the shapes differ; got {}; expected {}",
                     detail::text(gradient), detail::text(t->shape));
  expect<ValueError>(gradient.dtype() == t->dtype, "set_grad: the dtypes differ; got {}; expected {}",
                     name_of(gradient.dtype()), name_of(t->dtype));
  detail::put_gradient(t, t->leaf->part ? t->leaf->part->gather(gradient) : gradient.detach(), t->leaf->part);
}

void Tensor::assign(const Tensor& values) const {
  TensorImpl* t = expect_leaf(*this, "assign");
  TensorImpl* from = present(values, "assign");
  if (!(from->shape == t->shape))
    detail::fail<ShapeError>("assign: the shapes differ for {}; got {}; expected {}", detail::describe(*this),
                             detail::text(from->shape), detail::text(t->shape));
  if (from->dtype != t->dtype)
    detail::fail<ValueError>("assign: the dtypes differ for {}; got {}; expected {}; convert with to(DType::{})",
                             detail::describe(*this), name_of(from->dtype), name_of(t->dtype), name_of(t->dtype));
  expect_values(from, "assign");
  expect_values(t, "assign");
  if (t == from) return;
  const Tensor source = detail::as_seen_first(values);
  if (detail::Journal* journal = detail::thread_state().journal; journal && !journal->begin_write(t)) return;
  from = impl(source);
  detail::Buffer* kept = from->buffer;
  detail::retain(kept);
  const void* data = from->data;
  make_writable(t, false);
  const std::size_t bytes = static_cast<std::size_t>(t->shape.count()) * size_of(t->dtype);
  if (bytes) std::memcpy(t->data, data, bytes);
  detail::release(kept);
}

void Tensor::backward() const { backward(BackwardOptions{}); }
void Tensor::backward(const BackwardOptions& options) const { detail::run_backward(*this, options); }

Tensor Tensor::detach() const {
  const TensorImpl* t = present(*this, "detach");
  if (detail::thread_state().journal) [[unlikely]]
    return detail::make_view(detail::as_seen_first(*this), t->shape);
  return detail::make_view(*this, t->shape);
}

Tensor Tensor::clone() const {
  const TensorImpl* t = present(*this, "clone");
  if (detail::is_abstract(*this)) return detail::make_abstract(t->shape, t->dtype);
  Tensor copy = detail::borrowed(detail::make_tensor(t->shape, t->dtype));
  const std::size_t bytes = static_cast<std::size_t>(t->shape.count()) * size_of(t->dtype);
  if (bytes) std::memcpy(impl(copy)->data, impl(detail::as_seen_first(*this))->data, bytes);
  return copy;
}

Tensor Tensor::reshape(const Shape& shape) const { return frost::reshape(*this, shape); }
Tensor Tensor::transpose(const Axes& axes) const { return frost::transpose(*this, axes); }
Tensor Tensor::squeeze(std::int64_t axis) const { return frost::squeeze(*this, axis); }
Tensor Tensor::expand_dims(std::int64_t axis) const { return frost::expand_dims(*this, axis); }
Tensor Tensor::sum(const Axes& axes, bool keepdims) const { return frost::sum(*this, axes, keepdims); }
Tensor Tensor::mean(const Axes& axes, bool keepdims) const { return frost::mean(*this, axes, keepdims); }
Tensor Tensor::max(const Axes& axes, bool keepdims) const { return frost::max(*this, axes, keepdims); }
Tensor Tensor::min(const Axes& axes, bool keepdims) const { return frost::min(*this, axes, keepdims); }
Tensor Tensor::prod(const Axes& axes, bool keepdims) const { return frost::prod(*this, axes, keepdims); }
Tensor Tensor::var(const Axes& axes, bool keepdims, std::int64_t ddof) const {
  return frost::var(*this, axes, keepdims, ddof);
}
Tensor Tensor::std(const Axes& axes, bool keepdims, std::int64_t ddof) const {
  return frost::std(*this, axes, keepdims, ddof);
}
Tensor Tensor::norm(const Axes& axes, bool keepdims) const { return frost::norm(*this, axes, keepdims); }
Tensor Tensor::logsumexp(const Axes& axes, bool keepdims) const { return frost::logsumexp(*this, axes, keepdims); }
Tensor Tensor::argmax(std::int64_t axis) const { return frost::argmax(*this, axis); }
Tensor Tensor::argmin(std::int64_t axis) const { return frost::argmin(*this, axis); }
Tensor Tensor::tanh() const { return frost::tanh(*this); }
Tensor Tensor::exp() const { return frost::exp(*this); }
Tensor Tensor::log() const { return frost::log(*this); }
Tensor Tensor::sqrt() const { return frost::sqrt(*this); }
Tensor Tensor::square() const { return frost::square(*this); }
Tensor Tensor::abs() const { return frost::abs(*this); }

Parameter::Parameter(const std::string& name, const Tensor& value, bool trainable) : Tensor(value.clone()) {
  set_name(name);
  set_requires_grad(trainable);
}
const std::string& Parameter::name() const {
  static const std::string none;
  const TensorImpl* t = present(*this, "name");
  return t->leaf ? t->leaf->name : none;
}
void Parameter::set_name(const std::string& name) const { detail::leaf_of(expect_leaf(*this, "set_name")).name = name; }

std::size_t Parameters::checked(std::size_t index) const {
  expect(index < size(), "weights: the index is out of range; got {} for a list of {} weight{}",
         static_cast<std::int64_t>(index), size(), size() == 1 ? "" : "s");
  return index;
}

// ---------------------------------------------------------------------------------------------------------------------

const char* name_of(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "float32";
    case DType::float64:
      return "float64";
    case DType::int64:
      return "int64";
    case DType::boolean:
      break;
  }
  return "bool";
}

namespace {
std::atomic<DType> default_dtype_{DType::float32};
}
DType default_dtype() {
  const detail::Journal* journal = detail::thread_state().journal;
  return journal ? journal->default_dtype() : default_dtype_.load(std::memory_order_relaxed);
}
void set_default_dtype(DType dtype) {
  expect<ValueError>(is_floating(dtype), "set_default_dtype: got {}; expected float32 or float64", name_of(dtype));
  default_dtype_.store(dtype, std::memory_order_relaxed);
  if (detail::Journal* journal = detail::thread_state().journal) journal->set_default_dtype(dtype);
}

std::string to_string(const Shape& shape) {
  std::string out = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) out.append(i ? ", " : "").append(std::to_string(shape[i]));
  return out.append(shape.size() == 1 ? ",)" : ")");
}
std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t n : shape)
    expect<ShapeError>(!__builtin_mul_overflow(count, n, &count),
                       "element_count: {} has more elements than an int64 counts", to_string(shape));
  return count;
}
std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

NoGrad::NoGrad() : before_(std::exchange(detail::thread_state().grad_enabled, false)) {}
NoGrad::~NoGrad() { detail::thread_state().grad_enabled = before_; }
EnableGrad::EnableGrad() : before_(std::exchange(detail::thread_state().grad_enabled, true)) {}
EnableGrad::~EnableGrad() { detail::thread_state().grad_enabled = before_; }
KeepInputs::KeepInputs() : before_(std::exchange(detail::thread_state().keep_inputs, true)) {}
KeepInputs::~KeepInputs() { detail::thread_state().keep_inputs = before_; }
bool is_grad_enabled() { return detail::thread_state().grad_enabled; }

}  // namespace frost
