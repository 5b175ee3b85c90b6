#include <frost/layers/activity.hpp>

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/graph.hpp>

#include <algorithm>
#include <utility>

namespace frost {

namespace {

thread_local ActivityPenalties* innermost = nullptr;

}  // namespace

ActivityPenalties::ActivityPenalties() : outer_(std::exchange(innermost, this)) {}
ActivityPenalties::~ActivityPenalties() { innermost = outer_; }

void ActivityPenalties::note(const LayerBase& layer, const Regularizer& regularizer, const Tensor& y) {
  if (regularizer.empty() || !innermost || !has_values(y) || !detail::Graph::trains(layer)) return;
  const double rows = y.rank() > 0 ? static_cast<double>(std::max<std::int64_t>(y.shape()[0], 1)) : 1;
  const Tensor penalty = regularizer(y) / rows;
  Tensor& total = innermost->total_;
  total = total ? total + penalty.to(total.dtype()) : penalty;
}

}  // namespace frost
