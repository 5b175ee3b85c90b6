#include "../support/catch.hpp"
#include "support.hpp"

#include <frost/frost.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <functional>

using namespace frost;
using json = nlohmann::ordered_json;

// What Keras' files say in more than one way.
namespace {

struct Files {
  io_test::Folder folder;
  std::string path = folder / "model.json";
  json root;
  explicit Files(const Model& model) {
    save_keras(model, path);
    root = json::parse(io_test::read(path));
  }
  json& layer(std::size_t i) { return root["modelTopology"]["config"]["layers"][i]; }
  json& weights() { return root["weightsManifest"][0]["weights"]; }
  Model load() const {
    io_test::write(path, root.dump());
    return load_keras(path);
  }
};

Model one_layer(const Layer& layer, const Shape& shape) {
  const Symbol input = Input(shape);
  return Model(input, layer(input));
}
double distance(const Model& a, const Model& b, const Tensor& x) {
  return io_test::distance(a.predict(x), b.predict(x));
}

template <class Q>
std::string quantized(const Tensor& values, double scale, double min) {
  std::string bytes;
  for (const float v : values.data<float>()) {
    const auto q = static_cast<Q>(std::lround((v - min) / scale));
    bytes.append(reinterpret_cast<const char*>(&q), sizeof q);
  }
  return bytes;
}

}  // namespace

TEST_CASE("Weights quantised to uint8 and uint16 are scale times q plus min", "[io][keras]") {
  const Model model = one_layer(Dense({.units = 3, .use_bias = false}), {4});
  const Tensor kernel = model.weights()[0].detach();
  const double min = -2, levels = GENERATE(255., 65535.), scale = 4 / levels;
  Files files(model);
  files.weights()[0]["quantization"] = {{"scale", scale}, {"min", min}, {"dtype", levels == 255 ? "uint8" : "uint16"}};
  io_test::write(files.folder / "model.weights.bin", levels == 255 ? quantized<std::uint8_t>(kernel, scale, min)
                                                                   : quantized<std::uint16_t>(kernel, scale, min));
  const Tensor read = files.load().weights()[0].detach();
  CHECK(io_test::distance(read, kernel) <= scale / 2 * 1.001);
  CHECK(io_test::distance(read, kernel) > 0);
}

TEST_CASE("A recurrent layer's cell may have a level of its own in the names of weights", "[io][keras]") {
  const Model model = one_layer(LSTM({.units = 3, .name = "lstm"}), {5, 2});
  Files files(model);
  for (json& w : files.weights()) {
    const std::string name = w["name"];
    w["name"] = "outer/lstm/lstm_cell_7/" + name.substr(name.rfind('/') + 1);
  }
  CHECK(distance(files.load(), model, randn({2, 5, 2})) == 0);
}

TEST_CASE("A GRU that says nothing of reset_after has none, and hard_sigmoid is Keras 2's", "[io][keras]") {
  const Model model =
      one_layer(GRU({.units = 3, .recurrent_activation = "keras2_hard_sigmoid", .reset_after = false}), {5, 2});
  Files files(model);
  json& config = files.layer(1)["config"];
  CHECK(config["recurrent_activation"] == "hard_sigmoid");
  config.erase("reset_after");
  SECTION("said") {}
  SECTION("left out") { config.erase("recurrent_activation"); }
  CHECK(distance(files.load(), model, 3. * randn({2, 5, 2})) == 0);
}

TEST_CASE("Other spellings of a config are read", "[io][keras]") {
  const Symbol input = Input({4});
  const Model dense(input, Dense({.units = 2})(LeakyReLU({.alpha = 0.2})(input)));
  Files files(dense);
  json &first = files.layer(0)["config"], &second = files.layer(1)["config"];
  SECTION("negative_slope") {
    second["negative_slope"] = second["alpha"];
    second.erase("alpha");
  }
  SECTION("batch_shape") {
    first["batch_shape"] = first["batch_input_shape"];
    first.erase("batch_input_shape");
  }
  SECTION("a topology within model_config") {
    const json topology = files.root["modelTopology"];
    files.root["modelTopology"] = {{"keras_version", "2.2"}, {"model_config", topology}};
  }
  SECTION("fields without meaning") { second["implementation"] = 2; }
  SECTION("Functional") { files.root["modelTopology"]["class_name"] = "Functional"; }
  CHECK(distance(files.load(), dense, randn({3, 4})) == 0);
}

TEST_CASE("A Sequential's first layer may say the input's shape", "[io][keras]") {
  Sequential net({Dense({.units = 3, .name = "a"}), Dense({.units = 2, .name = "b"})});
  net.build({4});
  Files files(net);
  json& layers = files.root["modelTopology"]["config"]["layers"];
  REQUIRE(layers[0]["class_name"] == "InputLayer");
  layers[1]["config"]["batch_input_shape"] = {nullptr, 4};
  layers.erase(0);
  SECTION("an object") {}
  SECTION("a list, as the oldest files have it") {
    const json list = layers;
    files.root["modelTopology"]["config"] = list;
  }
  CHECK(distance(files.load(), net, randn({3, 4})) == 0);
}

TEST_CASE("A nested model that is frozen freezes what is inside", "[io][keras]") {
  const Symbol inner_input = Input({4}), input = Input({4});
  const Model inner(inner_input, Dense({.units = 4, .name = "a"})(inner_input), {.name = "inner"});
  const Model model(input, Dense({.units = 2, .name = "b"})(inner(input)));
  Files files(model);
  files.layer(1)["config"]["trainable"] = false;
  const Model loaded = files.load();
  CHECK(!loaded.get_layer("inner/a").trainable());
  CHECK(loaded.get_layer("b").trainable());
  CHECK(loaded.trainable_weights().size() == 2);
}

