#include "../support/catch.hpp"

#include <frost/frost.hpp>

using namespace frost;

namespace {

// A model from another's config that has the other's weights.
Model twin(const Model& model) {
  const Model made = make_model(model.type(), model.config());
  made.set_weights(model.get_weights());
  return made;
}
std::vector<std::string> names(const Model& model) {
  std::vector<std::string> all;
  for (const Layer& l : model.layers()) all.push_back(l.name());
  return all;
}
bool same(const Tensor& a, const Tensor& b) { return a.shape() == b.shape() && max(abs(a - b)).item<double>() == 0; }

}  // namespace

TEST_CASE("A model made from its config computes the same once it has the weights", "[models][topology]") {
  const Symbol input = Input({8, 4});
  const Layer shared = Dense({.units = 4, .activation = "tanh", .name = "shared"});
  const Symbol once = shared(input), twice = shared(once);
  const Symbol inner_input = Input({8, 4});
  const Model inner(inner_input, LSTM({.units = 3, .return_sequences = true})(inner_input), {.name = "inner"});
  const Symbol a = Flatten()(inner(twice)), b = Flatten()(inner(once));
  const Symbol head = Dense({.units = 2, .name = "head"})(a);
  const Model model({input}, {head, b}, {.name = "outer"});
  model.get_layer("inner/lstm").set_trainable(false);

  const Model made = twin(model);
  CHECK(names(made) == names(model));
  CHECK(made.name() == "outer");
  CHECK(made.config() == model.config());
  CHECK(!made.get_layer("inner/lstm").trainable());
  CHECK(made.get_layer("head").trainable());
  const Tensor x = randn({2, 8, 4});
  const Tensors y = model.all(x), z = made.all(x);
  REQUIRE(z.size() == 2);
  CHECK(same(y[0], z[0]));
  CHECK(same(y[1], z[1]));
}

TEST_CASE("A Sequential made from its config is built as it was", "[models][topology]") {
  Sequential net({Dense({.units = 3, .activation = "relu"}), Dense({.units = 2})});
  const Model unbuilt = make_model("Sequential", net.config());
  CHECK(names(unbuilt) == names(net));
  CHECK_FALSE(unbuilt.is_built());
  net.build({5});
  const Model built = twin(net);
  CHECK(built.config() == net.config());
  const Tensor x = randn({4, 5});
  CHECK(same(built(x), net(x)));
}

TEST_CASE("A config that is wrong is an error that names the layer", "[models][topology]") {
  const Symbol input = Input({4});
  const Model model(input, Dense({.units = 2, .name = "d"})(input));
  const Config good = model.config();
  const auto with_layer = [&](const std::string& key, const Config& value) {
    Config entry = good.at("layers").elements()[1];
    entry.set(key, value);
    Config config = good;
    config.set("layers", Config::list({good.at("layers").elements()[0], entry}));
    return config;
  };
  CHECK_THROWS_WITH(make_model("Functional", with_layer("class_name", "Danse")),
                    Catch::Contains("'d'") && Catch::Contains("Danse"));
  const Config elsewhere = Config::list({Config::list({Config::list({"nowhere", 0, 0, Config::object()})})});
  CHECK_THROWS_WITH(make_model("Functional", with_layer("inbound_nodes", elsewhere)), Catch::Contains("'nowhere'"));
  const Config itself = Config::list({Config::list({Config::list({"d", 0, 0, Config::object()})})});
  CHECK_THROWS_AS(make_model("Functional", with_layer("inbound_nodes", itself)), GraphError);
  Config no_outputs = good;
  no_outputs.set("output_layers", Config::list({Config::list({"d", 3, 0})}));
  CHECK_THROWS_WITH(make_model("Functional", no_outputs), Catch::Contains("'d'"));
  CHECK_THROWS_WITH(make_model("Perceptron", good), Catch::Contains("Perceptron"));
}

TEST_CASE("What compile was told is taken up again", "[models][topology]") {
  const Symbol input = Input({4});
  const Model model(input, Dropout({.rate = 0.5})(Dense({.units = 2})(input)));
  CHECK(training_config(model).is_null());
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse", .metrics = {"mae"}});
  const Tensor x = randn({16, 4}), y = randn({16, 2});
  model.fit(x, y, {.batch_size = 4, .verbose = 0});
  const Model made = twin(model);
  compile_from(made, SGD({.learning_rate = 0.1}), training_config(model));
  const FitOptions options = {.batch_size = 4, .epochs = 2, .verbose = 0};
  CHECK(model.fit(x, y, options)["loss"] == made.fit(x, y, options)["loss"]);  // shuffled and dropped alike
  model.compile({.optimizer = "sgd", .loss = [](const Tensor& t, const Tensor& p) { return mean(square(t - p)); }});
  CHECK_THROWS_WITH(training_config(model), Catch::Contains("function"));
}
