#pragma once
#include "kernels/optimizer.hpp"

#include <frost/autograd/tensor.hpp>

namespace frost::optim {

/// Σ g².
inline double sum_of_squares(const Tensor& g) {
  return g.dtype() == DType::float32 ? optimizer_table().sum_of_squares_f32(g.data<float>().data(), g.size())
                                     : optimizer_table().sum_of_squares_f64(g.data<double>().data(), g.size());
}

}  // namespace frost::optim