namespace {

// Which layers below a layer train, and which weights, by path.
std::string what_trains(const Layer& layer, const std::string& path = "") {
  std::string all;
  for (const Layer& inner : layer.base().sublayers()) {
    const std::string name = path + inner.name();
    if (inner.base().sublayers().empty() && inner.type() != "InputLayer" && inner.trainable()) all += name + ' ';
    all += what_trains(inner, name + '/');
  }
  if (path.empty())
    for (const Parameter& w : layer.trainable_weights()) all += w.name() + ' ';
  return all;
}

Model in_model(const Layer& layer, const Shape& shape) {
  const Symbol input = Input(shape);
  return Model(input, Dense({.units = 2, .name = "head"})(layer(input)));
}

}  // namespace

TEST_CASE("Layers that were thawed in a frozen container train again when the model is loaded", "[io][keras][model]") {
  const Symbol deep_input = Input({3, 4}), inner_input = Input({3, 4});
  const Model deep(deep_input, Dense({.units = 4, .name = "d"})(Dropout({.rate = 0.1, .name = "drop"})(deep_input)),
                   {.name = "deep"});
  const Symbol a = Dense({.units = 4, .name = "a"})(inner_input);
  const Model inner(inner_input, Dense({.units = 4, .name = "b"})(deep(a)), {.name = "inner"});
  Model model;
  SECTION("a model") { model = in_model(inner, {3, 4}); }
  SECTION("a Sequential") { model = in_model(Sequential({inner}, {.name = "sequence"}), {3, 4}); }
  SECTION("a model that is called on every step") { model = in_model(TimeDistributed(inner), {2, 3, 4}); }
  SECTION("layers in both directions") { model = in_model(Bidirectional(LSTM({.units = 2, .name = "a"})), {3, 4}); }
  const int which = GENERATE(0, 1, 2, 3);
  model.set_trainable(false);
  if (which == 1) freeze(model, everything());
  if (which >= 1)
    thaw(model, selected_by([](const Layer& l) { return l.name() == "a" || l.name().ends_with("ward_a"); }));
  if (which == 3)
    for (const Layer& l : inner.layers())
      if (l.name() == "deep") l.base().sublayers()[1].set_trainable(true);
  const std::string before = what_trains(model);
  const io_test::Folder folder;
  save_keras(model, folder / "model.json");
  CHECK(what_trains(load_keras(folder / "model.json")) == before);
  model.save(folder / "m.frost");
  CHECK(what_trains(load_model(folder / "m.frost")) == before);
  CHECK(what_trains(make_model(model.type(), model.config())) == before);
}

TEST_CASE("A layer that is frozen alone in one that trains stays frozen when the model is loaded", "[io][keras]") {
  const Model model = in_model(TimeDistributed(Dense({.units = 3, .name = "a"}), {.name = "steps"}), {2, 4});
  freeze(model, named("steps/a"));
  const std::string before = what_trains(model);
  const io_test::Folder folder;
  save_keras(model, folder / "model.json");
  CHECK(what_trains(load_keras(folder / "model.json")) == before);
  CHECK(what_trains(make_model(model.type(), model.config())) == before);
}

TEST_CASE("A container that a file calls frozen freezes what is inside, the model itself too", "[io][keras]") {
  SECTION("around a layer") {
    Files files(in_model(TimeDistributed(Dense({.units = 3, .name = "a"})), {2, 4}));
    files.layer(1)["config"]["trainable"] = false;
    const Model loaded = files.load();
    CHECK(what_trains(loaded) == "head head/kernel head/bias ");
  }
  SECTION("the model") {
    Files files(in_model(Dense({.units = 3, .name = "a"}), {4}));
    files.root["modelTopology"]["config"]["trainable"] = false;
    CHECK(files.load().trainable_weights().empty());
  }
}

TEST_CASE("What Frost does not do as the file asks is an error that names the field", "[io][keras]") {
  const Model model = one_layer(GRU({.units = 3}), {5, 2});
  Files files(model);
  json& config = files.layer(1)["config"];
  std::string field;
  SECTION("time_major") { config[field = "time_major"] = true; }
  SECTION("unknown") { config[field = "gate_dropout"] = 0.5; }
  SECTION("activation object") { config[field = "activation"] = {{"class_name", "Snake"}, {"config", json::object()}}; }
  CHECK_THROWS_WITH(files.load(), Catch::Contains(field) && Catch::Contains("GRU"));
}

TEST_CASE("The delta of a head on MobileNetV2 is small", "[io][keras]") {
  const io_test::Folder folder;
  const auto with_head = [] {
    const Model base =
        load_keras(std::string(FROST_DATA_DIR) + "/keras/mobilenet_v2").until("out_relu").with_input({96, 96, 3});
    const Symbol features = GlobalAveragePooling2D()(base.output());
    const Model model(base.input(), Dense({.units = 10, .name = "head"})(features));
    freeze(model, until("out_relu"));
    return model;
  };
  const Model tuned = with_head(), fresh = with_head();
  save_delta(tuned, folder / "head.delta");
  CHECK(io_test::read(folder / "head.delta").size() < 2'000'000);
  load_delta(fresh, folder / "head.delta");
  CHECK(io_test::same_bits(fresh.get_weights(), tuned.get_weights()));
}
