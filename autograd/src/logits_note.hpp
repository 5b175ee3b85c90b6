#pragma once
#include "node.hpp"

#include <frost/autograd/logits.hpp>

namespace frost::detail {

void forget_logits(TensorImpl* t) noexcept;

/// Whether results of the function keep their logits now.
inline bool keeps_logits(Squashing function) {
  return thread_state().keeps_logits & static_cast<std::uint8_t>(function);
}
/// Has y, which the function computed from x, keep it.
void keep_logits(const Tensor& x, const Tensor& y, Squashing function);
/// Has a reshape keep the logits of what it was made from.
void keep_logits_of(const Tensor& x, const Tensor& y);

}  // namespace frost::detail
