#pragma once
#include <frost/autograd/shape.hpp>

namespace frost {

/// A number for height and width, or one for each: 3 or {3, 3}. Empty: not given.
class Size2D {
 public:
  Size2D() = default;
  template <std::integral I>
  Size2D(I both) : Size2D(both, both) {}
  template <std::integral H, std::integral W>
  Size2D(H h, W w) : height_(static_cast<std::int64_t>(h)), width_(static_cast<std::int64_t>(w)), given_(true) {}

  /// From one or two numbers. Throws: ValueError for another number of them.
  FROST_API static Size2D of(const std::vector<std::int64_t>& sizes);

  bool empty() const { return !given_; }
  std::int64_t height() const { return height_; }
  std::int64_t width() const { return width_; }
  friend bool operator==(const Size2D&, const Size2D&) = default;

 private:
  std::int64_t height_ = 0, width_ = 0;
  bool given_ = false;
};

/// "(3, 3)".
FROST_API std::string to_string(const Size2D& size);

/// How many elements stand before and after those of an axis.
struct Margin {
  std::int64_t before = 0, after = 0;
  friend bool operator==(const Margin&, const Margin&) = default;
};

/// The four margins of an image: 1 all around, {1, 2} above and below and on both sides, {{0, 1}, {0, 1}} as (top,
/// bottom), (left, right).
class Margins2D {
 public:
  Margins2D() = default;
  template <std::integral I>
  Margins2D(I all) : Margins2D(all, all) {}
  template <std::integral H, std::integral W>
  Margins2D(H h, W w)
      : height_{static_cast<std::int64_t>(h), static_cast<std::int64_t>(h)},
        width_{static_cast<std::int64_t>(w), static_cast<std::int64_t>(w)} {}
  Margins2D(const Margin& h, const Margin& w) : height_(h), width_(w) {}

  const Margin& height() const { return height_; }
  const Margin& width() const { return width_; }
  friend bool operator==(const Margins2D&, const Margins2D&) = default;

 private:
  Margin height_, width_;
};

/// "((1, 1), (0, 2))".
FROST_API std::string to_string(const Margins2D& margins);

}  // namespace frost
