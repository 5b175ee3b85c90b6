#include <frost/models/freeze_part.hpp>

#include "expect.hpp"

#include <frost/autograd/leaf.hpp>

#include <numeric>
#include <string>

namespace frost {

using models::expect;

namespace {

std::string named(const Tensor& weight) {
  const std::string& name = Parameter(weight).name();
  return (name.empty() ? "the weight" : "'" + name + "'") + " of shape " + to_string(weight.shape());
}

std::size_t checked_axis(const char* operation, const Tensor& weight, std::int64_t axis) {
  expect(weight.present(), "{}: the weight is absent", operation);
  expect(weight.is_leaf() && is_floating(weight.dtype()),
         "{}: only floating leaves are frozen; got {}, which is {}; expected a layer's weight", operation,
         named(weight), weight.is_leaf() ? name_of(weight.dtype()) : "computed");
  expect(axis >= -weight.rank() && axis < weight.rank(), "{}: got axis {} for {}; expected one of its {} axes",
         operation, axis, named(weight), weight.rank());
  return static_cast<std::size_t>(axis < 0 ? axis + weight.rank() : axis);
}

FreezeResult set_frozen(const char* operation, const Tensor& weight, std::int64_t axis,
                        const std::vector<std::int64_t>& indices, bool freezes) {
  const std::size_t a = checked_axis(operation, weight, axis);
  const std::int64_t size = weight.shape()[a];
  const detail::Ref<detail::FrozenPart>& part = detail::frozen_part(weight);
  detail::FrozenPart::Flags flags = part ? part->flags() : detail::FrozenPart::Flags(weight.shape().size());
  std::vector<bool> given(static_cast<std::size_t>(size));
  std::int64_t count = 0;
  for (const std::int64_t i : indices) {
    expect(i >= 0 && i < size, "{}: got index {} along axis {} of {}; expected 0 to {}", operation, i, a, named(weight),
           size - 1);
    const auto at = static_cast<std::size_t>(i);
    count += !given[at];
    given[at] = true;
  }
  flags[a].resize(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < given.size(); ++i)
    if (given[i]) flags[a][i] = freezes;
  detail::set_frozen_part(weight, flags);
  return {.tensors = 1, .elements = size == 0 ? 0 : weight.size() / size * count};
}

std::vector<std::int64_t> range(const char* operation, const Tensor& weight, std::int64_t axis, std::int64_t start,
                                std::int64_t stop) {
  const std::int64_t size = weight.shape()[checked_axis(operation, weight, axis)];
  expect(0 <= start && start <= stop && stop <= size,
         "{}: got indices {} to {} along axis {} of {}; expected 0 ≤ start ≤ stop ≤ {}", operation, start, stop, axis,
         named(weight), size);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(stop - start));
  std::iota(indices.begin(), indices.end(), start);
  return indices;
}

}  // namespace

FreezeResult freeze_rows(const Tensor& weight, const std::vector<std::int64_t>& rows) {
  return set_frozen("freeze_rows", weight, 0, rows, true);
}
FreezeResult thaw_rows(const Tensor& weight, const std::vector<std::int64_t>& rows) {
  return set_frozen("thaw_rows", weight, 0, rows, false);
}
FreezeResult freeze_slices(const Tensor& weight, std::int64_t axis, const std::vector<std::int64_t>& indices) {
  return set_frozen("freeze_slices", weight, axis, indices, true);
}
FreezeResult thaw_slices(const Tensor& weight, std::int64_t axis, const std::vector<std::int64_t>& indices) {
  return set_frozen("thaw_slices", weight, axis, indices, false);
}
FreezeResult freeze_slices(const Tensor& weight, std::int64_t axis, std::int64_t start, std::int64_t stop) {
  return set_frozen("freeze_slices", weight, axis, range("freeze_slices", weight, axis, start, stop), true);
}
FreezeResult thaw_slices(const Tensor& weight, std::int64_t axis, std::int64_t start, std::int64_t stop) {
  return set_frozen("thaw_slices", weight, axis, range("thaw_slices", weight, axis, start, stop), false);
}

}  // namespace frost
