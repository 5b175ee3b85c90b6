#include "../support/catch.hpp"
#include "support.hpp"

#include <frost/frost.hpp>

using namespace frost;
using Catch::Matchers::Contains;
using io_test::Folder;

// Expressions of symbols in files.
namespace {

struct Case {
  std::string name;
  Symbol (*make)(const Symbol&);
};

const std::vector<Case> known_to_keras = {
    {"a sum", [](const Symbol& x) { return x + Dense(4)(x); }},
    {"a difference", [](const Symbol& x) { return Dense(4)(x) - x; }},
    {"a product", [](const Symbol& x) { return x * Dense(4)(x); }},
    {"a maximum", [](const Symbol& x) { return maximum(x, Dense(4)(x)); }},
    {"a minimum", [](const Symbol& x) { return minimum(Dense(4)(x), x); }},
    {"numbers", [](const Symbol& x) { return (1. - Dense(4)(2. * x + 1)) * 3 - 4.; }},
    {"a quotient", [](const Symbol& x) { return -(Dense(4)(x) / 4.); }},
    {"activations", [](const Symbol& x) { return relu(Dense(4)(tanh(x))) + sigmoid(x) * softplus(x); }},
    {"exp", [](const Symbol& x) { return exp(Dense(4)(x)) + elu(x) + selu(x) + gelu(x) + silu(x) + relu6(x); }},
    {"softmax", [](const Symbol& x) { return softmax(Dense(4)(x)) + log_softmax(x) + leaky_relu(x, 0.1); }},
};
const std::vector<Case> unknown_to_keras = {
    {"sqrt", [](const Symbol& x) { return sqrt(relu(x)); }},
    {"slice", [](const Symbol& x) { return x.slice(1, 0, 2); }},
    {"divide", [](const Symbol& x) { return x / (1. + relu(x)); }},
    {"multiply",
     [](const Symbol& x) {
       return x * tensor({{1., 2., 3., 4.}}, DType::float32);
     }},
    {"elu", [](const Symbol& x) { return elu(x, 0.5); }},
    {"index", [](const Symbol& x) { return x + x[0]; }},
};

Model model_of(const Case& c, bool with_weights) {
  const Symbol x = Input(4);
  return Model(x, with_weights ? Dense(2)(c.make(x)) : c.make(x));
}

}  // namespace

TEST_CASE("Expressions of symbols come back from a model's file, constants with them", "[io][model]") {
  const Folder folder;
  const Tensor x = randn({3, 4});
  for (const auto& list : {known_to_keras, unknown_to_keras})
    for (const Case& c : list) {
      INFO(c.name);
      const Model model = model_of(c, true);
      model.save(folder / "m.frost");
      const Model again = load_model(folder / "m.frost");
      CHECK(again.config() == model.config());
      CHECK(io_test::distance(again(x), model(x)) == 0);
    }
}

TEST_CASE("What Keras has a layer for is written as that layer", "[io][keras]") {
  const Folder folder;
  const Tensor x = randn({3, 4});
  for (const Case& c : known_to_keras) {
    INFO(c.name);
    const Model model = model_of(c, true);
    save_keras(model, folder / "m.json");
    const Model again = load_keras(folder / "m.json");
    CHECK(io_test::distance(again(x), model(x)) <= 1e-6);
    REQUIRE(again.layers().size() == model.layers().size());
    for (std::size_t i = 0; i < again.layers().size(); ++i) {
      CHECK(again.layers()[i].name() == model.layers()[i].name());
      CHECK(again.layers()[i].type() != "Operation");
    }
  }
}

TEST_CASE("What Keras has no layer for is an error that names it and writes nothing", "[io][keras]") {
  const Folder folder;
  for (const Case& c : unknown_to_keras) {
    INFO(c.name);
    CHECK_THROWS_WITH(save_keras(model_of(c, true), folder / "m.json"),
                      Contains("save_keras") && Contains("'" + c.name + "'") && Contains("model.save"));
  }
  CHECK(folder.count() == 0);
}

TEST_CASE("A model of expressions is frozen, cached and trained like any other", "[io][model]") {
  const Symbol x = Input(4);
  const Symbol front = tanh(Dense(4)(x) + x) * tensor({{1., 2., 3., 4.}}, DType::float32);
  const Model model(x, Dense(1)(front)), plain = model.clone();
  const Tensor data = randn({32, 4}), targets = randn({32, 1});
  for (const Model& m : {model, plain}) {
    freeze(m, until("multiply"));
    m.compile({.optimizer = Adam(1e-2), .loss = "mse"});
  }
  const FrozenProof proof = assert_frozen(model, until("multiply"));
  model.fit(data, targets, {.epochs = 3, .verbose = 0, .shuffle = false, .cache_frozen = CacheFrozen::always});
  plain.fit(data, targets, {.epochs = 3, .verbose = 0, .shuffle = false, .cache_frozen = CacheFrozen::never});
  CHECK(io_test::same_bits(model.get_weights(), plain.get_weights()));
  CHECK(proof.moved().empty());
}
