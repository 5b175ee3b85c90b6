#include "../support/catch.hpp"
#include "mission.hpp"

#include <frost/autograd.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

std::vector<std::string> names_of(const Model& model) {
  std::vector<std::string> names;
  for (const Layer& l : model.layers()) names.push_back(l.name());
  return names;
}
struct Scale : LayerBase {
  Tensor call(const Tensor& x, const CallContext&) override { return x * 2.; }
};
struct MaxPooling2DLike : LayerBase {
  Tensor call(const Tensor& x, const CallContext&) override { return x; }
};
struct Sum : LayerBase {
  Tensor call(const Tensors& xs, const CallContext&) override { return xs[0] + xs[1]; }
};

}  // namespace

TEST_CASE("names are Keras', and a second model's are the same") {
  const std::vector<std::string> expected = {"input_1", "lstm", "lstm_1", "flatten", "dense1", "activation", "reshape"};
  CHECK(names_of(mission_model()) == expected);
  CHECK(names_of(mission_model()) == expected);
}

TEST_CASE("class names become snake case as in Keras") {
  CHECK(layer<MaxPooling2DLike>().name() == "max_pooling2d_like");
  CHECK(Layer(MaxPooling2D()).name() == "max_pooling2d");
  CHECK(Layer(Conv2DTranspose({.filters = 1, .kernel_size = 1})).name() == "conv2d_transpose");
  CHECK(ReLU().name() == "re_lu");
  CHECK(Layer(LSTM({.units = 1})).name() == "lstm");
  CHECK(Layer(InputLayer({1})).name() == "input");
}

TEST_CASE("a layer is called by its type until it joins a model and keeps its name from then on") {
  Layer first = Dense({.units = 2}), second = Dense({.units = 2});
  const Symbol input = Input({2});
  const Symbol x = second(first(input));
  CHECK(second.name() == "dense");
  const Model model(input, x);
  CHECK(second.name() == "dense_1");
  CHECK(second.weights()[0].name() == "dense_1/kernel");
  const Model tail(first.output(), x);
  CHECK(second.name() == "dense_1");
  const Model longer(input, Dense({.units = 2})(x));
  CHECK(names_of(longer) == std::vector<std::string>{"input_1", "dense", "dense_1", "dense_2"});
}

TEST_CASE("given names are skipped when names are made") {
  const Symbol input = Input({2}, {.name = "input_1"});
  const Symbol x = Dense({.units = 2})(Dense({.units = 2, .name = "dense"})(input));
  CHECK(names_of(Model(input, x)) == std::vector<std::string>{"input_1", "dense", "dense_1"});
}

TEST_CASE("two layers of one name in a model are an error, and nothing is named") {
  const Symbol input = Input({2});
  Layer unnamed = layer<Scale>(), other = layer<Scale>();
  const Symbol x = other(unnamed(Dense({.units = 2, .name = "a"})(Dense({.units = 2, .name = "a"})(input))));
  CHECK_THROWS_WITH(Model(input, x), Contains("'a'"));
  CHECK(other.name() == "scale");
}

TEST_CASE("renaming a layer renames its weights") {
  const Model model = mission_model();
  model.get_layer("lstm_1").set_name("upper");
  CHECK(model.get_layer("upper").weights()[1].name() == "upper/recurrent_kernel");
  CHECK_THROWS_AS(model.get_layer("lstm_1"), ValueError);
  CHECK_THROWS_AS(model.get_layer("upper").set_name(""), ValueError);
}

TEST_CASE("layers are found by name and by index, and near names are listed") {
  const Model model = mission_model();
  CHECK(model.get_layer(2).name() == "lstm_1");
  CHECK(model.get_layer(-1).name() == "reshape");
  CHECK_THROWS_WITH(model.get_layer("lstm_2"), Contains("lstm_2") && Contains("'lstm_1'"));
  CHECK_THROWS_WITH(model.get_layer(7), Contains("7 layers"));
}

TEST_CASE("a range of layers counts negative bounds from the end") {
  const Model model = mission_model();
  CHECK(model.layers(0, -3).size() == 4);
  CHECK(model.layers(0, -3).back().name() == "flatten");
  CHECK(model.layers(-3, 7).size() == 3);
  CHECK(model.layers(5, 2).empty());
}

TEST_CASE("weights come in the order of the layers and carry their names") {
  std::vector<std::string> names;
  for (const Parameter& w : mission_model().weights()) names.push_back(w.name());
  CHECK(names == std::vector<std::string>{"lstm/kernel", "lstm/recurrent_kernel", "lstm/bias", "lstm_1/kernel",
                                          "lstm_1/recurrent_kernel", "lstm_1/bias", "dense1/kernel", "dense1/bias"});
}

TEST_CASE("layers come deepest first, then as first called") {
  const Symbol a = Input({2}), b = Input({2});
  const Symbol late = Dense({.units = 2, .name = "late"})(b);
  const Symbol x = Dense({.units = 2, .name = "deep_2"})(Dense({.units = 2, .name = "deep_1"})(a));
  const Model model({a, b}, layer<Sum>()({x, late}));
  CHECK(names_of(model) == std::vector<std::string>{"input_1", "input_2", "deep_1", "late", "deep_2", "sum"});
}
