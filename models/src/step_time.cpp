#include "step_time.hpp"

namespace frost::models {

// The constants were measured with benchmarks/freeze_report on LSTM stacks and perceptrons of several sizes, in float32
// on one thread with AVX-512.
double predicted_seconds(const StepWork& work) {
  constexpr double product = 1 / 95e9;       // a floating-point operation of a matrix product
  constexpr double element = 1 / 25e9;       // one of elementwise work
  constexpr double updated_byte = 1 / 70e9;  // in the cache
  constexpr double step = 0.3e-6;
  constexpr double operation = 0.5e-6;
  constexpr double once = 10e-6;  // the loss, and the optimizer's loop
  return static_cast<double>(work.flops.products) * product + static_cast<double>(work.flops.elements) * element +
         static_cast<double>(work.updated_bytes) * updated_byte + static_cast<double>(work.steps) * step +
         static_cast<double>(work.operations) * operation + once;
}

}  // namespace frost::models
