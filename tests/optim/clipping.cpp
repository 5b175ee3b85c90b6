#include "optim/support.hpp"
#include "support/catch.hpp"

using namespace frost;
using namespace optim_test;
using Catch::Matchers::Contains;

TEST_CASE("clip_grad_norm scales gradients to the norm and gives the one that they had") {
  const Tensor a = weight({0., 0.}), b = weight({0.});
  give(a, {3., 0.});
  give(b, {4.});
  CHECK(clip_grad_norm({a, b}, 1.) == Approx(5));
  CHECK(values(a.grad())[0] == Approx(0.6));
  CHECK(values(b.grad())[0] == Approx(0.8));
}

TEST_CASE("clip_grad_norm leaves small gradients as they are") {
  const Tensor a = weight({0., 0.});
  give(a, {3., 4.});
  CHECK(clip_grad_norm({a}, 5.) == 5);
  CHECK(values(a.grad()) == Values{3., 4.});
}

TEST_CASE("clip_grad_norm leaves out what is frozen or has no gradient, and counts a weight once") {
  const Tensor a = weight({0.}), frozen = weight({0.}), without = weight({0.});
  give(a, {3.});
  give(frozen, {4.});
  frozen.set_requires_grad(false);
  CHECK(clip_grad_norm({a, frozen, without, a}, 1.) == 3);
  CHECK(values(a.grad())[0] == 1);
  CHECK(clip_grad_norm({}, 1.) == 0);
}

TEST_CASE("optimizers refuse options out of range, by name and value") {
  CHECK_THROWS_WITH(SGD({.learning_rate = -1}), Contains("learning_rate") && Contains("-1"));
  CHECK_THROWS_WITH(SGD({.momentum = 1.5}), Contains("momentum") && Contains("1.5"));
  CHECK_THROWS_WITH(Adam({.beta_1 = 1}), Contains("beta_1"));
  CHECK_THROWS_WITH(Adam({.beta_2 = -0.1}), Contains("beta_2"));
  CHECK_THROWS_WITH(Adam({.epsilon = -1e-7}), Contains("epsilon"));
  CHECK_THROWS_WITH(Adam({.weight_decay = -0.1}), Contains("weight_decay"));
  CHECK_THROWS_WITH(Adam({.clipnorm = 1, .clipvalue = 2}), Contains("at most one"));
  CHECK_THROWS_AS(Adam().set_learning_rate(-1), ValueError);
  CHECK_THROWS_WITH(Optimizer("adagrat"), Contains("adagrat") && Contains("adam"));
  CHECK_THROWS_AS(Optimizer().step(), ValueError);
  CHECK_THROWS_AS(clip_grad_norm({}, -1), ValueError);
}

TEST_CASE("optimizers refuse computed and absent tensors and add nothing then") {
  const Tensor w = weight({1.});
  Adam adam;
  CHECK_THROWS_AS(adam.add({w, w * 2.}), GraphError);
  CHECK_THROWS_AS(adam.add({Tensor()}), ValueError);
  CHECK(adam.state_bytes() == 0);
}

TEST_CASE("a state that does not fit is refused and nothing changes") {
  const Tensor w = weight({1., 2.});
  Adam adam;
  adam.add({w});
  const Tensor fits = zeros({2}, {.dtype = DType::float64});
  CHECK_THROWS_AS(adam.base().set_state(w, {1, {fits}}), ValueError);
  CHECK_THROWS_AS(adam.base().set_state(w, {1, {fits, zeros({3}, {.dtype = DType::float64})}}), ShapeError);
  CHECK_THROWS_AS(adam.base().set_state(w, {1, {fits, zeros({2}, {.dtype = DType::float32})}}), ValueError);
  CHECK_THROWS_AS(adam.base().set_state(weight({1.}), {1, {fits, fits}}), ValueError);
  adam.base().set_state(w, {4, {fits, fits}});
  CHECK(adam.base().state(w).steps == 4);
}
