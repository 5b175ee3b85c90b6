#include "support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/layers.hpp>
#include <frost/models.hpp>
#include <frost/optim.hpp>

using namespace frost;
using Catch::Matchers::Contains;

TEST_CASE("an embedding gives a row of its weight for each index") {
  const Layer layer = Embedding({.input_dim = 5, .output_dim = 2, .name = "words"});
  const Tensor y = layer(tensor({{1, 0, 4}}, DType::int64));
  REQUIRE(layer.weights().size() == 1);
  const Parameter table = layer.weights()[0];
  CHECK(table.name() == "words/embeddings");
  CHECK(table.shape() == Shape{5, 2});
  CHECK(max(abs(table)).item<double>() <= 0.05);
  CHECK(y.shape() == Shape{1, 3, 2});
  CHECK(y.data<float>()[4] == table.data<float>()[8]);
  sum(y).backward();
  const Tensor g = table.grad();
  CHECK(std::vector<float>(g.data<float>().begin(), g.data<float>().end()) ==
        std::vector<float>{1, 1, 1, 1, 0, 0, 0, 0, 1, 1});
}

TEST_CASE("a model with an embedding is trained on indices") {
  seed(1);
  const Symbol input = Input({3}, {.dtype = DType::int64});
  const Symbol x = Flatten()(Embedding({.input_dim = 4, .output_dim = 3})(input));
  const Model model(input, Dense({.units = 2, .activation = "softmax"})(x));
  CHECK(model.get_layer("embedding").output().shape() == Shape{-1, 3, 3});
  model.compile({.optimizer = Adam({.learning_rate = 0.1}), .loss = "sparse_categorical_crossentropy"});
  const Tensor words = tensor({{0, 1, 2}, {3, 3, 0}, {1, 1, 1}, {2, 0, 3}}, DType::int64);
  const History h = model.fit(words, tensor({0, 1, 0, 1}, DType::int64), {.epochs = 30, .verbose = 0});
  CHECK(h["loss"].back() < 0.1 * h["loss"].front());
}

TEST_CASE("the errors of an embedding say what was expected") {
  const Layer layer = Embedding({.input_dim = 5, .output_dim = 2});
  CHECK_THROWS_WITH(layer(zeros({2, 3})), Contains("float32") && Contains("to(DType::int64)"));
  CHECK_THROWS_WITH(layer(Input({3})), Contains("DType::int64"));
  CHECK_THROWS_WITH(layer(tensor({5}, DType::int64)), Contains("5"));
  CHECK_THROWS_WITH(layer(tensor({-1}, DType::int64)), Contains("-1"));
  CHECK_THROWS_WITH(Embedding({.input_dim = 0, .output_dim = 2}), Contains("input_dim 0"));
}
