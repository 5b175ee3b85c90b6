#include "../support/catch.hpp"
#include "support.hpp"

#include <frost/frost.hpp>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

using namespace frost;
namespace fs = std::filesystem;

// Models that TensorFlow.js or its converter wrote, against outputs that TensorFlow.js computed.
namespace {

const fs::path models = fs::path(FROST_DATA_DIR) / "keras";

double largest(const Tensor& x) { return max(abs(x)).item<double>(); }
void check_near(const Tensor& got, const Tensor& expected, double relative) {
  REQUIRE(got.shape() == expected.shape());
  CHECK(largest(got - expected) <= relative * largest(expected));
}

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A folder with a copy of a model that a test spoils.
struct Copy {
  fs::path folder;
  explicit Copy(const std::string& name)
      : folder(fs::temp_directory_path() / ("frost_keras_" + std::to_string(::getpid()) + "_" + name)) {
    fs::remove_all(folder);
    fs::copy(models / name, folder);
  }
  ~Copy() { fs::remove_all(folder); }
  void replace(const std::string& from, const std::string& to) const {
    std::string text = text_of(folder / "model.json");
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    std::ofstream(folder / "model.json") << text;
  }
  std::string error() const {
    try {
      load_keras((folder / "model.json").string());
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  }
};

}  // namespace

TEST_CASE("The LSTM model loads with its names and what was frozen, and predicts as TensorFlow.js does",
          "[io][keras]") {
  const Model model = load_keras((models / "lstm_model" / "model.json").string());
  const auto expected = load_safetensors((models / "lstm_model_expected.safetensors").string());
  check_near(model.predict(expected.at("input")), expected.at("output"), 1e-5);
  std::vector<std::string> names;
  for (const Layer& l : model.layers()) names.push_back(l.name());
  CHECK(names == std::vector<std::string>{"input1", "lstm", "lstm_1", "flatten", "dense1", "activation", "reshape"});
  CHECK(!model.get_layer("lstm").trainable());
  CHECK(!model.get_layer("lstm_1").trainable());
  CHECK(model.get_layer("dense1").trainable());
  CHECK(model.trainable_weights().size() == 2);
}

TEST_CASE("The upscaler takes images of any size", "[io][keras]") {
  const Model model = load_keras((models / "upscaler").string());
  CHECK(model.count_params() == 222075);
  const auto expected = load_safetensors((models / "upscaler_expected.safetensors").string());
  check_near(model.predict(expected.at("input")), expected.at("output"), 1e-4);
  CHECK(model.predict(zeros({1, 5, 9, 3})).shape() == Shape{1, 10, 18, 3});
}

TEST_CASE("MobileNetV2 comes quantised, with its frozen trunk", "[io][keras]") {
  const Model model = load_keras((models / "mobilenet_v2" / "model.json").string());
  CHECK(model.count_params() == 2619461);
  int frozen = 0;
  for (const Layer& l : model.layers()) frozen += !l.trainable();
  CHECK(frozen == 98);
  std::int64_t trainable = 0;
  for (const Parameter& w : model.trainable_weights()) trainable += w.size();
  CHECK(trainable == 2279365);

  const auto expected = load_safetensors((models / "mobilenet_v2_expected.safetensors").string());
  check_near(model.predict(expected.at("input")), expected.at("output"), 1e-4);
  check_near(model.until("average_pooling2d_1").predict(expected.at("input")), expected.at("pool"), 1e-4);
  CHECK(model.until("out_relu").with_input({96, 96, 3}).predict(zeros({1, 96, 96, 3})).shape() == Shape{1, 3, 3, 1280});

  SECTION("an epoch on a frozen trunk changes the three Dense layers and not a bit of the rest") {
    freeze(model, until("average_pooling2d_1"));
    model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "categorical_crossentropy"});
    const Tensors before = model.get_weights();
    const Tensor x = expected.at("input");
    const std::int64_t rows = x.shape()[0];
    model.fit(x, one_hot(arange(0, rows, 1), 5), {.batch_size = 2, .verbose = 0});
    const Tensors after = model.get_weights();
    const Parameters weights = model.weights();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      INFO(weights[i].name());
      const bool is_dense = weights[i].name().rfind("dense", 0) == 0;
      const auto a = before[i].data<float>(), b = after[i].data<float>();
      CHECK((std::memcmp(a.data(), b.data(), a.size_bytes()) != 0) == is_dense);
    }
  }
}

