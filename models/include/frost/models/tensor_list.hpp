#pragma once
#include <frost/autograd/tensor.hpp>

#include <initializer_list>

namespace frost {

/// One tensor or several: what `fit` and its like take, `fit(x, y)`, `fit({x1, x2}, y)`.
class TensorList : public Tensors {
 public:
  TensorList() = default;
  TensorList(const Tensor& tensor) {
    if (tensor.present()) push_back(tensor);
  }
  TensorList(std::initializer_list<Tensor> tensors) : Tensors(tensors) {}
  TensorList(const Tensors& tensors) : Tensors(tensors) {}
};

/// What a model is validated on: `{x_val, y_val}`, `{{x1, x2}, y}`. Empty: nothing.
struct ValidationData {
  TensorList x = {};
  TensorList y = {};
  bool empty() const { return x.empty(); }
};

}  // namespace frost
