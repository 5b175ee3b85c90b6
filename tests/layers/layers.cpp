#include "../support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/layers.hpp>

#include <cmath>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return max(abs(a - b)).item<double>();
}

}  // namespace

TEST_CASE("Dense is activation(x·kernel + bias) over the last axis") {
  Layer dense = Dense({.units = 2, .activation = "relu", .dtype = DType::float64});
  const Tensor x = randn({3, 5, 4}, {.dtype = DType::float64});
  const Tensor y = dense(x);
  const Parameters w = dense.weights();
  REQUIRE(w.size() == 2);
  CHECK(w[0].name() == "dense/kernel");
  CHECK(w[0].shape() == Shape{4, 2});
  CHECK(w[1].name() == "dense/bias");
  CHECK(distance(y, relu(matmul(x, w[0]) + w[1])) < 1e-12);
}

TEST_CASE("Dense without a bias has a kernel alone, and takes a function as activation") {
  Layer dense = Dense({.units = 2,
                       .activation = [](const Tensor& x) { return x * 0. + 3.; },
                       .use_bias = false,
                       .kernel_initializer = "ones"});
  CHECK(sum(dense(ones({1, 3}))).item<double>() == 6);
  CHECK(dense.weights().size() == 1);
}

TEST_CASE("weights are made in the default dtype or in the one that was asked for") {
  Layer dense = Dense({.units = 2, .dtype = DType::float64});
  CHECK_THROWS_AS(dense(ones({1, 3})), ValueError);
  CHECK(dense(ones({1, 3}, {.dtype = DType::float64})).dtype() == DType::float64);
}

TEST_CASE("every Keras activation has a name, another is an error that lists them") {
  const Tensor x = tensor({-4., -0.5, 0.5, 4.});
  for (const char* name :
       {"linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "swish", "mish", "sigmoid",
        "log_sigmoid", "hard_sigmoid", "tanh", "softmax", "log_softmax", "softplus", "softsign", "exponential"})
    CHECK(Activation(name)(x).shape() == Shape{4});
  CHECK(Activation("hard_sigmoid")(x).to_vector<float>()[2] == Approx(0.5 / 6 + 0.5));
  CHECK(sum(Activation("softmax")(ones({2, 3}))).item<double>() == Approx(2));
  CHECK_THROWS_WITH(Activation("sofmax"), Contains("sofmax") && Contains("softmax"));
}

TEST_CASE("LSTM has Keras' weights, shapes and starts") {
  Layer lstm = LSTM({.units = 8, .return_sequences = true});
  CHECK(lstm(ones({2, 5, 3})).shape() == Shape{2, 5, 8});
  const Parameters w = lstm.weights();
  REQUIRE(w.size() == 3);
  CHECK(w[0].name() == "lstm/kernel");
  CHECK(w[0].shape() == Shape{3, 32});
  CHECK(w[1].name() == "lstm/recurrent_kernel");
  CHECK(w[1].shape() == Shape{8, 32});
  CHECK(w[2].name() == "lstm/bias");
  for (std::int64_t i = 0; i < 32; ++i) CHECK(w[2][i].item<double>() == (i >= 8 && i < 16 ? 1 : 0));
  CHECK(distance(matmul(w[1], w[1], {.transpose_b = true}), eye(8)) < 1e-5);
}

TEST_CASE("LSTM's fused and stepwise paths agree, forwards and backwards") {
  const bool sequences = GENERATE(true, false), backwards = GENERATE(true, false), bias = GENERATE(true, false);
  LSTMOptions options = {
      .units = 4, .use_bias = bias, .return_sequences = sequences, .go_backwards = backwards, .dtype = DType::float64};
  Layer fused = LSTM(options);
  options.recurrent_activation = [](const Tensor& x) { return sigmoid(x); };
  Layer stepwise = LSTM(options);
  const Tensor x = randn({3, 6, 5}, {.dtype = DType::float64});
  fused(x);
  stepwise(x);
  stepwise.set_weights(fused.get_weights());
  CHECK(distance(fused(x), stepwise(x)) < 1e-12);
  const Symbol input = Input({6, 5}, {.dtype = DType::float64});
  CHECK(fused(input).shape() == stepwise(input).shape());
}

TEST_CASE("LSTM with return_state gives the outputs and both last states") {
  Layer lstm = LSTM({.units = 4, .return_sequences = true, .return_state = true});
  const Tensors y = lstm.all(randn({2, 5, 3}));
  REQUIRE(y.size() == 3);
  CHECK(y[0].shape() == Shape{2, 5, 4});
  CHECK(distance(y[0].slice(1, 4, 5).reshape({2, 4}), y[1]) == 0);
  CHECK(y[2].shape() == Shape{2, 4});
  CHECK(lstm.all(Input({-1, 3})).at(0).shape() == Shape{-1, -1, 4});
  CHECK_THROWS_WITH(lstm(ones({2, 5, 3})), Contains("use all"));
}

TEST_CASE("LSTM drops features and states in training alone") {
  Layer lstm = LSTM({.units = 4, .dropout = 0.5, .recurrent_dropout = 0.5});
  const Tensor x = randn({8, 5, 16});
  CHECK(distance(lstm(x), lstm(x)) == 0);
  CHECK(distance(lstm(x, {.training = true}), lstm(x)) > 0);
  lstm.set_trainable(false);
  CHECK(distance(lstm(x, {.training = true}), lstm(x)) == 0);
}

TEST_CASE("options that are out of range are errors") {
  CHECK_THROWS_WITH(Dense({.activation = "relu"}), Contains("0 units"));
  CHECK_THROWS_WITH(Dense({.units = 1, .kernel_regularizer = "l3"}), Contains("l3"));
  CHECK_THROWS_WITH(Dense({.units = 1, .kernel_constraint = "max"}), Contains("max_norm"));
}

