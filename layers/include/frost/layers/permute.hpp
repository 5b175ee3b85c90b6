#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct PermuteOptions {
  std::string name = {};
};
/// The axes in another order: Permute({2, 1}) swaps those behind the batch axis, which is not named and stays.
/// Input shape: (N, d₁, …, dₖ). Output shape: (N, d of dims[0], …). Throws: ValueError unless dims are 1 to k in some
/// order; ShapeError for an input of another number of axes.
class FROST_API Permute : public Layer {
 public:
  explicit Permute(const Axes& dims, const PermuteOptions& options = {});
};

struct RepeatVectorOptions {
  std::string name = {};
};
/// The input n times, as steps. Input shape: (N, C). Output shape: (N, n, C). Throws: ValueError unless n ≥ 1.
class FROST_API RepeatVector : public Layer {
 public:
  explicit RepeatVector(std::int64_t n, const RepeatVectorOptions& options = {});
};

}  // namespace frost
