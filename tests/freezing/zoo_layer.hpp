#pragma once
#include "support.hpp"

// A row of the table of layers in layer_zoo.hpp.
namespace freezing_test {

/// What is trained in one run: a bit a weight, and whether something below the layer is.
struct Trained {
  unsigned weights = 0;
  bool below = false;
  bool any() const { return weights != 0 || below; }
  bool weight(int i) const { return weights >> i & 1; }
};

/// Bytes of the layer's input and output, and of one element.
struct Sizes {
  std::int64_t input = 0, output = 0;
};

struct ZooLayer {
  std::string name;
  std::function<frost::Layer()> make;
  frost::Tensor input;  // some rows
  /// The gradient kernel of each trainable weight, in the order of weights().
  std::vector<std::string> weight_kernels = {};
  /// The gradient kernels of which one runs for the layer's input; empty: it is not counted apart from others.
  std::vector<std::string> input_kernels = {};
  /// Bytes that operations computed (the layer's input counts as such) and the layer keeps.
  std::function<std::int64_t(const Trained&, const Sizes&)> saved = {};
  bool training = false;
  /// Frozen as a whole it computes something else than while it trains.
  bool differs_frozen = false;
  /// How often each weight's gradient kernel runs; empty: once. Weights may share a kernel.
  std::vector<int> weight_uses = {};
};

}  // namespace freezing_test