TEST_CASE("Flatten and Reshape leave the batch axis alone") {
  CHECK(Flatten()(ones({2, 3, 4})).shape() == Shape{2, 12});
  CHECK(Flatten()(ones({2})).shape() == Shape{2, 1});
  CHECK(Flatten()(Input({-1, 4})).shape() == Shape{-1, -1});
  CHECK(Reshape({2, 6})(ones({5, 3, 4})).shape() == Shape{5, 2, 6});
  CHECK(Reshape({-1, 6})(Input({3, 4})).shape() == Shape{-1, 2, 6});
  CHECK(Reshape({4, -1})(ones({0, 8})).shape() == Shape{0, 4, 2});
  CHECK_THROWS_WITH(Reshape({5})(ones({2, 4})), Contains("4 per row") && Contains("(5,)"));
  CHECK_THROWS_AS(Reshape({-1, -1}), ShapeError);
}

TEST_CASE("Dropout keeps the mean, draws from its own seed, and is off when not training or frozen") {
  Layer dropout = Dropout({.rate = 0.25, .seed = 7});
  const Tensor x = ones({100, 100});
  const Tensor y = dropout(x, {.training = true});
  CHECK(mean(y).item<double>() == Approx(1).epsilon(0.02));
  CHECK(max(y).item<double>() == Approx(4 / 3.));
  CHECK(min(y).item<double>() == 0);
  Layer same = Dropout({.rate = 0.25, .seed = 7});
  CHECK(distance(same(x, {.training = true}), y) == 0);
  CHECK(distance(dropout(x, {.training = true}), y) > 0);
  CHECK(distance(dropout(x), x) == 0);
  dropout.set_trainable(false);
  CHECK(distance(dropout(x, {.training = true}), x) == 0);
  CHECK_THROWS_AS(Dropout({.rate = 1}), ValueError);
}

TEST_CASE("dropout outside of a layer draws from the default generator") {
  const CallContext context(true, nullptr);
  seed(3);
  const Tensor a = dropout(ones({64}), 0.5, context);
  seed(3);
  CHECK(distance(dropout(ones({64}), 0.5, context), a) == 0);
}

TEST_CASE("the same seed gives the same weights") {
  const auto weights = [] {
    seed(11);
    Layer lstm = LSTM({.units = 4});
    lstm(ones({1, 2, 3}));
    return lstm.get_weights();
  };
  const Tensors a = weights(), b = weights();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(distance(a[i], b[i]) == 0);
}

TEST_CASE("initializers have the spread that their names promise") {
  seed(5);
  const Shape shape = {200, 100};
  const auto deviation = [&](const Initializer& start) {
    return frost::std(start(shape, DType::float64)).item<double>();
  };
  CHECK(deviation("glorot_uniform") == Approx(std::sqrt(1 / 150.)).epsilon(0.03));
  CHECK(deviation("glorot_normal") == Approx(std::sqrt(1 / 150.)).epsilon(0.03));
  CHECK(deviation("he_uniform") == Approx(std::sqrt(2 / 200.)).epsilon(0.03));
  CHECK(deviation("he_normal") == Approx(std::sqrt(2 / 200.)).epsilon(0.03));
  CHECK(deviation("lecun_uniform") == Approx(std::sqrt(1 / 200.)).epsilon(0.03));
  CHECK(deviation("lecun_normal") == Approx(std::sqrt(1 / 200.)).epsilon(0.03));
  CHECK(deviation("random_normal") == Approx(0.05).epsilon(0.03));
  CHECK(deviation("random_uniform") == Approx(0.1 / std::sqrt(12)).epsilon(0.03));
  CHECK(deviation(variance_scaling({.scale = 3, .mode = "fan_out", .distribution = "untruncated_normal"})) ==
        Approx(std::sqrt(3 / 100.)).epsilon(0.03));
  CHECK(max(abs(truncated_normal(0, 1)(shape))).item<double>() <= 2);
  CHECK(distance(Initializer("identity")({3, 3}), eye(3)) == 0);
  CHECK(sum(constant(2)({4})).item<double>() == 8);
  CHECK_THROWS_WITH(Initializer("glorot"), Contains("glorot_uniform"));
  CHECK_THROWS_AS(Initializer("orthogonal")({3}), ShapeError);
}

TEST_CASE("orthogonal matrices are orthogonal whichever side is longer") {
  const Tensor tall = orthogonal(2)({7, 3}, DType::float64), wide = orthogonal()({3, 4, 20}, DType::float64);
  const Tensor flat = wide.reshape({12, 20});
  CHECK(distance(matmul(tall, tall, {.transpose_a = true}), 4. * eye(3, {.dtype = DType::float64})) < 1e-12);
  CHECK(distance(matmul(flat, flat, {.transpose_b = true}), eye(12, {.dtype = DType::float64})) < 1e-12);
}

TEST_CASE("regularizers and constraints reach trainable weights alone") {
  Layer dense = Dense({.units = 2,
                       .kernel_initializer = constant(2),
                       .kernel_regularizer = L1L2(0.5, 0.25),
                       .kernel_constraint = max_norm(1)});
  dense(ones({1, 3}));
  CHECK(regularization_loss(dense).item<double>() == Approx(6 * (2 * 0.5 + 4 * 0.25)));
  dense.set_trainable(false);
  CHECK_FALSE(regularization_loss(dense).present());
  apply_constraints(dense);
  CHECK(sum(dense.weights()[0]).item<double>() == 12);
  dense.set_trainable(true);
  apply_constraints(dense);
  CHECK(sum(square(dense.weights()[0])).item<double>() == Approx(2));
}
