#pragma once
#include "plain_model.hpp"

// SGD and Adam an element at a time: each element has its own count of updates.
namespace pairs {

void zero_gradients(PlainModel& model);
void step(PlainModel& model, const OptimizerChoice& options);
/// What the constraints of kernels ask for after a step.
void constrain(PlainModel& model);

}  // namespace pairs
