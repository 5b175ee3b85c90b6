#pragma once
#include <frost/autograd/ops/nn.hpp>

// Batch norm with the statistics it computes on the way, for a layer that keeps moving averages of them.
namespace frost::detail {

struct BatchMoments {
  Tensor y;         // as batch_norm_train gives it
  Tensor mean;      // of the batch, one a channel; on no tape
  Tensor variance;  // the biased one
};
FROST_API BatchMoments batch_norm_moments(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                          const BatchNormOptions& options = {});

}  // namespace frost::detail
