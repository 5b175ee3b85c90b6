#include "rows.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/data/batches.hpp>

namespace frost::models {

namespace {

template <class F>
Rows each(const Rows& rows, std::int64_t count, const F& chosen) {
  const NoGrad guard;  // data are on no tape, whatever made them
  Rows part{.weights = rows.weights.present() ? chosen(rows.weights) : Tensor(), .count = count, .part = rows.part};
  part.x.reserve(rows.x.size());
  part.y.reserve(rows.y.size());
  for (const Tensor& t : rows.x) part.x.push_back(chosen(t));
  for (const Tensor& t : rows.y) part.y.push_back(t.present() ? chosen(t) : t);  // outputs may have no targets
  return part;
}

}  // namespace

Rows Rows::slice(std::int64_t start, std::int64_t stop) const {
  return each(*this, stop - start, [&](const Tensor& t) { return t.slice(0, start, stop); });
}

Rows Rows::at(const RowRange& range) const {
  if (!range.order.present()) return slice(range.start, range.stop);
  const Tensor chosen = range.order.slice(0, range.start, range.stop);
  return each(*this, range.count(), [&](const Tensor& t) { return gather_rows(t, chosen); });
}

}  // namespace frost::models
