#include "convert.hpp"
#include "handle.hpp"
#include "journal.hpp"
#include "logits_note.hpp"
#include "parts.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

#include <algorithm>
#include <cstring>

// The ways to write the values of a leaf, whole or in part.
namespace frost {

using namespace detail;

namespace {

// A leaf that is nothing but a part or another form of a tensor would not write to that, as NumPy's views do.
TensorImpl* expect_writable(const Tensor& t, const char* what) {
  TensorImpl* p = expect_leaf(t, what);
  const bool is_part = p->flags & TensorImpl::part_copy ||
                       (p->flags & TensorImpl::part_view && p->buffer->handles.load(std::memory_order_acquire) > 1);
  expect<GraphError>(
      !is_part,
      "{}: this tensor, of shape {}, was cut or reshaped out of another one, which would keep its values. "
      "Write to that one with assign_at(index, values) or assign_slice(…); or write to a clone() of this.",
      what, text(p->shape));
  return p;
}

// Before the values of a leaf are written in place: a fresh buffer where another handle shows the old one, or where the
// memory is not ours; else the buffer's version is raised, so that a rule that saved the old values says so.
void make_writable(TensorImpl* t, bool keep_values) {
  if (t->logits) forget_logits(t);
  Buffer* old = t->buffer;
  if (old->handles.load(std::memory_order_acquire) == 1 && !old->release) {
    old->version.fetch_add(1, std::memory_order_acq_rel);
    old->borrowed = true;
    return;
  }
  const std::size_t bytes = static_cast<std::size_t>(t->shape.count()) * size_of(t->dtype);
  Buffer* fresh = make_buffer(t->shape, t->dtype);
  fresh->borrowed = true;
  fresh->handles.store(1, std::memory_order_relaxed);
  if (keep_values && bytes) std::memcpy(fresh->data, t->data, bytes);
  t->buffer = fresh;
  t->data = fresh->data;
  old->handles.fetch_sub(1, std::memory_order_release);
  release(old);
}

// Equal runs of elements that lie apart: what an index names.
struct Runs {
  Shape shape;  // of all of them together
  std::int64_t length = 0;
  std::vector<std::int64_t> starts = {};
};

std::int64_t product(const Shape& dims, std::size_t from) {
  std::int64_t n = 1;
  for (std::size_t i = from; i < dims.size(); ++i) n *= dims[i];
  return n;
}

Runs runs_of_places(const char* what, const Shape& dims, const std::vector<std::int64_t>& places) {
  expect<ShapeError>(places.size() <= dims.size(), "{}: got {} indices for shape {}; expected at most {}", what,
                     places.size(), text(dims), dims.size());
  Runs runs{Shape(std::vector<std::int64_t>(dims.begin() + static_cast<std::ptrdiff_t>(places.size()), dims.end())),
            product(dims, places.size())};
  std::int64_t start = 0;
  for (std::size_t i = 0; i < places.size(); ++i)
    start += normalize_place(what, places[i], dims, i) * product(dims, i + 1);
  runs.starts.push_back(start);
  return runs;
}

Runs runs_of_mask(const char* what, const Shape& dims, const Tensor& mask) {
  const Shape marked = mask.shape();
  expect<ShapeError>(
      marked.size() <= dims.size() && !marked.empty() && std::equal(marked.begin(), marked.end(), dims.begin()),
      "{}: the mask does not fit; got {}; expected the sizes of the first axes of {}", what, text(marked), text(dims));
  Runs runs{{}, product(dims, marked.size())};
  const std::span<const bool> marks = mask.data<bool>();
  for (std::size_t i = 0; i < marks.size(); ++i)
    if (marks[i]) runs.starts.push_back(static_cast<std::int64_t>(i) * runs.length);
  runs.shape = {runs.starts.size()};
  runs.shape.insert(runs.shape.end(), dims.begin() + static_cast<std::ptrdiff_t>(marked.size()), dims.end());
  return runs;
}

Runs runs_of_rows(const char* what, const Shape& dims, const Tensor& rows) {
  expect<ShapeError>(!dims.empty(), "{}: a tensor without axes has no rows", what);
  expect(rows.dtype() == DType::int64, "{}: an index tensor must be int64 or bool; got {}", what,
         name_of(rows.dtype()));
  Runs runs{rows.shape(), product(dims, 1)};
  runs.shape.insert(runs.shape.end(), dims.begin() + 1, dims.end());
  for (const std::int64_t row : rows.data<std::int64_t>())
    runs.starts.push_back(normalize_place(what, row, dims, 0) * runs.length);
  return runs;
}

Runs runs_of(const char* what, const Tensor& t, const Index& index) {
  const Shape dims = t.shape();
  if (!index.tensor()) return runs_of_places(what, dims, index.places());
  expect_present(*index.tensor(), what);
  const Tensor given = as_seen_first(*index.tensor());
  return given.dtype() == DType::boolean ? runs_of_mask(what, dims, given) : runs_of_rows(what, dims, given);
}

Runs runs_of_slice(const char* what, const Tensor& t, std::int64_t axis, std::int64_t start, std::int64_t stop,
                   std::int64_t step) {
  const Shape dims = t.shape();
  const auto at = static_cast<std::size_t>(normalize_axis(what, axis, t.rank()));
  const std::int64_t n = dims[at], inner = product(dims, at + 1);
  const SliceRange range = slice_range(what, n, start, stop, step);
  Runs runs{dims, inner};
  runs.shape[at] = range.count;
  std::int64_t outer = 1;
  for (std::size_t i = 0; i < at; ++i) outer *= dims[i];
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t i = 0; i < range.count; ++i)
      runs.starts.push_back((o * n + range.start + i * range.step) * inner);
  return runs;
}

// Writes values, which broadcast to the runs, into them.
void write(const char* what, const Tensor& t, const Runs& runs, const Tensor& values) {
  TensorImpl* to = impl(t);
  const TensorImpl* from = expect_present(values, what);
  if (from->dtype != to->dtype)
    fail<ValueError>("{}: the dtypes differ for {}; got {}; expected {}; convert with to(DType::{})", what, describe(t),
                     name_of(from->dtype), name_of(to->dtype), name_of(to->dtype));
  expect_values(impl(values), what);
  const NoGrad unrecorded;
  Tensor all;
  try {
    all = broadcast_to(values, runs.shape);
  } catch (const ShapeError&) {
    fail<ShapeError>("{}: the values do not fit; got {}; expected {}, or what broadcasts to it", what, text(values),
                     text(runs.shape));
  }
  if (Journal* journal = thread_state().journal; journal && !journal->begin_write(to)) return;
  make_writable(to, true);
  const std::size_t bytes = static_cast<std::size_t>(runs.length) * size_of(to->dtype);
  if (bytes == 0) return;
  const auto* source = static_cast<const std::byte*>(impl(all)->data);
  auto* target = static_cast<std::byte*>(to->data);
  for (const std::int64_t start : runs.starts) {
    std::memcpy(target + static_cast<std::size_t>(start) * size_of(to->dtype), source, bytes);
    source += bytes;
  }
}

Tensor scalar_like(const Tensor& t, const char* what, Scalar value) {
  if (t.dtype() == DType::int64) value = whole(what, "value", value);
  return full({}, value, {.dtype = t.dtype()});
}

Tensor expect_leaf_with_values(const Tensor& t, const char* what) {
  expect_values(expect_writable(t, what), what);
  return t;
}

}  // namespace

