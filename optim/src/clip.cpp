#include <frost/optim/clip.hpp>

#include "expect.hpp"
#include "sum_of_squares.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/leaf.hpp>
#include <frost/autograd/make.hpp>

#include <cmath>
#include <vector>

namespace frost {

namespace {

template <class S>
Tensor scaled(const Tensor& gradient, double factor) {
  Tensor result = zeros_like(gradient);
  const auto from = gradient.data<S>();
  const auto to = result.mutable_data<S>();
  const S f = static_cast<S>(factor);
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = from[i] * f;
  return result;
}

}  // namespace

double clip_grad_norm(const Tensors& weights, double max_norm) {
  optim::expect(max_norm >= 0, "clip_grad_norm: max_norm is out of range; got {}; expected a number from 0", max_norm);
  NoGrad guard;
  Tensors clipped;
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Tensor& weight = weights[i];
    optim::expect(weight.present(), "clip_grad_norm: weight {} is absent", i);
    if (!detail::is_trained(weight) || !weight.has_grad()) continue;
    bool seen = false;
    for (const Tensor& other : clipped) seen = seen || other.is_same(weight);
    if (seen) continue;
    clipped.push_back(weight);
    sum += optim::sum_of_squares(detail::stored_gradient(weight).values);
  }
  const double norm = std::sqrt(sum);
  if (norm > max_norm)
    for (const Tensor& weight : clipped) {
      detail::StoredGradient g = detail::stored_gradient(weight);
      const double factor = max_norm / norm;
      g.values =
          g.values.dtype() == DType::float32 ? scaled<float>(g.values, factor) : scaled<double>(g.values, factor);
      detail::store_gradient(weight, g);
    }
  return norm;
}

}  // namespace frost
