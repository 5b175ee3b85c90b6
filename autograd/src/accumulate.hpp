#pragma once
#include <frost/autograd/grad.hpp>

namespace frost::detail {

/// Adds g into a slot: takes it if the slot is empty, in place if nobody else has the slot's values, else anew.
/// With `recorded` the sum is on the tape.
void accumulate(Tensor& slot, Tensor g, bool recorded);

void run_backward(const Tensor& output, const BackwardOptions& options);

}  // namespace frost::detail