void* Tensor::mutable_data_of(DType dtype) {
  TensorImpl* t = expect_writable(*this, "mutable_data");
  expect<ValueError>(t->dtype == dtype, "mutable_data: the type asked for is not the tensor's; got {}; expected {}",
                     name_of(dtype), name_of(t->dtype));
  expect_values(t, "mutable_data");
  if (Journal* journal = thread_state().journal; journal && !journal->begin_write(t))
    return impl(journal->scratch(*this))->data;
  make_writable(t, true);
  return t->data;
}

void Tensor::assign(const Tensor& values) const {
  TensorImpl* t = expect_writable(*this, "assign");
  TensorImpl* from = expect_present(values, "assign");
  if (!(from->shape == t->shape))
    fail<ShapeError>("assign: the shapes differ for {}; got {}; expected {}", describe(*this), text(from->shape),
                     text(t->shape));
  if (from->dtype != t->dtype)
    fail<ValueError>("assign: the dtypes differ for {}; got {}; expected {}; convert with to(DType::{})",
                     describe(*this), name_of(from->dtype), name_of(t->dtype), name_of(t->dtype));
  expect_values(from, "assign");
  expect_values(t, "assign");
  if (t == from) return;
  const Tensor source = as_seen_first(values);
  if (Journal* journal = thread_state().journal; journal && !journal->begin_write(t)) return;
  from = impl(source);
  Buffer* kept = from->buffer;
  retain(kept);
  const void* data = from->data;
  make_writable(t, false);
  const std::size_t bytes = static_cast<std::size_t>(t->shape.count()) * size_of(t->dtype);
  if (bytes) std::memcpy(t->data, data, bytes);
  release(kept);
}

void Tensor::assign_at(const Index& index, const Tensor& values) const {
  const Tensor to = expect_leaf_with_values(*this, "assign_at");
  write("assign_at", to, runs_of("assign_at", to, index), values);
}
void Tensor::assign_at(const Index& index, Scalar value) const {
  const Tensor to = expect_leaf_with_values(*this, "assign_at");
  write("assign_at", to, runs_of("assign_at", to, index), scalar_like(to, "assign_at", value));
}
void Tensor::assign_slice(std::int64_t axis, std::int64_t start, std::int64_t stop, const Tensor& values,
                          std::int64_t step) const {
  const Tensor to = expect_leaf_with_values(*this, "assign_slice");
  write("assign_slice", to, runs_of_slice("assign_slice", to, axis, start, stop, step), values);
}
void Tensor::assign_slice(std::int64_t axis, std::int64_t start, std::int64_t stop, Scalar value,
                          std::int64_t step) const {
  const Tensor to = expect_leaf_with_values(*this, "assign_slice");
  write("assign_slice", to, runs_of_slice("assign_slice", to, axis, start, stop, step),
        scalar_like(to, "assign_slice", value));
}

}  // namespace frost
