#include "support/catch.hpp"

#include <frost/autograd.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Tensor leaf(Literal values) { return tensor(values, {.dtype = DType::float64, .requires_grad = true}); }

}  // namespace

TEST_CASE("why_no_gradient tells the reasons apart") {
  const Tensor x = leaf({1., 2.});
  CHECK_THAT(why_no_gradient(Tensor()), Contains("absent"));
  CHECK_THAT(why_no_gradient(tensor({1, 2}, DType::int64)), Contains("int64") && Contains("to(DType::float32)"));
  CHECK_THAT(why_no_gradient(tensor({1., 2.})), Contains("frozen") && Contains("set_requires_grad(true)"));
  CHECK_THAT(why_no_gradient(x * 2.), Contains("computed, by 'multiply'") && Contains("grad(output, {x})"));
  CHECK_THAT(why_no_gradient((x * 2.).detach()), Contains("detach()") && Contains("NoGrad"));
  CHECK_THAT(why_no_gradient(tensor({1., 2.}) * 2.), Contains("nothing it was computed from requires a gradient"));
  CHECK_THAT(why_no_gradient(x), Contains("no backward pass has reached it"));
  sum(x).backward();
  CHECK(why_no_gradient(x) == "it has one");
  x.set_requires_grad(false);
  CHECK_THAT(why_no_gradient(x), Contains("it is frozen"));
  const Tensor paused = leaf({1., 2.});
  detail::pause(paused);
  CHECK_THAT(why_no_gradient(paused), Contains("FreezeGuard"));
  const Tensor parts = leaf({1., 2.});
  detail::set_frozen_part(parts, {{true, true}});
  CHECK_THAT(why_no_gradient(parts), Contains("in parts"));
}

TEST_CASE("given the output, why_no_gradient says whether it depends on the tensor") {
  const Tensor x = leaf({1., 2.}), other = leaf({3., 4.});
  const Tensor h = x * x, y = sum(h);
  CHECK_THAT(why_no_gradient(other, y), Contains("not computed from it"));
  CHECK_THAT(why_no_gradient(x, sum(h.detach() * other)), Contains("detach()"));
  CHECK_THAT(why_no_gradient(x, y), Contains("call backward()"));
  CHECK_THAT(why_no_gradient(h, y), Contains("grad(output, {x}) gives it"));
  CHECK_THAT(why_no_gradient(x, sum(tensor({1., 2.}))), Contains("nothing was recorded for the output"));
  x.set_requires_grad(false);
  CHECK_THAT(why_no_gradient(x, y), Contains("frozen since the output was computed"));
  CHECK_THAT(why_no_gradient(x, sum(x * other)), Contains("it is frozen") && !Contains("since"));
}

TEST_CASE("the errors of grad say why") {
  const Tensor x = leaf({1., 2.}), frozen = tensor({1., 2.}, DType::float64);
  CHECK_THROWS_WITH(frozen.grad(), Contains("it is frozen: set_requires_grad(true)"));
  CHECK_THROWS_WITH((x * 2.).grad(), Contains("computed, by 'multiply'"));
  CHECK_THROWS_WITH(x.grad(), Contains("no backward pass has reached it"));
  CHECK_THROWS_WITH(grad(sum(x), {frozen}), Contains("input 0") && Contains("it is frozen"));
  CHECK_THROWS_WITH(grad(sum(x), {leaf({1.})}), Contains("not computed from it") && Contains("allow_unused"));
}

TEST_CASE("to_dot draws each node once, and frozen leaves apart") {
  const Tensor x = leaf({{1., 2.}, {3., 4.}});
  const Tensor w = Parameter("dense/kernel", tensor({{1., 2.}, {3., 4.}}, DType::float64));
  const Tensor frozen = Parameter("head/\"kernel\"", tensor({{1.}, {2.}}, DType::float64), false);
  const Tensor h = tanh(matmul(x, w));
  const std::string dot = to_dot(sum(matmul(h * h, frozen)));
  CHECK_THAT(dot, Contains("digraph tape {"));
  CHECK_THAT(dot, Contains("label=\"dense/kernel\\n(2, 2) float64\", fillcolor=\"#b7e1cd\""));
  CHECK_THAT(dot, Contains("subgraph cluster_frozen") &&
                      Contains("label=\"head/\\\"kernel\\\"\\n(2, 1) float64\", fillcolor=\"#a8c7fa\"") &&
                      Contains("[style=dashed]"));
  CHECK_THAT(dot, Contains("label=\"tanh\\n(2, 2)\\nkeeps 32 bytes\""));
  const auto count = [&](const std::string& what) {
    std::size_t n = 0;
    for (std::size_t at = dot.find(what); at != std::string::npos; at = dot.find(what, at + 1)) ++n;
    return n;
  };
  CHECK(count("label=\"matmul") == 2);
  CHECK(count("label=\"tanh") == 1);
  CHECK_THAT(to_dot(x), Contains("(2, 2) float64"));
  CHECK_THROWS_WITH(to_dot(Tensor()), Contains("absent"));
}
