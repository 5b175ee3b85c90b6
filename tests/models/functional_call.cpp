#include "support/catch.hpp"

#include <frost/frost.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

// Holds its weight in a checkpoint, whose function is run again when the weight shows itself once more.
struct Remembered : LayerBase {
  Parameter kernel;
  void build(const Shape& input) override { kernel = add_weight("kernel", {input.back(), 2}, Initializer("ones")); }
  Tensor call(const Tensor& x, const CallContext&) override {
    return checkpoint([this](const Tensor& t) { return tanh(matmul(t, kernel)); }, x);
  }
};

struct InFloat64 {
  DType before = default_dtype();
  InFloat64() { set_default_dtype(DType::float64); }
  ~InFloat64() { set_default_dtype(before); }
};

const TensorOptions f64{.dtype = DType::float64};

Model regression() {
  const Symbol x = Input({3}, {.dtype = DType::float64});
  const Symbol h = Dense({.units = 4, .activation = "tanh", .dtype = DType::float64, .name = "body"})(x);
  return Model(x, Dense({.units = 1, .dtype = DType::float64, .name = "head"})(h));
}

double largest(const Tensor& t) { return t.size() == 0 ? 0 : max(abs(t.detach())).item<double>(); }

struct Given {
  Model model = regression();
  Tensor x = uniform({5, 3}, -1, 1, f64), y = uniform({5, 1}, -1, 1, f64);

  Tensor loss(const Tensors& weights) const { return mean(square(functional_call(model, weights, x) - y)); }
  std::function<Tensor(const Tensors&)> as_function() const {
    return [this](const Tensors& w) { return loss(w); };
  }
};

}  // namespace

TEST_CASE("a model is a function of weights that stand in for its own, which stay as they are") {
  const Given given;
  const Tensors before = given.model.get_weights();
  Tensors others;
  for (const Tensor& w : before) others.push_back(uniform(w.shape(), -1, 1, f64).set_requires_grad(true));
  const Tensor called = functional_call(given.model, others, given.x);
  mean(square(called - given.y)).backward();
  for (const Parameter& w : given.model.weights()) {
    CHECK(w.is_leaf());
    CHECK(w.requires_grad());
    CHECK_FALSE(w.has_grad());
  }
  const Tensors after = given.model.get_weights();
  for (std::size_t i = 0; i < before.size(); ++i) CHECK((before[i] == after[i]).all().item<bool>());

  given.model.set_weights(others);
  CHECK(largest(given.model(given.x) - called) == 0);
  mean(square(given.model(given.x) - given.y)).backward();
  const Parameters weights = given.model.weights();
  for (std::size_t i = 0; i < others.size(); ++i) CHECK(largest(weights[i].grad() - others[i].grad()) == 0);
}

TEST_CASE("gradients by a model's weights are those of finite differences, at both orders") {
  const Given given;
  CHECK(gradcheck(given.as_function(), Tensors(given.model.get_weights()), {.second_order = true}).ok());
}

TEST_CASE("a Hessian by weights agrees with its products, and frozen layers change nothing of it") {
  const Given given;
  const Tensors weights = given.model.get_weights();
  const std::vector<Tensors> h = hessian(given.as_function(), given.model.weights());
  Tensors vs;
  for (const Tensor& w : weights) vs.push_back(uniform(w.shape(), -1, 1, f64));
  const Tensors product = hvp(given.as_function(), weights, vs);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    Tensor sum = zeros(weights[i].shape(), f64);
    for (std::size_t j = 0; j < weights.size(); ++j)
      sum += matmul(h[i][j].reshape({weights[i].size(), weights[j].size()}), vs[j].reshape({-1, 1}))
                 .reshape(weights[i].shape());
    CHECK(largest(sum - product[i]) < 1e-12);
  }
  freeze(given.model, named("body"));
  const std::vector<Tensors> frozen = hessian(given.as_function(), given.model.weights());
  CHECK(largest(frozen[0][0] - h[0][0]) == 0);
  const std::vector<Tensors> of_head = hessian(given.as_function(), given.model.trainable_weights());
  REQUIRE(of_head.size() == 2);
  CHECK(largest(of_head[0][1] - h[2][3]) == 0);
}

