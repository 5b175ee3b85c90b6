#include "support.hpp"

#include <frost/models/freeze_part.hpp>
#include <frost/models/frozen_proof.hpp>

using namespace frost;
using namespace freezing_test;
using Catch::Matchers::Contains;

TEST_CASE("assert_frozen holds while nothing moves, whatever trains beside it") {
  const Model model = small_model();
  freeze(model, until("b"));
  const FrozenProof proof = assert_frozen(model, until("b"));
  const Adam adam({.learning_rate = 0.01, .weight_decay = 0.1});
  adam.add(model.weights());
  train(model, adam, 20);
  CHECK_NOTHROW(proof.check());
  CHECK(proof.moved().empty());
}

TEST_CASE("assert_frozen names the first weight that moved by a bit, and says where") {
  const Symbol input = Input({100});
  const Model model(input, Dense({.units = 20, .name = "second"})(Dense({.units = 50, .name = "first"})(input)));
  const FrozenProof proof = assert_frozen(model, everything());
  Tensor kernel = model.get_layer("first").weights()[0], bias = model.get_layer("second").weights()[1];
  bias.mutable_data<float>()[3] = 1e-30f;
  CHECK_THROWS_WITH(proof.check(), Contains("'second/bias' of shape (20,) moved") && Contains("elements 0 to 19"));
  kernel.mutable_data<float>()[4999] += 1e-3f;
  CHECK_THROWS_AS(proof.check(), Error);
  CHECK_THROWS_WITH(proof.check(), Contains("'first/kernel'") && Contains("elements 4864 to 4999"));
  CHECK(proof.moved() == std::vector<std::string>{"first/kernel", "second/bias"});
  kernel.mutable_data<float>()[4999] = 0;
  bias.mutable_data<float>()[3] = -0.f;  // another bit pattern of the same number
  CHECK(proof.moved().size() == 2);
}

TEST_CASE("assert_frozen finds every single bit that flips") {
  const Symbol input = Input({3});
  const Model model(input, Dense({.units = 7, .use_bias = false})(input));
  const FrozenProof proof = assert_frozen(model, everything());
  Tensor kernel = model.weights()[0];
  for (std::size_t i = 0; i < 21; ++i)
    for (int bit = 0; bit < 32; ++bit) {
      const auto flip = [&] {
        std::uint32_t bits;
        float& value = kernel.mutable_data<float>()[i];
        std::memcpy(&bits, &value, 4);
        bits ^= std::uint32_t{1} << bit;
        std::memcpy(&value, &bits, 4);
      };
      flip();
      CHECK(proof.moved().size() == 1);
      flip();
    }
  CHECK_NOTHROW(proof.check());
}

TEST_CASE("assert_frozen notices what trains although it was meant to be frozen") {
  const Model model = small_model();
  const FrozenProof proof = assert_frozen(model, named("a"));
  const SGD sgd;
  sgd.add(model.weights());
  train(model, sgd, 1);
  CHECK_THROWS_WITH(proof.check(), Contains("'a/kernel'") && Contains("trainable now"));
}

TEST_CASE("of a weight that is frozen in part, assert_frozen watches that part") {
  const Model model = small_model();
  freeze(model, until("b"));
  thaw(model, matching("b/kernel"));
  freeze_rows(model.get_layer("b").weights()[0], {0, 3});
  const FrozenProof proof = assert_frozen(model, until("b"));
  const SGD sgd;
  sgd.add(model.weights());
  train(model, sgd, 3);
  CHECK_NOTHROW(proof.check());
  thaw_rows(model.get_layer("b").weights()[0], {3});
  train(model, sgd, 1);
  CHECK(proof.moved() == std::vector<std::string>{"b/kernel"});
}

TEST_CASE("assert_frozen of nothing is an error") {
  const Model model = small_model();
  CHECK_THROWS_AS(assert_frozen(model, named("c")), ValueError);
  CHECK_THROWS_WITH(assert_frozen(model, named("input_1")), Contains("layers without weights"));
}
