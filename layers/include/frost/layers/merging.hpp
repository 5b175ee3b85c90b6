#pragma once
#include <frost/layers/layer.hpp>

// Layers of several inputs: `Add()({a, b})`. Element by element they broadcast as NumPy does, but for the batch axis,
// which all inputs have: of fewer axes, an input gets axes of size 1 behind its batch axis. A step of the result is
// masked when it is in one of the inputs.
// All throw GraphError for a wrong number of inputs, and ShapeError when shapes do not fit.
namespace frost {

struct MergeOptions {
  std::string name = {};
};

/// y = x₁ + x₂ + …; each dx = g.
class FROST_API Add : public Layer {
 public:
  Add();
  explicit Add(const MergeOptions& options);
};
/// y = x₁ − x₂, of two inputs; dx₁ = g, dx₂ = −g.
class FROST_API Subtract : public Layer {
 public:
  Subtract();
  explicit Subtract(const MergeOptions& options);
};
/// y = x₁·x₂·…; each dx = g times the product of the others.
class FROST_API Multiply : public Layer {
 public:
  Multiply();
  explicit Multiply(const MergeOptions& options);
};
/// y = (x₁ + … + xₙ)/n; each dx = g/n.
class FROST_API Average : public Layer {
 public:
  Average();
  explicit Average(const MergeOptions& options);
};
/// The largest, element by element. The gradient goes to it; of two that are equal, to each half.
class FROST_API Maximum : public Layer {
 public:
  Maximum();
  explicit Maximum(const MergeOptions& options);
};
/// The smallest, element by element. The gradient goes to it; of two that are equal, to each half.
class FROST_API Minimum : public Layer {
 public:
  Minimum();
  explicit Minimum(const MergeOptions& options);
};

struct ConcatenateOptions {
  /// The axis that grows; not the batch's.
  FirstOption<std::int64_t> axis = detail::by_default(std::int64_t{-1});
  std::string name = {};
};
/// One input after the other along an axis. Input shapes: the same but along it. Throws: ValueError for axis 0 and for
/// one that the inputs do not have.
class FROST_API Concatenate : public detail::Positional<Concatenate, Layer, &ConcatenateOptions::axis> {
 public:
  using Positional::Positional;
  Concatenate();
  explicit Concatenate(const ConcatenateOptions& options);
};

struct DotOptions {
  /// The axis that is summed over, or that of each input.
  Axes axes = {};
  /// Divides both by their Euclidean norms along it: cosines.
  bool normalize = false;
  std::string name = {};
};
/// For each row of the batch, the product of two inputs summed over an axis of each: what remains of the first one's
/// axes, then of the second one's; (N, 1) when nothing does. Shapes: (N, a, k) and (N, b, k) give (N, a, b) with
/// axes 2. dx₁ = g·x₂ and dx₂ = g·x₁, summed over the other's axes. Throws: ValueError for axis 0, for one that an
/// input does not have, and unless there are one or two.
class FROST_API Dot : public detail::Positional<Dot, Layer, &DotOptions::axes> {
 public:
  using Positional::Positional;
  explicit Dot(const DotOptions& options);
};

}  // namespace frost
