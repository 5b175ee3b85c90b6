#include <frost/autograd/logits.hpp>

#include "array.hpp"

#include <frost/autograd/ops.hpp>

namespace frost::detail {

namespace {
thread_local constinit KeepLogits* keeper __attribute__((tls_model("initial-exec"))) = nullptr;
}

KeepLogits::KeepLogits(std::size_t count) : pairs_(count), before_(std::exchange(keeper, this)) {}
KeepLogits::~KeepLogits() { keeper = before_; }

bool KeepLogits::wanted() { return keeper != nullptr; }

void KeepLogits::note(const Tensor& logits, const Tensor& probabilities) {
  if (is_abstract(probabilities) || keeper->pairs_.empty()) return;
  keeper->pairs_[keeper->next_] = {logits, probabilities};
  keeper->next_ = (keeper->next_ + 1) % keeper->pairs_.size();
}

// A view shows the same memory. One that was cut from the tape (detach) is not the softmax's result any more.
Tensor KeepLogits::of(const Tensor& probabilities) const {
  for (const Pair& pair : pairs_) {
    if (!pair.probabilities || impl(pair.probabilities)->data != impl(probabilities)->data) continue;
    const Shape &softmax = pair.probabilities.shape(), &shape = probabilities.shape();
    if (pair.probabilities.size() != probabilities.size() || shape.empty() || softmax.back() != shape.back()) continue;
    if (records(pair.probabilities) != records(probabilities)) continue;
    return softmax == shape ? pair.logits : reshape(pair.logits, shape);
  }
  return {};
}

}  // namespace frost::detail
