#pragma once
#include <frost/autograd/side_loss.hpp>
#include <frost/layers/regularizer.hpp>

namespace frost {

class LayerBase;

/// Collects, while it lives, what the activity regularizers of the layers that this thread calls ask for: `fit` and
/// `evaluate` do; a loop by hand does it so:
///
///     ActivityPenalties penalties;
///     Tensor loss = mean_squared_error(y, model(x, {.training = true}));
///     if (penalties.total().present()) loss = loss + penalties.total();
///
/// Each is the regularizer of the layer's output divided by the number of rows, as in Keras. Frozen layers ask for
/// nothing. The innermost collector gets them.
class FROST_API ActivityPenalties {
 public:
  [[nodiscard]] ActivityPenalties() {}
  ActivityPenalties(const ActivityPenalties&) = delete;
  ActivityPenalties& operator=(const ActivityPenalties&) = delete;

  /// Their sum so far, a scalar; absent when there are none.
  const Tensor& total() const { return sum_.total(); }
  /// For layers of your own: adds the penalty of what the layer computed.
  static void note(const LayerBase& layer, const Regularizer& regularizer, const Tensor& y);

 private:
  detail::SideLoss sum_;
};

}  // namespace frost
