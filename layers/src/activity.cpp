#include <frost/layers/activity.hpp>

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/graph.hpp>

#include <algorithm>

namespace frost {

using detail::SideLoss;

void ActivityPenalties::note(const LayerBase& layer, const Regularizer& regularizer, const Tensor& y) {
  if (regularizer.empty() || !SideLoss::is_gathered() || !has_values(y) || !detail::Graph::trains(layer)) return;
  const double rows = y.rank() > 0 ? static_cast<double>(std::max<std::int64_t>(y.shape()[0], 1)) : 1;
  SideLoss::add(regularizer(y) / rows);
}

}  // namespace frost
