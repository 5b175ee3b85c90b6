#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct FlattenOptions {
  std::string name = {};
};
/// All axes but the first as one. Input shape: (N, …). Output shape: (N, the product of the rest).
class FROST_API Flatten : public Layer {
 public:
  Flatten();
  explicit Flatten(const FlattenOptions& options);
};

struct ReshapeOptions {
  std::string name = {};
};
/// The same elements in another shape, the batch axis left alone: Reshape({10}), one −1 inferred.
/// Input shape: (N, …). Output shape: (N, shape…). Throws: ShapeError when the number of elements differs.
class FROST_API Reshape : public Layer {
 public:
  explicit Reshape(const Shape& shape, const ReshapeOptions& options = {});
};

/// Where a model's input comes in, as a layer to put first into a Sequential: InputLayer({32, 32}).
class FROST_API InputLayer : public Layer {
 public:
  explicit InputLayer(const Shape& shape, const InputOptions& options = {});
};

}  // namespace frost
