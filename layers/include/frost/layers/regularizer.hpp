#pragma once
#include <frost/autograd/tensor.hpp>

namespace frost {

class Layer;

/// A penalty on a weight's size that training adds to the loss: l1·Σ|w| + l2·Σw². By Keras' names `"l1"`, `"l2"`,
/// `"l1_l2"` (factors 0.01), or as L1, L2, L1L2, l1, l2, l1_l2 with factors. Empty: none.
class FROST_API Regularizer {
 public:
  Regularizer() = default;
  Regularizer(const char* name);
  /// Throws: ValueError for a name that is not known.
  Regularizer(const std::string& name);

  bool empty() const { return l1_ == 0 && l2_ == 0; }
  double l1() const { return l1_; }
  double l2() const { return l2_; }
  /// The penalty, a scalar.
  Tensor operator()(const Tensor& weight) const;

 protected:
  Regularizer(double l1, double l2);

 private:
  double l1_ = 0;
  double l2_ = 0;
};

/// l1·Σ|w|.
class FROST_API L1 : public Regularizer {
 public:
  explicit L1(double l1 = 0.01) : Regularizer(l1, 0) {}
};
/// l2·Σw².
class FROST_API L2 : public Regularizer {
 public:
  explicit L2(double l2 = 0.01) : Regularizer(0, l2) {}
};
/// l1·Σ|w| + l2·Σw².
class FROST_API L1L2 : public Regularizer {
 public:
  explicit L1L2(double l1 = 0.01, double l2 = 0.01) : Regularizer(l1, l2) {}
};

/// Keras' other spelling of the same.
inline Regularizer l1(double factor = 0.01) { return L1(factor); }
inline Regularizer l2(double factor = 0.01) { return L2(factor); }
inline Regularizer l1_l2(double l1_factor = 0.01, double l2_factor = 0.01) { return L1L2(l1_factor, l2_factor); }

/// The sum of the penalties of a layer's or model's trainable weights; absent when there are none. Frozen weights are
/// not counted, and a layer that several models inside hold is counted once.
FROST_API Tensor regularization_loss(const Layer& layer);

}  // namespace frost
