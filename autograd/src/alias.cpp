#include "node.hpp"

#include <frost/autograd/ops.hpp>

namespace frost::detail {

// y = x        dx = g
constinit const Op alias_op{
    .name = "alias",
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {shape_of(x[0]), x[0].dtype()};
        },
    .view = [](const Inputs& x, const Attrs&, const Spec& y) { return make_view(x[0], y.shape); },
    .rules = {{{"x", reads_nothing, [](const Saved&, const Tensor& g) { return g; }}}},
};

Tensor alias(const Tensor& x) { return apply(alias_op, {&x}); }

Tensor at_leaf(const Tensor& leaf, const Tensor& values) {
  if (!records(leaf)) return values;
  Tensor y = make_view(values, shape_of(values));
  const Tensor* x[] = {&leaf};
  Tensor none[max_extras];
  record(alias_op, Attrs(), Inputs(x, 1), &y, reads_nothing, none);
  return y;
}

Tensor sum_to(const Tensor& g, const ShapeRef& shape) {
  const int extra = shape_of(g).rank() - shape.rank();
  std::vector<std::int64_t> axes;
  for (int i = 0; i < shape_of(g).rank(); ++i)
    if (i < extra || (shape[i - extra] == 1 && shape_of(g)[i] != 1)) axes.push_back(i);
  const Tensor total = axes.empty() ? g : sum(g, Axes(std::move(axes)), true);
  return shape_of(total) == shape ? total : reshape(total, shape.dims());
}

}  // namespace frost::detail
