#include "optim/support.hpp"
#include "support/catch.hpp"

#include <frost/autograd/leaf.hpp>

using namespace frost;
using namespace optim_test;

namespace {

std::vector<std::pair<std::string, Optimizer>> every_optimizer() {
  std::vector<std::pair<std::string, Optimizer>> all;
  for (const double decay : {0., 0.1}) {
    const std::string tail = decay > 0 ? " with weight decay" : "";
    all.emplace_back("SGD" + tail, SGD({.weight_decay = decay}));
    all.emplace_back("momentum" + tail, SGD({.momentum = 0.9, .weight_decay = decay}));
    all.emplace_back("nesterov" + tail, SGD({.momentum = 0.9, .nesterov = true, .weight_decay = decay}));
    all.emplace_back("Adam" + tail, Adam({.learning_rate = 0.01, .weight_decay = decay}));
    all.emplace_back("AMSGrad" + tail, Adam({.learning_rate = 0.01, .amsgrad = true, .weight_decay = decay}));
    all.emplace_back("clipped" + tail, Adam({.learning_rate = 0.01, .weight_decay = decay, .global_clipnorm = 0.1}));
  }
  return all;
}

void train(const Tensor& w, const Tensor& b, const Optimizer& optimizer, int steps) {
  const Tensor x = tensor({{1., 2., -1.}, {0.5, -1., 2.}}, DType::float64);
  for (int step = 0; step < steps; ++step) {
    optimizer.zero_grad();
    mean(square(sum(x * w, 1) + b - 0.7)).backward();
    optimizer.step();
  }
}

}  // namespace

TEST_CASE("a frozen weight keeps every bit over 100 steps of every optimizer") {
  for (const auto& [name, optimizer] : every_optimizer()) {
    CAPTURE(name);
    const Tensor w = weight({0.3, -0.2, 0.9}), b = weight({0.1});
    optimizer.add({w, b});
    train(w, b, optimizer, 10);
    w.set_requires_grad(false);
    CHECK_FALSE(w.has_grad());
    const Tensor before = w.clone(), moving = b.clone();
    train(w, b, optimizer, 100);
    CHECK(same_bits<double>(w, before));
    CHECK_FALSE(same_bits<double>(b, moving));
  }
}

TEST_CASE("the state is that of the trainable weights, before and after each freeze and thaw") {
  const Tensor w = zeros({10, 7}, {.requires_grad = true}), b = zeros({7}, {.requires_grad = true});
  Adam adam;
  adam.add({w, b});
  CHECK(adam.state_bytes() == 2 * 4 * 77);
  w.set_requires_grad(false);
  CHECK(adam.state_bytes() == 2 * 4 * 7);
  w.set_requires_grad(true);
  b.set_requires_grad(false);
  CHECK(adam.state_bytes() == 2 * 4 * 70);
  w.set_requires_grad(false);
  CHECK(adam.state_bytes() == 0);

  SGD plain, heavy({.momentum = 0.9});
  const Tensor v = zeros({5}, {.dtype = DType::float64, .requires_grad = true});
  plain.add({v});
  heavy.add({v});
  CHECK(plain.state_bytes() == 0);
  CHECK(heavy.state_bytes() == 8 * 5);
}

TEST_CASE("a thawed weight starts afresh, as with a new optimizer") {
  for (const auto& [name, optimizer] : every_optimizer()) {
    CAPTURE(name);
    const Tensor w = weight({0.3, -0.2, 0.9}), b = weight({0.1});
    optimizer.add({w, b});
    train(w, b, optimizer, 7);
    w.set_requires_grad(false);
    train(w, b, optimizer, 3);
    w.set_requires_grad(true);
    CHECK(optimizer.base().state(w).steps == 0);
    give(w, {1., -2., 3.});
    b.zero_grad();
    optimizer.step();
    CHECK(optimizer.base().state(w).steps == 1);
    CHECK(optimizer.base().state(b).steps == 10);
  }
  const Tensor old = weight({1.}), fresh = weight({1.});
  Adam used({.learning_rate = 0.1}), untouched({.learning_rate = 0.1});
  used.add({old});
  untouched.add({fresh});
  for (int step = 0; step < 5; ++step) {
    give(old, {1. + step});
    used.step();
  }
  old.set_requires_grad(false);
  used.step();
  old.set_requires_grad(true);
  old.assign(fresh);
  for (int step = 0; step < 5; ++step) {
    for (const Tensor& w : {old, fresh}) give(w, {-2. + step});
    used.step();
    untouched.step();
    CHECK(same_bits<double>(old, fresh));
  }
}

TEST_CASE("frozen and thawed between two steps, a weight keeps its state") {
  const Tensor a = weight({1., 2.}), b = weight({1., 2.});
  Adam adam;
  adam.add({a, b});
  for (int step = 0; step < 4; ++step) {
    if (step == 2) a.set_requires_grad(false).set_requires_grad(true);
    for (const Tensor& w : {a, b}) give(w, gradient(step, 2));
    adam.step();
    CHECK(same_bits<double>(a, b));
  }
}

