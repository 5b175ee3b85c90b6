#include <frost/autograd/tensor.hpp>

#include "accumulate.hpp"
#include "handle.hpp"
#include "journal.hpp"

#include <frost/autograd/checkpoint.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/autograd/inspect.hpp>
#include <frost/autograd/leaf.hpp>
#include <frost/autograd/ops.hpp>

#include <atomic>
#include <cmath>
#include <ostream>
#include <sstream>

namespace frost {

using detail::expect;
using detail::expect_leaf;
using detail::expect_present;
using detail::expect_values;
using detail::impl;
using detail::TensorImpl;

const Shape& Tensor::shape() const& { return expect_present(*this, "shape")->shape.dims(); }
std::int64_t Tensor::size() const { return expect_present(*this, "size")->shape.count(); }
int Tensor::rank() const { return expect_present(*this, "rank")->shape.rank(); }
DType Tensor::dtype() const { return expect_present(*this, "dtype")->dtype; }

double Tensor::item_float() const {
  const Tensor seen = detail::as_seen_first(*this);
  TensorImpl* t = expect_present(seen, "item");
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

bool Tensor::truth() const {
  expect<ValueError>(present(), "truth of a tensor: it is absent; ask present() whether there is one");
  expect<ValueError>(dtype() == DType::boolean && size() == 1,
                     "truth of a tensor: got {} of shape {}; expected bool and one element. Compare it, reduce it by "
                     "any() or all(), or ask present() whether there is a tensor.",
                     name_of(dtype()), detail::text(*this));
  return item_float() != 0;
}

const void* Tensor::data_of(DType dtype) const {
  TensorImpl* t = expect_present(*this, "data");
  expect<ValueError>(t->dtype == dtype, "data: the type asked for is not the tensor's; got {}; expected {}",
                     name_of(dtype), name_of(t->dtype));
  expect_values(t, "data");
  if (detail::thread_state().journal) [[unlikely]]
    return impl(detail::as_seen_first(*this))->data;
  return t->data;
}

bool Tensor::is_leaf() const { return !expect_present(*this, "is_leaf")->node; }
bool Tensor::requires_grad() const {
  const TensorImpl* t = expect_present(*this, "requires_grad");
  return detail::decided(t, t->run, t->node || (t->leaf && t->leaf->trainable));
}

Tensor Tensor::set_requires_grad(bool requires_grad) const {
  TensorImpl* t = expect_leaf(*this, "set_requires_grad");
  expect<ValueError>(!requires_grad || is_floating(t->dtype),
                     "set_requires_grad: only floating tensors have gradients; got {}; convert with to(DType::float32)",
                     name_of(t->dtype));
  if (t->buffer && requires_grad) t->buffer->borrowed = true;
  if (requires_grad)  // what trains is nobody's part
    t->flags &= static_cast<std::uint8_t>(~(TensorImpl::part_view | TensorImpl::part_copy));
  if (!requires_grad && !t->leaf) return *this;
  detail::Leaf& leaf = detail::leaf_of(t);
  leaf.trainable = requires_grad;
  if (requires_grad) leaf.lifted = leaf.paused;
  detail::update_recording(t);
  return *this;
}

Tensor Tensor::grad() const {
  const TensorImpl* t = expect_present(*this, "grad");
  if (t->leaf)
    if (const detail::StoredGradient gradient = detail::stored_gradient(*this); gradient.values.present())
      return detail::lay_out(gradient.values, gradient.without, {});
  detail::fail<GraphError>("grad: {} has no gradient: {}", detail::describe(*this), why_no_gradient(*this));
}
bool Tensor::has_grad() const {
  const TensorImpl* t = expect_present(*this, "has_grad");
  if (!t->leaf) return false;
  const auto lock = detail::lock_gradient(t);
  return t->leaf->gradient.present();
}
void Tensor::zero_grad() const {
  if (TensorImpl* t = expect_present(*this, "zero_grad"); t->leaf) detail::put_gradient(t, Tensor());
}

void Tensor::set_grad(const Tensor& gradient) const {
  TensorImpl* t = expect_leaf(*this, "set_grad");
  if (!t->leaf || !t->leaf->trainable)
    detail::fail<GraphError>("set_grad: {} does not require a gradient", detail::describe(*this));
  expect_present(gradient, "set_grad");
  expect<ShapeError>(detail::shape_of(gradient) == t->shape, "set_grad: the shapes differ; got {}; expected {}",
                     detail::text(gradient), detail::text(t->shape));
  expect<ValueError>(gradient.dtype() == t->dtype, "set_grad: the dtypes differ; got {}; expected {}",
                     name_of(gradient.dtype()), name_of(t->dtype));
  detail::put_gradient(t, t->leaf->part ? t->leaf->part->gather(gradient) : gradient.detach(), t->leaf->part);
}

void Tensor::backward() const { backward(BackwardOptions{}); }
void Tensor::backward(const BackwardOptions& options) const { detail::run_backward(*this, options); }

Tensor Tensor::detach() const {
  const TensorImpl* t = expect_present(*this, "detach");
  if (detail::thread_state().journal) [[unlikely]]
    return detail::make_view(detail::as_seen_first(*this), t->shape);
  return detail::make_view(*this, t->shape);
}

Tensor& Tensor::operator+=(const Tensor& other) & { return *this = *this + other; }
Tensor& Tensor::operator+=(Scalar other) & { return *this = *this + other; }
Tensor& Tensor::operator-=(const Tensor& other) & { return *this = *this - other; }
Tensor& Tensor::operator-=(Scalar other) & { return *this = *this - other; }
Tensor& Tensor::operator*=(const Tensor& other) & { return *this = *this * other; }
Tensor& Tensor::operator*=(Scalar other) & { return *this = *this * other; }
Tensor& Tensor::operator/=(const Tensor& other) & { return *this = *this / other; }
Tensor& Tensor::operator/=(Scalar other) & { return *this = *this / other; }

Parameter::Parameter(const std::string& name, const Tensor& value, bool trainable) : Tensor(value.detach().clone()) {
  set_name(name);
  set_requires_grad(trainable);
}
const std::string& Parameter::name() const {
  static const std::string none;
  const TensorImpl* t = expect_present(*this, "name");
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
std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name_of(dtype); }

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
