#include <frost/autograd/frozen_part.hpp>

#include "check.hpp"

#include <frost/autograd/make.hpp>

#include <algorithm>
#include <cstring>

namespace frost::detail {

FrozenPart::FrozenPart(const Shape& shape, const Flags& flags) : flags_(flags), shape_(shape), trained_shape_(shape) {
  expect<ShapeError>(flags.size() == shape.size(), "frozen part: got flags for {} axes; expected as many as in {}",
                     flags.size(), text(shape));
  std::size_t last = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (flags[axis].empty()) continue;
    expect<ShapeError>(static_cast<std::int64_t>(flags[axis].size()) == shape[axis],
                       "frozen part: got {} flags for axis {} of shape {}; expected one an index", flags[axis].size(),
                       axis, text(shape));
    last = axis;
    trained_shape_[axis] = std::count(flags[axis].begin(), flags[axis].end(), false);
  }
  for (const std::int64_t size : trained_shape_) trained_ *= size;
  for (std::size_t axis = last + 1; axis < shape.size(); ++axis) width_ *= shape[axis];

  const auto is_frozen = [&](std::size_t axis, std::int64_t i) {
    return !flags_[axis].empty() && flags_[axis][static_cast<std::size_t>(i)];
  };
  for (std::size_t axis = 0; axis < last; ++axis) {
    std::int64_t stride = 1;
    for (std::size_t k = axis + 1; k < shape.size(); ++k) stride *= shape[k];
    strides_.push_back(stride);
    outer_.emplace_back();
    for (std::int64_t i = 0; i < shape[axis]; ++i)
      if (!is_frozen(axis, i)) outer_.back().push_back(i);
  }
  for (std::int64_t i = 0; !shape.empty() && i < shape[last]; ++i) {
    if (is_frozen(last, i)) continue;
    if (!runs_.empty() && runs_.back().start + runs_.back().count == i)
      ++runs_.back().count;
    else
      runs_.push_back({i, 1});
  }
}

// Calls visit(offset in the whole, offset in the part, number of elements).
template <class Visit>
void FrozenPart::each_run(const Visit& visit) const {
  if (trained_ == 0) return;
  std::vector<std::size_t> at(outer_.size(), 0);
  std::int64_t done = 0;
  for (;;) {
    std::int64_t base = 0;
    for (std::size_t axis = 0; axis < at.size(); ++axis) base += outer_[axis][at[axis]] * strides_[axis];
    for (const Run& run : runs_) {
      visit(base + run.start * width_, done, run.count * width_);
      done += run.count * width_;
    }
    std::size_t axis = at.size();
    while (axis > 0 && ++at[axis - 1] == outer_[axis - 1].size()) at[--axis] = 0;
    if (axis == 0) return;
  }
}

Tensor FrozenPart::gather(const Tensor& whole) const {
  Tensor part = make_tensor(make_shape(trained_shape_), whole.dtype());
  const std::size_t bytes = size_of(whole.dtype());
  const std::byte* from = raw<std::byte>(whole);
  std::byte* to = raw_out<std::byte>(part);
  each_run([&](std::int64_t in_whole, std::int64_t in_part, std::int64_t count) {
    std::memcpy(to + static_cast<std::size_t>(in_part) * bytes, from + static_cast<std::size_t>(in_whole) * bytes,
                static_cast<std::size_t>(count) * bytes);
  });
  return part;
}

void FrozenPart::scatter(const Tensor& part, const Tensor& whole) const {
  Tensor leaf = whole;
  std::byte* to = whole.dtype() == DType::float32 ? reinterpret_cast<std::byte*>(leaf.mutable_data<float>().data())
                                                  : reinterpret_cast<std::byte*>(leaf.mutable_data<double>().data());
  const std::size_t bytes = size_of(whole.dtype());
  const std::byte* from = raw<std::byte>(part);
  each_run([&](std::int64_t in_whole, std::int64_t in_part, std::int64_t count) {
    std::memcpy(to + static_cast<std::size_t>(in_whole) * bytes, from + static_cast<std::size_t>(in_part) * bytes,
                static_cast<std::size_t>(count) * bytes);
  });
}

Tensor FrozenPart::spread(const Tensor& part) const {
  Tensor whole = zeros(shape_, {.dtype = part.dtype()});
  scatter(part, whole);
  return whole;
}

namespace {

using Flags = FrozenPart::Flags;

Flags flags_of(const Shape& shape, const Ref<FrozenPart>& part) { return part ? part->flags() : Flags(shape.size()); }

// One axis' flags: frozen in either.
std::vector<bool> either(const std::vector<bool>& a, const std::vector<bool>& b) {
  if (a.empty()) return b;
  std::vector<bool> all = a;
  for (std::size_t i = 0; i < b.size(); ++i) all[i] = all[i] || b[i];
  return all;
}

}  // namespace

Ref<FrozenPart> trained_in_both(const Shape& shape, const Ref<FrozenPart>& a, const Ref<FrozenPart>& b) {
  if (!a || a == b) return b;
  if (!b) return a;
  Flags flags(shape.size());
  for (std::size_t axis = 0; axis < flags.size(); ++axis) flags[axis] = either(a->flags()[axis], b->flags()[axis]);
  for (const Ref<FrozenPart>& same : {b, a})
    if (same->flags() == flags) return same;
  return Ref<FrozenPart>(new FrozenPart(shape, flags));
}

// An element that b freezes has a first axis along which it does: that axis' part.
std::vector<Ref<FrozenPart>> trained_in_first(const Shape& shape, const Ref<FrozenPart>& a, const Ref<FrozenPart>& b) {
  std::vector<Ref<FrozenPart>> parts;
  if (!b || a == b) return parts;
  Flags flags = flags_of(shape, a);
  for (std::size_t axis = 0; axis < flags.size(); ++axis) {
    const std::vector<bool>& frozen = b->flags()[axis];
    if (frozen.empty()) continue;
    std::vector<bool> trained(frozen.size());
    for (std::size_t i = 0; i < frozen.size(); ++i) trained[i] = !frozen[i];
    Flags own = flags;
    own[axis] = either(flags[axis], trained);
    Ref<FrozenPart> part(new FrozenPart(shape, own));
    if (part->trained() > 0) parts.push_back(std::move(part));
    flags[axis] = either(flags[axis], frozen);
  }
  return parts;
}

Tensor lay_out(const Tensor& part, const Ref<FrozenPart>& from, const Ref<FrozenPart>& to) {
  if (from == to) return part;
  const Tensor whole = from ? from->spread(part) : part;
  return to ? to->gather(whole) : whole;
}

}  // namespace frost::detail
