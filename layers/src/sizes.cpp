#include <frost/layers/sizes.hpp>

#include "expect.hpp"

namespace frost {

Size2D Size2D::of(const std::vector<std::int64_t>& sizes) {
  detail::expect(sizes.size() == 1 || sizes.size() == 2, "Size2D: got {} numbers; expected one or two", sizes.size());
  return {sizes.front(), sizes.back()};
}

std::string to_string(const Size2D& size) { return fmt::format("({}, {})", size.height(), size.width()); }

std::string to_string(const Margins2D& margins) {
  const Margin &h = margins.height(), &w = margins.width();
  return fmt::format("(({}, {}), ({}, {}))", h.before, h.after, w.before, w.after);
}

}  // namespace frost
