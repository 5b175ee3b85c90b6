#pragma once
#include <frost/layers/activation_function.hpp>
#include <frost/layers/flops.hpp>

namespace frost::detail {

/// What an element of exp, tanh or their like counts.
constexpr std::int64_t function_flops = 8;

/// What an element of the activation counts, forward or backward.
inline std::int64_t flops_of(const ActivationFunction& activation) {
  const std::string& name = activation.name();
  if (activation.is_linear()) return 0;
  for (const char* simple : {"relu", "relu6", "leaky_relu", "hard_sigmoid", "softsign"})
    if (name == simple) return 1;
  return function_flops;
}

inline std::int64_t elements_of(const Shape& shape) {
  std::int64_t elements = 1;
  for (const std::int64_t size : shape) elements *= size;
  return elements;
}

}  // namespace frost::detail
