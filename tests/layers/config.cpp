#include "../support/catch.hpp"

#include <frost/frost.hpp>

using namespace frost;

namespace {

class Twice : public LayerBase {
 public:
  explicit Twice(double factor = 2) : factor_(factor) {}
  Tensor call(const Tensor& x, const CallContext&) override { return x * factor_; }
  Config config() const override {
    Config config = Config::object();
    config.set("factor", factor_);
    return config;
  }

 private:
  double factor_;
};

class Silent : public LayerBase {
 public:
  Tensor call(const Tensor& x, const CallContext&) override { return x; }
};

}  // namespace

TEST_CASE("A layer made from a config has the options that wrote it", "[layers]") {
  const Layer layers[] = {
      Dense({.units = 3,
             .activation = "relu",
             .use_bias = false,
             .kernel_initializer = random_normal(0.5, 0.1),
             .kernel_regularizer = L1L2(0.1, 0.2),
             .kernel_constraint = max_norm(3, 1),
             .name = "d"}),
      LSTM({.units = 4, .recurrent_initializer = orthogonal(2), .dropout = 0.25, .return_sequences = true}),
      Embedding({.input_dim = 5, .output_dim = 2, .embeddings_initializer = constant(0.5)}),
      BatchNormalization({.momentum = 0.5, .scale = false, .trainable = false}),
      LayerNormalization({.epsilon = 1e-5}),
      Dropout({.rate = 0.3, .seed = 7}),
      Activation("gelu"),
      Flatten(),
      Reshape({2, -1}),
  };
  for (const Layer& l : layers) {
    const Config config = l.config();
    INFO(l.type());
    const Layer again = make_layer(l.type(), config);
    CHECK(again.config() == config);
    CHECK(again.type() == l.type());
    CHECK(again.trainable() == l.trainable());
  }
  const Layer dense = make_layer("Dense", layers[0].config());
  const Tensor y = dense(ones({1, 2}));
  CHECK(dense.weights().size() == 1);
  CHECK(regularization_loss(dense).item<double>() > 0);
}

TEST_CASE("A config with an option that is not known or wrong is an error that names it", "[layers]") {
  Config config = Dense({.units = 3}).config();
  config.set("unitz", 4);
  CHECK_THROWS_WITH(make_layer("Dense", config), Catch::Contains("'unitz'") && Catch::Contains("units"));
  config = Dense({.units = 3}).config();
  config.set("activation", "reloo");
  CHECK_THROWS_WITH(make_layer("Dense", config), Catch::Contains("'activation'") && Catch::Contains("reloo"));
  config.set("activation", "relu").set("units", "three");
  CHECK_THROWS_WITH(make_layer("Dense", config), Catch::Contains("'units'") && Catch::Contains("text"));
  CHECK_THROWS_WITH(make_layer("Danse", config), Catch::Contains("'Danse'") && Catch::Contains("'Dense'"));
}

TEST_CASE("A layer of one's own is made from its config once its class is registered", "[layers]") {
  register_layer("Twice", [](const Config& c) { return layer<Twice>(c.at("factor").number()); });
  const Layer three = layer<Twice>(3.);
  three.set_trainable(false);
  three.set_name("three");
  const Layer again = make_layer("Twice", three.config());
  CHECK(again.name() == "three");
  CHECK(!again.trainable());
  CHECK(again(ones({1, 1})).item<double>() == 3);
  CHECK_THROWS_WITH(layer<Silent>().config(), Catch::Contains("Silent"));
  CHECK_THROWS_WITH(register_layer("Dense", nullptr), Catch::Contains("Dense"));
  CHECK_THROWS_WITH(make_layer("Silent", Config::object()), Catch::Contains("Silent") && Catch::Contains("register"));
}

TEST_CASE("An option that is a function cannot be written", "[layers]") {
  const Layer custom = Dense({.units = 2, .activation = [](const Tensor& x) { return x * 2.; }});
  CHECK_THROWS_WITH(custom.config(), Catch::Contains("activation"));
}
