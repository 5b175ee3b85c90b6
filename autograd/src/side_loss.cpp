#include <frost/autograd/side_loss.hpp>

#include "thread_state.hpp"

#include <frost/autograd/ops.hpp>

#include <utility>

namespace frost::detail {

SideLoss::SideLoss() : outer_(std::exchange(thread_state().side_loss, this)) {}
SideLoss::~SideLoss() { thread_state().side_loss = outer_; }

bool SideLoss::is_gathered() { return thread_state().side_loss != nullptr; }

void SideLoss::add(const Tensor& part) {
  Tensor& total = thread_state().side_loss->total_;
  total = total.present() ? total + part.to(total.dtype()) : part;
}

}  // namespace frost::detail
