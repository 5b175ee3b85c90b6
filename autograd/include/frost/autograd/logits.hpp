#pragma once
#include <frost/autograd/tensor.hpp>

#include <vector>

namespace frost::detail {

/// While it lives, this thread remembers what its last softmaxes along the last axis were given, so that a loss can be
/// computed from the logits of probabilities.
class FROST_API KeepLogits {
 public:
  /// Remembers the last `count` of them.
  [[nodiscard]] explicit KeepLogits(std::size_t count = 1);
  ~KeepLogits();
  KeepLogits(const KeepLogits&) = delete;
  KeepLogits& operator=(const KeepLogits&) = delete;

  /// The logits in the shape of the probabilities, when these are a softmax's values as they are, though reshaped in
  /// between; else absent.
  Tensor of(const Tensor& probabilities) const;

  /// Whether somebody on this thread wants to know.
  static bool wanted();
  static void note(const Tensor& logits, const Tensor& probabilities);

 private:
  struct Pair {
    Tensor logits, probabilities;
  };
  std::vector<Pair> pairs_;  // the oldest is written over
  std::size_t next_ = 0;
  KeepLogits* before_;
};

}  // namespace frost::detail