TEST_CASE("a weight without a gradient is left as it is and its step count stands still") {
  for (const auto& [name, optimizer] : every_optimizer()) {
    CAPTURE(name);
    const Tensor w = weight({1., -1.}), other = weight({2.});
    optimizer.add({w, other});
    for (int step = 0; step < 3; ++step) {
      give(w, {0.5, 0.25});
      give(other, {1.});
      optimizer.step();
    }
    const Tensor before = w.clone();
    const OptimizerState state = optimizer.base().state(w);
    w.zero_grad();
    for (int step = 0; step < 5; ++step) optimizer.step();
    CHECK(same_bits<double>(w, before));
    const OptimizerState after = optimizer.base().state(w);
    CHECK(after.steps == state.steps);
    for (std::size_t k = 0; k < state.tensors.size(); ++k) CHECK(same_bits<double>(after.tensors[k], state.tensors[k]));
    CHECK(optimizer.base().state(other).steps == 8);
  }
}

TEST_CASE("a frozen weight does not count in the global clipping norm") {
  const Tensor a = weight({1., 1.}), b = weight({1., 1.}), frozen = weight({5.});
  SGD together({.global_clipnorm = 1}), alone({.global_clipnorm = 1});
  together.add({a, frozen});
  alone.add({b});
  give(frozen, {1000.});
  frozen.set_requires_grad(false);
  give(a, {3., 4.});
  give(b, {3., 4.});
  together.step();
  alone.step();
  CHECK(same_bits<double>(a, b));
}

TEST_CASE("a weight that is added twice counts once") {
  const Tensor a = weight({1.}), b = weight({1.});
  Adam twice, once;
  twice.add({a, a});
  twice.add({a});
  once.add({b});
  CHECK(twice.state_bytes() == once.state_bytes());
  for (const Tensor& w : {a, b}) give(w, {1.});
  twice.step();
  once.step();
  CHECK(same_bits<double>(a, b));
}

TEST_CASE("two optimizers on one weight keep states of their own") {
  const Tensor w = weight({1., 2.});
  Adam adam;
  SGD sgd({.momentum = 0.9});
  adam.add({w});
  sgd.add({w});
  give(w, {1., 1.});
  adam.step();
  CHECK(adam.base().state(w).steps == 1);
  CHECK(sgd.base().state(w).steps == 0);
  w.set_requires_grad(false);
  CHECK(adam.state_bytes() == 0);
  w.set_requires_grad(true);
  CHECK(sgd.state_bytes() == 16);
}

TEST_CASE("a paused weight keeps gradient and state and is not moved") {
  const Tensor w = weight({1., 2.});
  Adam adam({.weight_decay = 0.1});
  adam.add({w});
  give(w, {1., 1.});
  adam.step();
  detail::pause(w);
  const Tensor before = w.clone();
  adam.zero_grad();
  adam.step();
  CHECK(same_bits<double>(w, before));
  CHECK(adam.state_bytes() == 32);
  detail::resume(w);
  CHECK(w.has_grad());
  CHECK(adam.base().state(w).steps == 1);
}

TEST_CASE("frozen with its state kept, a weight goes on from where it was") {
  const Tensor w = weight({1., 2.});
  Adam adam;
  adam.add({w});
  give(w, {1., 1.});
  adam.step();
  detail::set_keeps_state(w, true);
  w.set_requires_grad(false);
  adam.step();
  w.set_requires_grad(true);
  CHECK(adam.base().state(w).steps == 1);
}

TEST_CASE("frozen rows keep their bits, and their gradients reach no norm") {
  for (const auto& [name, optimizer] : every_optimizer()) {
    CAPTURE(name);
    const Tensor w = from_vector(gradient(1, 12), {4, 3}).set_requires_grad(true);
    detail::set_frozen_part(w, {{false, true, true, false}, {}});
    const Tensor before = w.clone();
    optimizer.add({w});
    for (int step = 0; step < 10; ++step) {
      w.set_grad(from_vector(gradient(step, 12), {4, 3}));
      optimizer.step();
    }
    CHECK(same_bits<double>(w.slice(0, 1, 3).detach(), before.slice(0, 1, 3)));
    CHECK_FALSE(same_bits<double>(w[0].detach(), before[0]));
    CHECK_FALSE(same_bits<double>(w[3].detach(), before[3]));
  }
  const Tensor w = from_vector(Values{1, 1, 1, 1}, {2, 2}).set_requires_grad(true);
  detail::set_frozen_part(w, {{false, true}, {}});
  w.set_grad(from_vector(Values{3, 4, 100, 100}, {2, 2}));
  CHECK(clip_grad_norm({w}, 50) == 5);
}

TEST_CASE("pausing one of two networks in turn equals two optimizers that own one each") {
  const Values start_a = gradient(1, 3), start_b = gradient(2, 1);
  const Tensor a = weight(start_a), b = weight(start_b), a2 = weight(start_a), b2 = weight(start_b);
  Adam both({.learning_rate = 0.01, .weight_decay = 0.1, .global_clipnorm = 0.5});
  const AdamOptions options{.learning_rate = 0.01, .weight_decay = 0.1, .global_clipnorm = 0.5};
  Adam only_a(options), only_b(options);
  both.add({a, b});
  only_a.add({a2});
  only_b.add({b2});
  const auto loss = [](const Tensor& w, const Tensor& c) { return sum(square(w * c - 1.)); };
  for (int step = 0; step < 100; ++step) {
    const Tensor& paused = step % 2 ? a : b;
    detail::pause(paused);
    both.zero_grad();
    loss(a, b).backward();
    both.step();
    detail::resume(paused);

    Adam& mine = step % 2 ? only_b : only_a;
    mine.zero_grad();
    (step % 2 ? loss(a2.detach(), b2) : loss(a2, b2.detach())).backward();
    mine.step();
  }
  CHECK(same_bits<double>(a, a2));
  CHECK(same_bits<double>(b, b2));
}