TEST_CASE("weights of another number, shape or dtype are refused, and an error inside leaves the model its weights") {
  const Given given;
  Tensors weights = given.model.get_weights();
  const Tensor before = given.model(given.x).detach();
  CHECK_THROWS_WITH(functional_call(given.model, {weights[0]}, given.x), Contains("got 1 weights") && Contains("4"));
  Tensors wrong = weights;
  wrong[1] = zeros({9}, f64);
  CHECK_THROWS_WITH(functional_call(given.model, wrong, given.x), Contains("body/bias") && Contains("(9,)"));
  wrong[1] = zeros({4});
  CHECK_THROWS_WITH(functional_call(given.model, wrong, given.x), Contains("float32"));
  wrong[1] = Tensor();
  CHECK_THROWS_WITH(functional_call(given.model, wrong, given.x), Contains("absent"));
  for (Tensor& w : weights) w = zeros_like(w);
  CHECK_THROWS(functional_call(given.model, weights, zeros({5, 7}, f64)));
  CHECK(largest(given.model(given.x) - before) == 0);
}

TEST_CASE("what stands in for weights reaches the second run of a checkpoint, or an error says that it does not") {
  const Given given;
  const Tensors weights = given.model.get_weights();
  const auto plain = [&](const Tensors& w) { return given.loss(w); };
  const auto kept = [&](const Tensors& w) {
    return checkpoint([&](const Tensors& inner) { return given.loss(inner); }, w);
  };
  Tensors a, b;
  for (const Tensor& w : weights) {
    a.push_back(w.detach().clone().set_requires_grad(true));
    b.push_back(w.detach().clone().set_requires_grad(true));
  }
  plain(a).backward();
  kept(b).backward();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(largest(a[i].grad() - b[i].grad()) == 0);
}

TEST_CASE("moving statistics that a call updates are those that stand in") {
  const Symbol x = Input({3}, {.dtype = DType::float64});
  const Model model(x, BatchNormalization({.dtype = DType::float64})(x));
  const Tensors before = model.get_weights();
  functional_call(model, before, uniform({8, 3}, 1, 2, f64), {.training = true});
  const Tensors after = model.get_weights();
  for (std::size_t i = 0; i < before.size(); ++i) CHECK((before[i] == after[i]).all().item<bool>());
}

TEST_CASE("a checkpoint inside a model is run again with what stood in for its weights, frozen or not") {
  const bool is_frozen = GENERATE(false, true);
  const bool is_nested = GENERATE(false, true);
  const InFloat64 doubles;
  Sequential net({Input(3, {.dtype = DType::float64}), layer<Remembered>(), Dense(1, {.dtype = DType::float64})});
  if (is_frozen) net.layers()[1].set_trainable(false);
  const Tensor x = uniform({4, 3}, -1, 1, f64).set_requires_grad(true);
  Tensors weights;
  for (const Tensor& w : net.get_weights()) weights.push_back((w * 0.5 + 0.1).set_requires_grad(true));
  const auto loss = [&](const Tensors& in) { return sum(square(functional_call(net, {in[0], in[1], in[2]}, in[3]))); };
  const Tensors all{weights[0], weights[1], weights[2], x};
  (is_nested ? checkpoint(loss, all) : loss(all)).backward();
  Tensors found;
  for (const Tensor& t : all) {
    REQUIRE(t.has_grad());
    found.push_back(t.grad());
    t.zero_grad();
  }
  for (const Parameter& w : net.weights()) CHECK_FALSE(w.has_grad());
  net.set_weights(weights);
  net.set_trainable(true);
  sum(square(net(x))).backward();
  for (std::size_t i = 0; i < 3; ++i) CHECK(largest(found[i] - net.weights()[i].grad()) < 1e-15);
  CHECK(largest(found[3] - x.grad()) < 1e-15);
}
