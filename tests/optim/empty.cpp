#include "support/catch.hpp"

#include <frost/frost.hpp>

using namespace frost;
using Catch::Matchers::Contains;

TEST_CASE("adding no weights to an optimizer is an error") {
  for (const Optimizer& optimizer : {Optimizer(Adam()), Optimizer(SGD()), Optimizer("adam")}) {
    CHECK_THROWS_AS(optimizer.add({}), ValueError);
    CHECK_THROWS_WITH(optimizer.add(Tensors()), Contains("add") && Contains("0 weights") && Contains("built"));
    CHECK_THROWS_WITH(optimizer.add(Dense({.units = 2}).weights()), Contains("0 weights"));
    CHECK(optimizer.base().weights().empty());
  }
}

TEST_CASE("a step of an optimizer that was given no weights is an error") {
  const Adam optimizer;
  CHECK_THROWS_AS(optimizer.step(), GraphError);
  CHECK_THROWS_WITH(optimizer.step(), Contains("Adam") && Contains("step") && Contains("add("));
  const Tensor w = ones({2}, {.requires_grad = true});
  optimizer.add({w});
  CHECK_NOTHROW(optimizer.step());
}
