#include "broadcast.hpp"

namespace frost::detail {

BroadcastPlan plan_broadcast(const ShapeRef& a, const ShapeRef& b, const ShapeRef& y) {
  BroadcastPlan plan;
  plan.run = y.count();
  if (y.count() == 0 || (a.count() == y.count() && b.count() == y.count())) return plan;
  if (b.count() == 1) {
    plan.operands = kernels::Operands::vector_scalar;
    if (a.count() == y.count()) return plan;
  }
  if (a.count() == 1 && b.count() == y.count()) {
    plan.operands = kernels::Operands::scalar_vector;
    return plan;
  }

  // Axes from the innermost out; neighbours along which both operands go on in the same way are one.
  std::int64_t size[BroadcastPlan::max_axes], step_a[BroadcastPlan::max_axes], step_b[BroadcastPlan::max_axes];
  int count = 0;
  std::int64_t along_a = 1, along_b = 1;
  for (int i = 1; i <= y.rank(); ++i) {
    const std::int64_t n = y[y.rank() - i];
    const std::int64_t in_a = i <= a.rank() ? a[a.rank() - i] : 1, in_b = i <= b.rank() ? b[b.rank() - i] : 1;
    if (n == 1) continue;
    const std::int64_t sa = in_a == 1 ? 0 : along_a, sb = in_b == 1 ? 0 : along_b;
    along_a *= in_a;
    along_b *= in_b;
    if (count > 0 && sa == step_a[count - 1] * size[count - 1] && sb == step_b[count - 1] * size[count - 1]) {
      size[count - 1] *= n;
      continue;
    }
    size[count] = n;
    step_a[count] = sa;
    step_b[count] = sb;
    ++count;
  }
  if (count == 0) {
    plan.operands = kernels::Operands::vector_vector;
    return plan;
  }
  plan.operands = step_a[0] == 0   ? kernels::Operands::scalar_vector
                  : step_b[0] == 0 ? kernels::Operands::vector_scalar
                                   : kernels::Operands::vector_vector;
  plan.run = size[0];
  plan.axes = count - 1;
  for (int i = 1; i < count; ++i) {
    plan.size[count - 1 - i] = size[i];
    plan.step_a[count - 1 - i] = step_a[i];
    plan.step_b[count - 1 - i] = step_b[i];
    plan.runs *= size[i];
  }
  return plan;
}

}  // namespace frost::detail
