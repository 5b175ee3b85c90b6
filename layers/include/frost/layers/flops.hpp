#pragma once
#include <cstdint>
#include <vector>

namespace frost {

/// Floating-point operations, counted in two kinds that run at different rates.
struct Flops {
  /// Of matrix products: a multiplication and its addition are two.
  std::int64_t products = 0;
  /// Element by element: a sum, a product or a comparison is one, a function such as exp or tanh eight.
  std::int64_t elements = 0;

  std::int64_t total() const { return products + elements; }
  Flops& operator+=(const Flops& other) {
    products += other.products;
    elements += other.elements;
    return *this;
  }
};

/// What one call of a layer costs, forward and for each gradient: see LayerBase::flops.
struct LayerFlops {
  Flops forward = {};
  /// What every gradient needs first: the way back through an activation, or through an LSTM's steps.
  Flops backward = {};
  /// What the gradient of the input needs beyond that.
  Flops input_gradient = {};
  /// What the gradient of each weight needs beyond that: in the order of own_weights(), then those of layers inside.
  std::vector<Flops> weight_gradients = {};
  /// How many steps wait for one another, each with operations of its own: an LSTM's.
  std::int64_t steps = 0;
};

}  // namespace frost
