#pragma once
#include <frost/autograd/tensor.hpp>

namespace frost::detail {

/// Gathers, while it lives, what functions on this thread add to the loss beside their results, such as penalties of
/// activities. The innermost one gets it; a checkpoint hands it on as an output of its own.
class FROST_API SideLoss {
 public:
  [[nodiscard]] SideLoss();
  ~SideLoss();
  SideLoss(const SideLoss&) = delete;
  SideLoss& operator=(const SideLoss&) = delete;

  /// The sum so far, a scalar; absent when there is nothing.
  const Tensor& total() const { return total_; }

  /// Whether somebody on this thread gathers.
  static bool is_gathered();
  static void add(const Tensor& part);

 private:
  SideLoss* outer_;
  Tensor total_;
};

}  // namespace frost::detail
