#pragma once
#include <frost/autograd/counted.hpp>
#include <frost/autograd/tensor.hpp>

#include <cstdint>
#include <vector>

namespace frost::detail {

/// Which part of a leaf is frozen: an element is while its index along any axis is. What is left, the *trained* part,
/// is a grid of whole indices along every axis, hence a dense tensor of its own: that is how gradients and optimizer
/// states of such a leaf are stored. Immutable; leaves, optimizers and guards share it.
class FROST_API FrozenPart : public Counted {
 public:
  /// One list an axis: empty, or one flag an index, true where it is frozen.
  using Flags = std::vector<std::vector<bool>>;

  /// Throws: ShapeError when the lists do not fit the shape.
  FrozenPart(const Shape& shape, const Flags& flags);

  const Flags& flags() const { return flags_; }
  /// The shape of the trained part, and its number of elements.
  const Shape& trained_shape() const { return trained_shape_; }
  std::int64_t trained() const { return trained_; }

  /// The trained part of a tensor of the leaf's shape, of shape trained_shape().
  Tensor gather(const Tensor& whole) const;
  /// Writes a trained part to its place in a leaf; the rest keeps every bit.
  void scatter(const Tensor& part, const Tensor& whole) const;
  /// A tensor of the leaf's shape with the trained part in its place and zeros elsewhere.
  Tensor spread(const Tensor& part) const;

 private:
  struct Run {  // indices along the last axis that has flags
    std::int64_t start, count;
  };
  template <class Visit>
  void each_run(const Visit& visit) const;

  Flags flags_;
  Shape shape_;
  Shape trained_shape_;
  std::int64_t trained_ = 1;
  std::vector<std::vector<std::int64_t>> outer_;  // the trained indices of the axes before the last one with flags
  std::vector<std::int64_t> strides_;             // their strides
  std::vector<Run> runs_;
  std::int64_t width_ = 1;  // elements below the last axis with flags
};

/// The elements of a tensor of this shape that both leave trained; absent, nothing is frozen. One of the two where that
/// is it.
FROST_API Ref<FrozenPart> trained_in_both(const Shape& shape, const Ref<FrozenPart>& a, const Ref<FrozenPart>& b);
/// Those that `a` leaves trained and `b` does not: parts without a common element, one an axis at most.
FROST_API std::vector<Ref<FrozenPart>> trained_in_first(const Shape& shape, const Ref<FrozenPart>& a,
                                                        const Ref<FrozenPart>& b);
/// A trained part of `from` as one of `to`: zeros where `from` has none.
FROST_API Tensor lay_out(const Tensor& part, const Ref<FrozenPart>& from, const Ref<FrozenPart>& to);

}  // namespace frost::detail
