#pragma once
#include <frost/autograd/tensor.hpp>

namespace frost::detail {

/// A function that makes probabilities of logits.
enum class Squashing : std::uint8_t { none = 0, softmax = 1, sigmoid = 2 };
constexpr Squashing operator|(Squashing a, Squashing b) {
  return static_cast<Squashing>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}

/// While it lives, what these functions compute on this thread (a softmax along the last axis) keeps what it was
/// computed from, so that a loss can be computed from the logits of probabilities.
class FROST_API KeepLogits {
 public:
  [[nodiscard]] explicit KeepLogits(Squashing of);
  ~KeepLogits();
  KeepLogits(const KeepLogits&) = delete;
  KeepLogits& operator=(const KeepLogits&) = delete;

  /// The logits in the shape of the probabilities, when this tensor is what the function returned, or a reshape of
  /// that: any other operation in between, and a hook that wants to see a gradient pass, loses them. Else absent.
  Tensor of(const Tensor& probabilities, Squashing function) const;

  /// Whether this thread keeps any.
  static bool is_active();

 private:
  std::uint8_t before_;
};

/// Has a loss computed from the tensor itself, whatever made it.
FROST_API void lose_logits(const Tensor& probabilities);
/// The same of this result alone: the tensor, or an alias of it where it has logits.
FROST_API Tensor without_logits(const Tensor& probabilities);

}  // namespace frost::detail
