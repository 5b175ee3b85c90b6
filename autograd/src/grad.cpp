#include "grad.hpp"

#include "check.hpp"
#include "hooks.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/inspect.hpp>
#include <frost/autograd/make.hpp>

namespace frost {

namespace detail {

void graph_is_gone(const Node& node) {
  fail<GraphError>(
      "backward: the graph is gone; a second pass through '{}' was asked for, and the first one freed what it "
      "had saved. If the value is carried over from an earlier step, cut it there with detach(); to go through "
      "the same graph twice, give the first pass {{.retain_graph = true}}.",
      node.op->name);
}

Tensor starting_gradient(const char* op, const Tensor& output, const Tensor& given) {
  if (!given.present()) {
    expect<ShapeError>(
        output.size() == 1,
        "{}: only a tensor with one element has a gradient of its own; got shape {}; give its gradient as "
        "{{.grad_output = …}}",
        op, text(output));
    return ones_like(output);
  }
  expect<ShapeError>(shape_of(given) == shape_of(output), "{}: grad_output has the wrong shape; got {}; expected {}",
                     op, text(given), text(output));
  expect(given.dtype() == output.dtype(), "{}: grad_output has the wrong dtype; got {}; expected {}", op,
         name_of(given.dtype()), name_of(output.dtype()));
  return given;
}

void expect_recorded(const char* op, const Tensor& output) {
  expect<GraphError>(output.present(), "{}: the tensor is absent", op);
  if (!impl(output)->node && !(impl(output)->leaf && impl(output)->leaf->trainable))
    fail<GraphError>("{}: nothing was recorded for {}: no input requires a gradient, or it was computed under NoGrad",
                     op, describe(output));
}

}  // namespace detail

Tensors grad(const Tensor& output, const Tensors& inputs, const GradOptions& options) {
  using namespace detail;
  expect_recorded("grad", output);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    expect<GraphError>(inputs[i].present(), "grad: input {} is absent", i);
  Tensors found = gradients_of({output}, {starting_gradient("grad", output, options.grad_output)}, inputs,
                               options.create_graph, options.retain_graph);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].present()) {
      if (const TensorImpl* t = impl(inputs[i]); !t->node && !t->leaf->hooks.empty())
        found[i] = after_hooks(t->leaf->hooks, 0, found[i]);
      continue;
    }
    if (options.allow_unused) continue;
    throw GraphError(
        fmt::format("grad: the output does not depend on input {}, {}, or that input is frozen: {}; give "
                    "{{.allow_unused = true}} to get an absent gradient",
                    i, describe(inputs[i]), why_no_gradient(inputs[i], output)));
  }
  return found;
}

}  // namespace frost
