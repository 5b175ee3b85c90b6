#pragma once
#include <frost/layers/activation_function.hpp>
#include <frost/layers/layer.hpp>

namespace frost {

struct ActivationOptions {
  std::string name = {};
};

/// Applies a function to its input: Activation("softmax"). Input shape: any. Output shape: the same.
class FROST_API Activation : public Layer {
 public:
  explicit Activation(const ActivationFunction& activation, const ActivationOptions& options = {});
};

}  // namespace frost
