#pragma once
#include <frost/export.hpp>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace frost {

/// One size or axis, from any integer type, so that `zeros({n, 3})` compiles whatever the type of n.
struct Dim {
  template <std::integral I>
  Dim(I v) : value(static_cast<std::int64_t>(v)) {}
  std::int64_t value;
};

/// The sizes of a tensor's axes, outermost first; empty for a scalar.
class Shape : public std::vector<std::int64_t> {
 public:
  Shape() = default;
  Shape(std::initializer_list<Dim> dims) {
    reserve(dims.size());
    for (const Dim& d : dims) push_back(d.value);
  }
  Shape(std::vector<std::int64_t> dims) : std::vector<std::int64_t>(std::move(dims)) {}
  template <std::integral I>
  requires(!std::same_as<I, std::int64_t>) Shape(const std::vector<I>& dims)
      : std::vector<std::int64_t>(dims.begin(), dims.end()) {}
};

/// A list of axes; empty means all of them. Negative axes count from the end.
class Axes {
 public:
  Axes() = default;
  template <std::integral I>
  Axes(I axis) : axes_{static_cast<std::int64_t>(axis)} {}
  Axes(std::initializer_list<Dim> axes) {
    axes_.reserve(axes.size());
    for (const Dim& a : axes) axes_.push_back(a.value);
  }
  Axes(std::vector<std::int64_t> axes) : axes_(std::move(axes)) {}

  bool empty() const { return axes_.empty(); }
  std::size_t size() const { return axes_.size(); }
  std::int64_t operator[](std::size_t i) const { return axes_[i]; }
  auto begin() const { return axes_.begin(); }
  auto end() const { return axes_.end(); }

 private:
  std::vector<std::int64_t> axes_;
};

/// "(2, 3)"; one axis as "(3,)", a scalar as "()".
FROST_API std::string to_string(const Shape& shape);

/// The number of elements: the product of the sizes, 1 for a scalar.
FROST_API std::int64_t element_count(const Shape& shape);

FROST_API std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace frost
