#include "accumulate.hpp"

#include "array.hpp"
#include "kernels/elementwise_kernels.hpp"
#include "parallel.hpp"

#include <frost/autograd/ops/elementwise.hpp>

namespace frost::detail {

namespace {

template <class S>
void add_in_place(Tensor& slot, const Tensor& g) {
  S* to = raw_out<S>(slot);
  const S* from = raw<S>(g);
  const auto add = kernels::binary_kernels<kernels::Add>().of<S>().forward[0];
  parallel_for(slot.size(), [&](std::int64_t begin, std::int64_t end) {
    add(nullptr, to + begin, from + begin, to + begin, end - begin);
  });
}

}  // namespace

void accumulate(Tensor& slot, Tensor g, bool recorded) {
  if (!slot.present()) {
    slot = std::move(g);
  } else if (!recorded && is_unshared(slot)) {
    slot.dtype() == DType::float32 ? add_in_place<float>(slot, g) : add_in_place<double>(slot, g);
  } else if (!recorded && is_unshared(g)) {
    g.dtype() == DType::float32 ? add_in_place<float>(g, slot) : add_in_place<double>(g, slot);
    slot = std::move(g);
  } else {
    slot = slot + g;
  }
}

}  // namespace frost::detail
