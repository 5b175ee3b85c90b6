#include "../support/catch.hpp"
#include "support.hpp"

#include <frost/autograd.hpp>

using namespace frost;
using Catch::Matchers::Contains;
using models_test::same_bits;

namespace {

double largest(const Tensor& t) { return max(abs(t)).item<double>(); }

Model regularized(const Regularizer& kernel, const Regularizer& bias = {}) {
  seed(2);
  const Symbol input = Input({3});
  const Model model(input, Dense({.units = 2,
                                  .bias_initializer = constant(0.5),
                                  .kernel_regularizer = kernel,
                                  .bias_regularizer = bias,
                                  .name = "dense"})(input));
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
  return model;
}
const Tensor& x() {
  static const Tensor values = tensor({{1., 2., 3.}, {-1., 0.5, 2.}});
  return values;
}
Tensor y() { return zeros({2, 2}); }

// The weights of a plain model after one step with the penalty in its loss.
template <class Penalty>
Tensors stepped(const Penalty& penalty) {
  const Model model = regularized({});
  const Parameters w = model.weights();
  const Tensor loss = mean_squared_error(y(), model(x())) + penalty(w[0], w[1]);
  loss.backward();
  Tensors after;
  for (const Parameter& p : w) after.push_back(p.detach() - p.grad() * 0.1);
  return after;
}
void check_step(const Model& model, const Tensors& expected) {
  model.train_on_batch(x(), y());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(largest(model.weights()[i].detach() - expected[i]) < 1e-6);
}

}  // namespace

TEST_CASE("l1, l2 and l1_l2 penalties, by name or as objects, act in training") {
  const auto l1_penalty = [](const Tensor& k, const Tensor&) { return sum(abs(k)) * 0.01; };
  const auto l2_penalty = [](const Tensor& k, const Tensor&) { return sum(square(k)) * 0.01; };
  const auto both = [](const Tensor& k, const Tensor& b) {
    return sum(abs(k)) * 0.3 + sum(square(k)) * 0.2 + sum(square(b)) * 0.1;
  };
  check_step(regularized("l1"), stepped(l1_penalty));
  check_step(regularized(l1(0.01)), stepped(l1_penalty));
  check_step(regularized("l2"), stepped(l2_penalty));
  check_step(regularized(L2(0.01)), stepped(l2_penalty));
  check_step(regularized("l1_l2"),
             stepped([&](const Tensor& k, const Tensor& b) { return l1_penalty(k, b) + l2_penalty(k, b); }));
  check_step(regularized(l1_l2(0.3, 0.2), l2(0.1)), stepped(both));
}

TEST_CASE("the reported loss contains the penalty") {
  const double plain = regularized({}).test_on_batch(x(), y())["loss"];
  const Model model = regularized(l2(0.5));
  const double penalty = 0.5 * sum(square(model.weights()[0])).item<double>();
  CHECK(model.test_on_batch(x(), y())["loss"] == Approx(plain + penalty));
}

TEST_CASE("a frozen weight is not regularised: it is in no loss and does not move") {
  const double plain = regularized({}).test_on_batch(x(), y())["loss"];
  const Model model = regularized(l2(0.5), l2(0.5));
  freeze(model, named("dense"), Freeze::weights);
  const Tensor kernel = model.weights()[0].clone();
  CHECK(model.test_on_batch(x(), y())["loss"] == Approx(plain + 0.5 * 2 * 0.25));
  model.fit(x(), y(), {.epochs = 3, .verbose = 0});
  CHECK(same_bits(model.weights()[0], kernel));
  model.set_trainable(false);
  CHECK_FALSE(regularization_loss(model).present());
}

TEST_CASE("gamma and beta of a batch norm are regularised, its statistics are not") {
  const Layer norm =
      BatchNormalization({.beta_initializer = "ones", .beta_regularizer = l1(0.5), .gamma_regularizer = l2(0.25)});
  norm(ones({2, 4}));
  CHECK(regularization_loss(norm).item<double>() == Approx(0.5 * 4 + 0.25 * 4));
  freeze(norm, everything(), Freeze::biases);
  CHECK(regularization_loss(norm).item<double>() == Approx(0.25 * 4));
}

TEST_CASE("an unknown regularizer is an error that lists the known ones") {
  CHECK_THROWS_WITH(Regularizer("l3"), Contains("l3") && Contains("l1_l2"));
  CHECK_THROWS_AS(l2(-1), ValueError);
}

TEST_CASE("a layer that several models hold is regularised and brought back to its constraint once") {
  int projected = 0;
  const Constraint halved = [&](const Tensor& w) {
    ++projected;
    return w * 0.5;
  };
  const Layer shared =
      Dense({.units = 2, .use_bias = false, .kernel_regularizer = L2(0.5), .kernel_constraint = halved});
  const auto nested = [&](const char* name) {
    const Symbol inside = Input({2});
    return Model(inside, shared(inside), {.name = name});
  };
  const Model a = nested("a"), b = nested("b");
  const Symbol input = Input({2});
  const Model model(input, shared(b(a(input))));
  shared.set_weights({ones({2, 2})});
  CHECK(regularization_loss(model).item<double>() == Approx(0.5 * 4));
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse"});
  const Tensor x = ones({3, 2});
  CHECK(model.evaluate(x, model(x).detach())["loss"] == Approx(0.5 * 4));
  model.train_on_batch(x, zeros({3, 2}));
  CHECK(projected == 1);
  CHECK(max(abs(shared.get_weights()[0] - 0.5)).item<double>() == 0);
}

TEST_CASE("an activity regularizer of a layer that is called twice counts for both calls") {
  const Layer shared = Dense({.units = 2, .use_bias = false, .activity_regularizer = L2(0.5)});
  const Symbol input = Input({2});
  const Symbol once = shared(input);
  const Model model(input, shared(once));
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse"});
  shared.set_weights({eye(2) * 2.});
  const Tensor x = tensor({{1., 0.}, {0., 2.}});
  CHECK(model.evaluate(x, model(x).detach())["loss"] == Approx(0.5 * (4 * 5 + 16 * 5) / 2));
}