TEST_CASE("A model is written as it is read, quantised or not", "[io][keras]") {
  for (const char* name : {"lstm_model", "upscaler"}) {
    INFO(name);
    const Model model = load_keras((models / name).string());
    const io_test::Folder folder;
    save_keras(model, folder / "model.json");
    const Model again = load_keras(folder / "model.json");
    CHECK(again.config() == model.config());
    const auto expected = load_safetensors((models / (std::string(name) + "_expected.safetensors")).string());
    const Tensor x = expected.at("input");
    CHECK(largest(again.predict(x) - model.predict(x)) == 0);
  }
}

TEST_CASE("Shared layers and nested models survive writing and reading", "[io][keras]") {
  const Symbol input = Input({4}), inner_input = Input({4});
  const Layer shared = Dense({.units = 4, .activation = "tanh"});
  const Model inner(inner_input, BatchNormalization()(shared(inner_input)), {.name = "inner"});
  const Model model(input, Dense({.units = 2})(inner(shared(inner(input)))), {.name = "outer"});
  const io_test::Folder folder;
  save_keras(model, folder / "m.json");
  const Model again = load_keras(folder / "m.json");
  const Tensor x = randn({3, 4});
  CHECK(largest(again.predict(x) - model.predict(x)) == 0);
  CHECK(again.name() == "outer");
}

TEST_CASE("A Keras file that cannot be honoured is an error with file, layer and field", "[io][keras]") {
  const Copy copy("lstm_model");
  SECTION("unknown layer") { copy.replace("\"class_name\":\"Flatten\"", "\"class_name\":\"Flotten\""); }
  SECTION("unknown field") { copy.replace("\"units\":10", "\"units\":10,\"unite\":3"); }
  SECTION("unsupported value") { copy.replace("\"units\":10", "\"units\":10,\"data_format\":\"channels_first\""); }
  SECTION("shape of a weight") { copy.replace("\"shape\":[1024,10]", "\"shape\":[512,20]"); }
  SECTION("name of a weight") { copy.replace("\"name\":\"dense1/bias\"", "\"name\":\"dense1/bies\""); }
  SECTION("size of a shard") { copy.replace("\"shape\":[1024,10]", "\"shape\":[1024,11]"); }
  SECTION("huge shape") { copy.replace("\"shape\":[1024,10]", "\"shape\":[4000000000,4000000000,4000000000]"); }
  SECTION("negative shape") { copy.replace("\"shape\":[1024,10]", "\"shape\":[-1024,-10]"); }
  SECTION("shard elsewhere") { copy.replace("weights.bin", "../weights.bin"); }
  SECTION("no shard") { copy.replace("weights.bin", "weights.bon"); }
  SECTION("missing node") { copy.replace("[[[\"flatten\",0,0,{}]]]", "[[[\"flotten\",0,0,{}]]]"); }
  SECTION("cut short") { copy.replace(text_of(copy.folder / "model.json").substr(1000), ""); }
  SECTION("no topology") { copy.replace("modelTopology", "modelTopologie"); }
  SECTION("text for a number") { copy.replace("\"units\":10", "\"units\":\"ten\""); }
  const std::string error = copy.error();
  INFO(error);
  CHECK(error.find(copy.folder.string()) != std::string::npos);
}

TEST_CASE("Other Keras formats are an error that says what loads", "[io][keras]") {
  const io_test::Folder folder;
  const auto error = [&](const std::string& name, const std::string& bytes) {
    io_test::write(folder / name, bytes);
    try {
      load_keras(folder / name);
    } catch (const FileError& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  CHECK_THAT(error("m.h5", "\x89HDF\r\n\x1a\nrest"), Catch::Contains("HDF5") && Catch::Contains("model.json"));
  CHECK_THAT(error("m.keras", std::string("PK\x03\x04") + "rest"),
             Catch::Contains("zip") && Catch::Contains("model.json"));
  CHECK_THAT(error("m.json", "{\"modelTopology\": [1, 2"), Catch::Contains("no JSON"));
  CHECK_THAT(error("d.json", "{\"a\": 1, \"a\": 2}"), Catch::Contains("twice"));
  CHECK_THAT(error("n.json", std::string(100000, '[')), Catch::Contains("nested"));
  CHECK_THAT(error("absent/m.json", ""), Catch::Contains("absent"));
}
