#include "spectral.hpp"

namespace frost::detail {

Above::Above(const Saved& saved, int outputs) : boundary_(saved.node().sequence) {
  const EnableGrad enable;
  for (int k = 0; k < outputs; ++k) outputs_.push_back(saved.output(k));
  gradients_ = saved.recorded_gradients(outputs_);
}

Tensors Above::along(const Tensors& direction) const {
  Tensor total;
  {
    const EnableGrad enable;
    for (std::size_t k = 0; k < outputs_.size(); ++k)
      if (gradients_[k].present() && direction[k].present() && records(gradients_[k]))
        total = sum_of(total, sum(gradients_[k] * direction[k]));
  }
  if (!total.present()) return Tensors(outputs_.size());
  return gradients_of({total}, {ones_like(total)}, outputs_, false, true, boundary_);
}

void Turned::add(const Tensor& a, const Tensor& b) {
  if (!a.present() || !b.present()) return;
  const auto count = static_cast<std::int64_t>(sum.size());
  const std::int64_t n = count ? a.size() / count : 0;
  const Doubles from_a(a), from_b(b);
  for (std::int64_t m = 0; m < count; ++m)
    for (std::int64_t i = 0; i < n; ++i) {
      const double product = from_a.of(m, n)[i] * from_b.of(m, n)[i];
      sum[static_cast<std::size_t>(m)] += product;
      size[static_cast<std::size_t>(m)] += std::abs(product);
    }
}

Tensor reciprocal_or_zero(const Tensor& t) {
  const Tensor is_zero = equal(t, 0.);
  return where(is_zero, 0., reciprocal(where(is_zero, 1., t)));
}

}  // namespace frost::detail
