#pragma once
#include "torch_names.hpp"

namespace frost::io {

/// How a weight of a layer is made from a module's parameters.
struct TorchRule {
  std::vector<std::string> sources;  // the parameters' names
  /// The weight's values from the sources' in that order; absent where their shapes do not allow it.
  Tensor (*convert)(const Tensors& sources, const Shape& weight);
};

/// The rule for a weight of a type of layer, by its name within the layer.
TorchRule torch_rule(const std::string& layer_type, const std::string& weight);

/// The shape (H, W, C) or (T, C) whose flattening a Dense layer reads where PyTorch's would be channels first; empty
/// when there is none.
Shape flattened_maps(const Layer& dense);

/// A Dense kernel (H·W·C, out) whose rows are in PyTorch's order of (C, H, W), in the order of (H, W, C).
Tensor reorder_rows(const Tensor& kernel, const Shape& maps);

}  // namespace frost::io
