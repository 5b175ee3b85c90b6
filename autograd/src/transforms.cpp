#include <frost/autograd/transforms.hpp>

#include "check.hpp"
#include "node.hpp"

#include <frost/autograd/given.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

#include <optional>

namespace frost {

using namespace detail;

namespace {

void expect_floating(const char* who, const char* what, const Tensor& t) {
  expect(static_cast<bool>(t), "{}: the {} is absent", who, what);
  expect(is_floating(t.dtype()), "{}: the {} is {}; expected float32 or float64; convert it with to(DType::float32)",
         who, what, name_of(t.dtype()));
}

void expect_like(const char* who, const char* what, const Tensor& got, const Tensor& like) {
  expect(static_cast<bool>(got), "{}: the {} is absent", who, what);
  expect<ShapeError>(shape_of(got) == shape_of(like), "{}: the {} has the wrong shape; got {}; expected {}", who, what,
                     text(got), text(like));
  expect(got.dtype() == like.dtype(), "{}: the {} has the wrong dtype; got {}; expected {}", who, what,
         name_of(got.dtype()), name_of(like.dtype()));
}

// The point at which a function is differentiated: x, apart from everything else that uses x. Under create_graph it
// stays connected to where x came from.
Tensor point(const Tensor& x, bool create_graph) {
  if (create_graph && records(x)) return alias(x);
  return x.detach().set_requires_grad(true);
}

Tensor or_zeros(Tensor g, const Tensor& like) { return g ? std::move(g) : zeros_like(like); }

// f at the point. The tape keeps what second derivatives need where they are asked for.
Tensor evaluate(const char* who, const TensorsFunction& f, const Tensors& xs, bool keep_inputs) {
  const EnableGrad recorded;
  std::optional<KeepInputs> keep;
  if (keep_inputs) keep.emplace();
  Tensor y = given_function(who, f)(xs);
  expect_floating(who, "result", y);
  return y;
}

// The gradients of ⟨v, y⟩, absent where there are none.
Tensors pull(const Tensor& y, const Tensor& v, const Tensors& xs, bool create_graph) {
  const EnableGrad recorded;
  return gradients_of({y}, {v}, xs, create_graph, true);
}

Tensors points(const char* who, const Tensors& inputs, bool create_graph) {
  for (std::size_t i = 0; i < inputs.size(); ++i) expect_floating(who, fmt::format("input {}", i).c_str(), inputs[i]);
  const EnableGrad recorded;
  Tensors xs;
  for (const Tensor& x : inputs) xs.push_back(point(x, create_graph));
  return xs;
}

Tensor result(const Tensor& y, bool create_graph) { return create_graph ? y : y.detach(); }

// ∂y/∂x, a row an element of y.
Tensor jacobian_of(const Tensor& y, const Tensor& x, bool create_graph) {
  Shape shape = y.shape();
  shape.insert(shape.end(), x.shape().begin(), x.shape().end());
  if (element_count(shape) == 0 || !records(y)) return zeros(shape, {.dtype = x.dtype()});
  const EnableGrad recorded;
  const Tensor rows = eye(y.size(), {.dtype = y.dtype()});
  Tensors gradients;
  for (std::int64_t k = 0; k < y.size(); ++k)
    gradients.push_back(or_zeros(pull(y, reshape(rows[k], y.shape()), {x}, create_graph)[0], x));
  return result(reshape(stack(gradients), shape), create_graph);
}

TensorsFunction of_first(const char* who, const TensorFunction& f) {
  given_function(who, f);
  return [&f](const Tensors& xs) { return f(xs[0]); };
}

// ∂f/∂x as a recorded tensor; absent where f does not depend on x.
Tensor gradient_of(const char* who, const TensorFunction& f, const Tensor& x) {
  const Tensor y = evaluate(who, of_first(who, f), {x}, true);
  expect<ShapeError>(y.size() == 1,
                     "{}: the function's result must have one element; got shape {}; expected () or (1,)", who,
                     text(y));
  const KeepInputs keep;
  return pull(y, ones_like(y), {x}, true)[0];
}

}  // namespace

struct VjpMaker {
  static Vjp make(Tensor output, Tensors inputs, bool create_graph) {
    Vjp made;
    made.output = result(output, create_graph);
    made.pullback.output_ = std::move(output);
    made.pullback.inputs_ = std::move(inputs);
    made.pullback.create_graph_ = create_graph;
    return made;
  }
};

Tensors Pullback::operator()(const Tensor& v) const {
  expect<GraphError>(static_cast<bool>(output_), "pullback: it is absent; expected what vjp(…) gave");
  expect_like("pullback", "gradient of the output", v, output_);
  Tensors gradients = pull(output_, create_graph_ ? v : v.detach(), inputs_, create_graph_);
  for (std::size_t i = 0; i < gradients.size(); ++i) gradients[i] = or_zeros(gradients[i], inputs_[i]);
  return gradients;
}

Vjp vjp(const TensorsFunction& f, const Tensors& inputs, const TransformOptions& options) {
  Tensors xs = points("vjp", inputs, options.create_graph);
  Tensor y = evaluate("vjp", f, xs, options.create_graph);
  return VjpMaker::make(std::move(y), std::move(xs), options.create_graph);
}

Jvp jvp(const TensorsFunction& f, const Tensors& inputs, const Tensors& tangents, const TransformOptions& options) {
  expect(inputs.size() == tangents.size(), "jvp: got {} inputs and {} tangents; expected as many", inputs.size(),
         tangents.size());
  const Tensors xs = points("jvp", inputs, options.create_graph);
  for (std::size_t i = 0; i < xs.size(); ++i)
    expect_like("jvp", fmt::format("tangent {}", i).c_str(), tangents[i], xs[i]);
  const Tensor y = evaluate("jvp", f, xs, true);
  const Tensor v = zeros_like(y).set_requires_grad(true);
  const EnableGrad recorded;
  Tensors pulled;
  {
    const KeepInputs keep;
    pulled = pull(y, v, xs, true);
  }
  Tensor sum;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!pulled[i]) continue;
    const Tensor term = frost::sum(pulled[i] * tangents[i]);
    sum = sum ? sum + term.to(sum.dtype()) : term;
  }
  Tensor tangent;
  if (sum) tangent = pull(sum, ones_like(sum), {v}, options.create_graph)[0];
  return {result(y, options.create_graph), result(or_zeros(tangent, y), options.create_graph)};
}

Tensor jacobian(const TensorFunction& f, const Tensor& x, const TransformOptions& options) {
  const Tensors xs = points("jacobian", {x}, options.create_graph);
  const Tensor y = evaluate("jacobian", of_first("jacobian", f), xs, options.create_graph);
  return jacobian_of(y, xs[0], options.create_graph);
}

Tensor hessian(const TensorFunction& f, const Tensor& x, const TransformOptions& options) {
  const Tensors xs = points("hessian", {x}, options.create_graph);
  const Tensor g = gradient_of("hessian", f, xs[0]);
  return jacobian_of(or_zeros(g, xs[0]), xs[0], options.create_graph);
}

Tensor hvp(const TensorFunction& f, const Tensor& x, const Tensor& v, const TransformOptions& options) {
  const Tensors xs = points("hvp", {x}, options.create_graph);
  expect_like("hvp", "vector", v, xs[0]);
  const Tensor g = gradient_of("hvp", f, xs[0]);
  if (!g || !records(g)) return zeros_like(xs[0]);
  return result(or_zeros(pull(g, v, xs, options.create_graph)[0], xs[0]), options.create_graph);
}

}  // namespace frost
