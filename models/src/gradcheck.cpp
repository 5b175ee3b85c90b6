#include <frost/models/gradcheck.hpp>

#include "losses.hpp"

namespace frost {

GradcheckReport gradcheck(const Model& model, const Tensor& x, const Tensor& y_true, const Loss& loss,
                          const GradcheckOptions& options) {
  return gradcheck(model, Tensors{x}, y_true, loss, options);
}

GradcheckReport gradcheck(const Model& model, const Tensors& xs, const Tensor& y_true, const Loss& loss,
                          const GradcheckOptions& options) {
  const models::ResolvedLoss resolved(loss);
  const auto call = [&](const Tensor& t, const Tensor& p) {
    return resolved(resolved.targets(t, p.shape(), p.dtype(), "gradcheck"), p, {}, {});
  };
  return detail::gradcheck_loss(model, xs, y_true, call, options);
}

}  // namespace frost
