#include <frost/autograd/ops.hpp>
#include <frost/autograd/tensor.hpp>

// The members of a Tensor that are functions of the same names.
namespace frost {

Tensor Tensor::reshape(const Shape& shape) const { return frost::reshape(*this, shape); }
Tensor Tensor::flatten() const { return frost::reshape(*this, {-1}); }
Tensor Tensor::transpose(const Axes& axes) const { return frost::transpose(*this, axes); }
Tensor Tensor::swapaxes(std::int64_t axis1, std::int64_t axis2) const { return frost::swapaxes(*this, axis1, axis2); }
Tensor Tensor::squeeze(std::int64_t axis) const { return frost::squeeze(*this, axis); }
Tensor Tensor::expand_dims(std::int64_t axis) const { return frost::expand_dims(*this, axis); }
Tensor Tensor::broadcast_to(const Shape& shape) const { return frost::broadcast_to(*this, shape); }
Tensor Tensor::flip(const Axes& axes) const { return frost::flip(*this, axes); }
Tensor Tensor::repeat(std::int64_t repeats, std::int64_t axis) const { return frost::repeat(*this, repeats, axis); }
Tensor Tensor::take(const Tensor& indices, std::int64_t axis) const { return frost::take(*this, indices, axis); }
Tensor Tensor::sum(const Axes& axes, bool keepdims) const { return frost::sum(*this, axes, keepdims); }
Tensor Tensor::mean(const Axes& axes, bool keepdims) const { return frost::mean(*this, axes, keepdims); }
Tensor Tensor::max(const Axes& axes, bool keepdims) const { return frost::max(*this, axes, keepdims); }
Tensor Tensor::min(const Axes& axes, bool keepdims) const { return frost::min(*this, axes, keepdims); }
Tensor Tensor::prod(const Axes& axes, bool keepdims) const { return frost::prod(*this, axes, keepdims); }
Tensor Tensor::var(const Axes& axes, bool keepdims, std::int64_t ddof) const {
  return frost::var(*this, axes, keepdims, ddof);
}
Tensor Tensor::std(const Axes& axes, bool keepdims, std::int64_t ddof) const {
  return frost::std(*this, axes, keepdims, ddof);
}
Tensor Tensor::norm(const Axes& axes, bool keepdims) const { return frost::norm(*this, axes, keepdims); }
Tensor Tensor::logsumexp(const Axes& axes, bool keepdims) const { return frost::logsumexp(*this, axes, keepdims); }
Tensor Tensor::argmax(std::int64_t axis) const { return frost::argmax(*this, axis); }
Tensor Tensor::argmin(std::int64_t axis) const { return frost::argmin(*this, axis); }
Tensor Tensor::cumsum(std::int64_t axis) const { return frost::cumsum(*this, axis); }
Tensor Tensor::cumprod(std::int64_t axis) const { return frost::cumprod(*this, axis); }
Tensor Tensor::sort(std::int64_t axis) const { return frost::sort(*this, axis); }
Tensor Tensor::argsort(std::int64_t axis) const { return frost::argsort(*this, axis); }
Tensor Tensor::softmax(std::int64_t axis) const { return frost::softmax(*this, axis); }
Tensor Tensor::log_softmax(std::int64_t axis) const { return frost::log_softmax(*this, axis); }
Tensor Tensor::matmul(const Tensor& other) const { return frost::matmul(*this, other); }
Tensor Tensor::power(Scalar exponent) const { return frost::power(*this, exponent); }
Tensor Tensor::clip(Scalar min, Scalar max) const { return frost::clip(*this, min, max); }
Tensor Tensor::tanh() const { return frost::tanh(*this); }
Tensor Tensor::sigmoid() const { return frost::sigmoid(*this); }
Tensor Tensor::relu() const { return frost::relu(*this); }
Tensor Tensor::sin() const { return frost::sin(*this); }
Tensor Tensor::cos() const { return frost::cos(*this); }
Tensor Tensor::exp() const { return frost::exp(*this); }
Tensor Tensor::log() const { return frost::log(*this); }
Tensor Tensor::sqrt() const { return frost::sqrt(*this); }
Tensor Tensor::square() const { return frost::square(*this); }
Tensor Tensor::abs() const { return frost::abs(*this); }
Tensor Tensor::sign() const { return frost::sign(*this); }
Tensor Tensor::floor() const { return frost::floor(*this); }
Tensor Tensor::ceil() const { return frost::ceil(*this); }
Tensor Tensor::round() const { return frost::round(*this); }
Tensor Tensor::logical_and(const Tensor& other) const { return frost::logical_and(*this, other); }
Tensor Tensor::logical_or(const Tensor& other) const { return frost::logical_or(*this, other); }
Tensor Tensor::logical_not() const { return frost::logical_not(*this); }

Tensor Tensor::any(const Axes& axes, bool keepdims) const { return frost::any(*this, axes, keepdims); }
Tensor Tensor::all(const Axes& axes, bool keepdims) const { return frost::all(*this, axes, keepdims); }

}  // namespace frost
