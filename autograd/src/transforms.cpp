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
  expect(t.present(), "{}: the {} is absent", who, what);
  expect(is_floating(t.dtype()), "{}: the {} is {}; expected float32 or float64; convert it with to(DType::float32)",
         who, what, name_of(t.dtype()));
}

void expect_like(const char* who, const char* what, const Tensor& got, const Tensor& like) {
  expect(got.present(), "{}: the {} is absent", who, what);
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

Tensor or_zeros(Tensor g, const Tensor& like) { return g.present() ? std::move(g) : zeros_like(like); }

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

// ∂y/∂xᵢ, a row an element of y.
Tensors jacobians(const Tensor& y, const Tensors& xs, bool create_graph) {
  const EnableGrad recorded;
  std::vector<Tensors> rows(xs.size());
  if (records(y)) {
    const Tensor units = eye(y.size(), {.dtype = y.dtype()});
    for (std::int64_t k = 0; k < y.size(); ++k) {
      const Tensors g = pull(y, reshape(units[k], y.shape()), xs, create_graph);
      for (std::size_t i = 0; i < xs.size(); ++i) rows[i].push_back(or_zeros(g[i], xs[i]));
    }
  }
  Tensors all;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    Shape shape = y.shape();
    shape.insert(shape.end(), xs[i].shape().begin(), xs[i].shape().end());
    all.push_back(rows[i].empty() || element_count(shape) == 0 ? zeros(shape, {.dtype = xs[i].dtype()})
                                                               : result(reshape(stack(rows[i]), shape), create_graph));
  }
  return all;
}

// ∂f/∂xᵢ as recorded tensors; absent where f does not depend on one.
Tensors gradients_at(const char* who, const TensorsFunction& f, const Tensors& xs) {
  const Tensor y = evaluate(who, f, xs, true);
  expect<ShapeError>(y.size() == 1,
                     "{}: the function's result must have one element; got shape {}; expected () or (1,)", who,
                     text(y));
  const KeepInputs keep;
  return pull(y, ones_like(y), xs, true);
}

void expect_as_many(const char* who, const char* what, const Tensors& xs, const Tensors& vs) {
  expect(xs.size() == vs.size(), "{}: got {} inputs and {} {}; expected as many", who, xs.size(), vs.size(), what);
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
  expect<GraphError>(output_.present(), "pullback: it is absent; expected what vjp(…) gave");
  expect_like("pullback", "gradient of the output", v, output_);
  Tensors gradients = pull(output_, create_graph_ ? v : v.detach(), inputs_, create_graph_);
  for (std::size_t i = 0; i < gradients.size(); ++i) gradients[i] = or_zeros(gradients[i], inputs_[i]);
  return gradients;
}

namespace detail {

Vjp vjp_of(const TensorsFunction& f, const Tensors& inputs, const TransformOptions& options) {
  Tensors xs = points("vjp", inputs, options.create_graph);
  Tensor y = evaluate("vjp", f, xs, options.create_graph);
  return VjpMaker::make(std::move(y), std::move(xs), options.create_graph);
}

Jvp jvp_of(const TensorsFunction& f, const Tensors& inputs, const Tensors& tangents, const TransformOptions& options) {
  expect_as_many("jvp", "tangents", inputs, tangents);
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
    if (!pulled[i].present()) continue;
    const Tensor term = frost::sum(pulled[i] * tangents[i]);
    sum = sum.present() ? sum + term.to(sum.dtype()) : term;
  }
  Tensor tangent;
  if (sum.present()) tangent = pull(sum, ones_like(sum), {v}, options.create_graph)[0];
  return {result(y, options.create_graph), result(or_zeros(tangent, y), options.create_graph)};
}

Tensors jacobians_of(const TensorsFunction& f, const Tensors& inputs, const TransformOptions& options) {
  const Tensors xs = points("jacobian", inputs, options.create_graph);
  return jacobians(evaluate("jacobian", f, xs, options.create_graph), xs, options.create_graph);
}

std::vector<Tensors> hessians_of(const TensorsFunction& f, const Tensors& inputs, const TransformOptions& options) {
  const Tensors xs = points("hessian", inputs, options.create_graph);
  const Tensors gradients = gradients_at("hessian", f, xs);
  std::vector<Tensors> blocks;
  for (std::size_t i = 0; i < xs.size(); ++i)
    blocks.push_back(jacobians(or_zeros(gradients[i], xs[i]), xs, options.create_graph));
  return blocks;
}

Tensors hvps_of(const TensorsFunction& f, const Tensors& inputs, const Tensors& vs, const TransformOptions& options) {
  expect_as_many("hvp", "vectors", inputs, vs);
  const Tensors xs = points("hvp", inputs, options.create_graph);
  for (std::size_t i = 0; i < xs.size(); ++i) expect_like("hvp", fmt::format("vector {}", i).c_str(), vs[i], xs[i]);
  const EnableGrad recorded;
  // ⟨∂f/∂x, v⟩ over what f depends on.
  Tensors gradients, vectors;
  const Tensors all = gradients_at("hvp", f, xs);
  for (std::size_t i = 0; i < xs.size(); ++i)
    if (all[i].present() && records(all[i])) {
      gradients.push_back(all[i]);
      vectors.push_back(options.create_graph ? vs[i] : vs[i].detach());
    }
  Tensors products(xs.size());
  if (!gradients.empty()) products = gradients_of(gradients, vectors, xs, options.create_graph, true);
  for (std::size_t i = 0; i < xs.size(); ++i) products[i] = result(or_zeros(products[i], xs[i]), options.create_graph);
  return products;
}

}  // namespace detail

}  // namespace frost
