#pragma once
#include <frost/layers/flops.hpp>

#include <cstdint>

namespace frost::models {

/// What a training step does, as far as its time depends on it.
struct StepWork {
  Flops flops;                     // forward and backward
  std::int64_t operations = 0;     // calls of layers, forward and back
  std::int64_t steps = 0;          // that wait for one another: a recurrent layer's
  std::int64_t updated_bytes = 0;  // read and written by the optimizer, and by gradients of weights
};

/// The predicted time in seconds, on one thread of a current processor. Ratios of it are what it is for.
double predicted_seconds(const StepWork& work);

}  // namespace frost::models
