#include "../support/catch.hpp"
#include "support.hpp"

#include <frost/frost.hpp>

using namespace frost;
using io_test::Folder;

// Topologies that are wrong: each is an error with the file's name, whichever format holds it, and costs no memory.
namespace {

// A layer's class, its config and the shape of a row of its input.
struct Spoiled {
  std::string type, config, input;
};

const std::string huge = "1000000000000000000";

const Spoiled spoiled[] = {
    {"Dense", R"({"units": 1000000000000})", "[null, 4]"},
    {"Dense", R"({"units": )" + huge + "}", "[null, 4]"},
    {"Dense", R"({"units": 4})", "[null, " + huge + "]"},
    {"Dense", R"({"units": 1e300})", "[null, 4]"},
    {"Dense", R"({"units": -1e300})", "[null, 4]"},
    {"Dense", R"({"units": 9223372036854775808})", "[null, 4]"},
    {"Dense", R"({"units": -1})", "[null, 4]"},
    {"Dense", R"({"units": 2.5})", "[null, 4]"},
    {"Dense", R"({"units": null})", "[null, 4]"},
    {"Dense", R"({"units": [3]})", "[null, 4]"},
    {"Dense", R"({"units": "3"})", "[null, 4]"},
    {"Dense", R"({"units": {}})", "[null, 4]"},
    {"Dense", R"([3])", "[null, 4]"},
    {"Dense", R"({"units": 3, "use_bias": 2})", "[null, 4]"},
    {"Dense", R"({"units": 3, "activation": 7})", "[null, 4]"},
    {"Dense", R"({"units": 3, "activation": "warm"})", "[null, 4]"},
    {"Dense", R"({"units": 3, "kernel_initializer": []})", "[null, 4]"},
    {"Dense", R"({"units": 3, "dtype": "float8"})", "[null, 4]"},
    {"Dense", R"({"units": 3})", "[null, -5]"},
    {"Dense", R"({"units": 3})", "[]"},
    {"Dense", R"({"units": 3})", "null"},
    {"Dense", R"({"units": 3})", "[null, 1.5]"},
    {"Dense", R"({"units": 3})", "[null, null]"},
    {"Conv1D", R"({"filters": 2, "kernel_size": )" + huge + "}", "[null, 8, 4]"},
    {"Conv1D", R"({"filters": 2, "kernel_size": 3, "strides": 0})", "[null, 8, 4]"},
    {"Conv2D", R"({"filters": 2, "kernel_size": [)" + huge + ", " + huge + "]}", "[null, 8, 8, 4]"},
    {"Conv2D", R"({"filters": 2, "kernel_size": [3, 3, 3]})", "[null, 8, 8, 4]"},
    {"Conv2D", R"({"filters": 2, "kernel_size": 3, "strides": [0, 1]})", "[null, 8, 8, 4]"},
    {"Conv2D", R"({"filters": 2, "kernel_size": 3, "groups": 0})", "[null, 8, 8, 4]"},
    {"Conv2DTranspose", R"({"filters": 2, "kernel_size": 1, "strides": )" + huge + "}", "[null, 8, 8, 4]"},
    {"DepthwiseConv2D", R"({"kernel_size": 3, "depth_multiplier": )" + huge + "}", "[null, 8, 8, 4]"},
    {"MaxPooling2D", R"({"pool_size": [0, 2]})", "[null, 8, 8, 4]"},
    {"MaxPooling2D", R"({"pool_size": )" + huge + "}", "[null, 8, 8, 4]"},
    {"Embedding", R"({"input_dim": )" + huge + R"(, "output_dim": 2})", "[null, 4]"},
    {"LSTM", R"({"units": )" + huge + "}", "[null, 8, 4]"},
    {"LSTM", R"({"units": 5000000000000000000})", "[null, 8, 4]"},
    {"LSTM", R"({"units": 2, "dropout": 1.5})", "[null, 8, 4]"},
    {"GRU", R"({"units": 1e12})", "[null, 8, 4]"},
    {"GRU", R"({"units": 2e9})", "[null, 8, 4]"},
    {"SimpleRNN", R"({"units": 0})", "[null, 8, 4]"},
    {"Bidirectional", R"({"layer": {"class_name": "LSTM", "config": {"units": 1e12}}})", "[null, 8, 4]"},
    {"Bidirectional", R"({"layer": {"class_name": "Dense", "config": {"units": 2}}})", "[null, 8, 4]"},
    {"TimeDistributed", R"({"layer": {"class_name": "Dense", "config": {"units": 1e12}}})", "[null, 8, 4]"},
    {"TimeDistributed", R"({"layer": null})", "[null, 8, 4]"},
    {"BatchNormalization", R"({"axis": 99})", "[null, 4]"},
    {"BatchNormalization", R"({"axis": -)" + huge + "}", "[null, 4]"},
    {"LayerNormalization", R"({"axis": [99]})", "[null, 4]"},
    {"Dropout", R"({"rate": -0.5})", "[null, 4]"},
    {"Dropout", R"({"rate": 1})", "[null, 4]"},
    {"Dropout", R"({"rate": NaN})", "[null, 4]"},
    {"Dropout", R"({"rate": 1e999})", "[null, 4]"},
    {"Reshape", R"({"target_shape": [)" + huge + ", " + huge + "]}", "[null, 4]"},
    {"Reshape", R"({"target_shape": [-1, -1]})", "[null, 4]"},
    {"Reshape", R"({"target_shape": [-2]})", "[null, 4]"},
    {"Reshape", R"({"target_shape": [0, -1]})", "[null, 4]"},
    {"Flatten", R"({})", "[null, " + huge + ", " + huge + "]"},
    {"RepeatVector", R"({"n": )" + huge + "}", "[null, 4]"},
    {"RepeatVector", R"({"n": 0})", "[null, 4]"},
    {"ZeroPadding2D", R"({"padding": )" + huge + "}", "[null, 8, 8, 4]"},
    {"ZeroPadding2D", R"({"padding": 9223372036854775807})", "[null, 8, 8, 4]"},
    {"ZeroPadding2D", R"({"padding": -1})", "[null, 8, 8, 4]"},
    {"Cropping2D", R"({"cropping": 9223372036854775807})", "[null, 8, 8, 4]"},
    {"UpSampling2D", R"({"size": )" + huge + "}", "[null, 8, 8, 4]"},
    {"UpSampling2D", R"({"size": )" + huge + R"(, "interpolation": "bilinear"})", "[null, 8, 8, 4]"},
    {"UpSampling2D", R"({"size": 0})", "[null, 8, 8, 4]"},
    {"Permute", R"({"dims": [1, 99]})", "[null, 8, 4]"},
    {"Permute", R"({"dims": []})", "[null, 8, 4]"},
    {"Concatenate", R"({"axis": 99})", "[null, 4]"},
    {"Warp", R"({})", "[null, 4]"},
    {"InputLayer", R"({"batch_input_shape": [null, 4]})", "[null, 4]"},
};

std::string topology_of(const Spoiled& s) {
  return R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
      {"class_name": "InputLayer", "config": {"batch_input_shape": )" +
         s.input + R"(, "name": "i"}}, {"class_name": ")" + s.type + R"(", "config": )" + s.config + "}]}}";
}
std::string json_of(const std::string& topology) {
  return R"({"modelTopology": )" + topology + R"(, "weightsManifest": [{"paths": [], "weights": []}]})";
}
std::string quoted(const std::string& text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') all += '\\';
    all += c == '\n' ? ' ' : c;
  }
  return all + '"';
}
std::string model_file_of(const std::string& topology) {
  return io_test::safetensors_of(R"({"__metadata__": {"frost.model": "1", "architecture": )" + quoted(topology) +
                                     R"(, "freeze": "{\"layers\": {}, \"weights\": {}}", "training": "null"}})",
                                 "");
}

// That loading throws a FileError that begins with the path.
template <class F>
void check_refused(const std::string& path, const F& load) {
  try {
    load(path);
    FAIL_CHECK("no error");
  } catch (const FileError& error) {
    INFO(error.what());
    CHECK(std::string(error.what()).rfind(path, 0) == 0);
  } catch (const Error& error) {
    FAIL_CHECK("no FileError: " << error.what());
  }
}

}  // namespace

TEST_CASE("A topology with sizes, numbers or kinds that cannot be is the file's error", "[io][keras][model]") {
  const Folder folder(io_test::in_memory());
  const std::string json = folder / "model.json", file = folder / "m.frost";
  reset_peak_memory();
  const std::int64_t before = static_cast<std::int64_t>(memory_stats().peak_bytes);
  for (const Spoiled& s : spoiled) {
    INFO(topology_of(s));
    io_test::write(json, json_of(topology_of(s)));
    check_refused(json, [](const std::string& path) { load_keras(path); });
    io_test::write(file, model_file_of(topology_of(s)));
    check_refused(file, [](const std::string& path) { load_model(path); });
  }
  CHECK(static_cast<std::int64_t>(memory_stats().peak_bytes) - before < 64 << 20);
}

TEST_CASE("The error of a weight that the file cannot hold names layer, weight, shape and limit", "[io][keras]") {
  const Folder folder;
  io_test::write(folder / "model.json",
                 json_of(topology_of({"Dense", R"({"units": 1e12, "name": "d"})", "[null, 4]"})));
  CHECK_THROWS_WITH(load_keras(folder / "model.json"), Catch::Contains("'kernel'") && Catch::Contains("d:") &&
                                                           Catch::Contains("(4, 1000000000000)") &&
                                                           Catch::Contains("1048576"));
}

// ------------------------------------------------------------------------------------------------------ spoiled bytes

namespace {

// Loads what is left of a file that is cut off, and of one in which one byte is another: a model or an error.
template <class F>
void check_spoiled_bytes(const std::string& path, std::size_t step, const F& load) {
  const std::string good = io_test::read(path), folder = path.substr(0, path.rfind('/') + 1);
  std::size_t refused = 0, tried = 0;
  const auto check = [&](const std::string& bytes) {
    io_test::write(path, bytes);
    ++tried;
    try {
      load(path);
    } catch (const Error& error) {
      ++refused;
      CHECK(std::string(error.what()).find(folder) != std::string::npos);  // a shard's name may be what is spoiled
    }
  };
  for (std::size_t at = 0; at < good.size(); at += step) {
    std::string bytes = good;
    for (const char c : {'9', '"', static_cast<char>(bytes[at] ^ 0x80)}) {
      bytes[at] = c;
      check(bytes);
    }
    check(good.substr(0, at));
  }
  CHECK(refused >= tried / 2);  // the rest are digits, names and values
  io_test::write(path, good);
  load(path);
}

}  // namespace

TEST_CASE("A model.json that is cut off or has another byte is a model or an error", "[io][keras]") {
  const Folder folder(io_test::in_memory());
  const auto models = std::filesystem::path(FROST_DATA_DIR) / "keras";
  std::filesystem::copy(models / "lstm_model" / "weights.bin", folder / "weights.bin");
  std::filesystem::copy(models / "lstm_model" / "model.json", folder / "model.json");
  check_spoiled_bytes(folder / "model.json", 23, [](const std::string& path) { load_keras(path); });
}

TEST_CASE("A model file that is cut off or has another byte is a model or an error", "[io][model]") {
  const Folder folder(io_test::in_memory());
  const Symbol input = Input({3, 2});
  const Model model(input, Dense({.units = 2})(LSTM({.units = 1})(BatchNormalization({.name = "n"})(input))),
                    {.name = "m"});
  model.compile({.optimizer = Adam({}), .loss = "mse"});
  freeze(model, named("n"));
  model.fit(ones({4, 3, 2}), ones({4, 2}), {.verbose = 0});
  model.save(folder / "m.frost");
  check_spoiled_bytes(folder / "m.frost", 11, [](const std::string& path) { load_model(path); });
}

// ------------------------------------------------------------------------------------------------ many and deep layers

namespace {

std::string input_entry(const std::string& name) {
  return R"({"class_name": "InputLayer", "name": ")" + name + R"(", "config": {"name": ")" + name +
         R"(", "batch_input_shape": [null, 4]}, "inbound_nodes": []})";
}
std::string call_of(const std::string& name) { return R"([[[")" + name + R"(", 0, 0, {}]]])"; }

}  // namespace

TEST_CASE("Layers of a graph may stand in any order, also thousands of them", "[io][keras]") {
  const Folder folder(io_test::in_memory());
  const int count = 3000;
  std::string layers;
  for (int i = count; i > 0; --i)
    layers += R"({"class_name": "Activation", "name": "l)" + std::to_string(i) +
              R"(", "config": {"activation": "relu"}, "inbound_nodes": )" + call_of("l" + std::to_string(i - 1)) +
              "},\n";
  io_test::write(folder / "model.json", json_of(R"({"class_name": "Model", "config": {"layers": [)" + layers +
                                                input_entry("l0") + R"(], "input_layers": [["l0", 0, 0]],
      "output_layers": [["l)" + std::to_string(count) +
                                                R"(", 0, 0]]}})"));
  const Model model = load_keras(folder / "model.json");
  CHECK(model.layers().size() == count + 1);
  CHECK(model.layers().front().name() == "l3000");
  CHECK(model(full({1, 4}, 2.)).sum().item<double>() == 8);
}

TEST_CASE("A call that waits for itself or for an output that never comes is the file's error", "[io][keras]") {
  const Folder folder(io_test::in_memory());
  for (const char* inbound :
       {R"([[["a", 0, 0, {}]]])", R"([[["i", 1, 0, {}]]])", R"([[["i", 0, 1, {}]]])", R"([[["b", 0, 0, {}]]])",
        R"([[["i", -1, 0, {}]]])", R"([[["i", 0, 1e30, {}]]])", "7", "[[[]]]", "[[7]]"}) {
    INFO(inbound);
    io_test::write(
        folder / "model.json", json_of(R"({"class_name": "Model", "config": {"layers": [)" + input_entry("i") +
                                       R"(, {"class_name": "Activation", "name": "a", "config": {"activation": "relu"},
      "inbound_nodes": )" + inbound + R"(}], "input_layers": [["i", 0, 0]], "output_layers": [["a", 0, 0]]}})"));
    check_refused(folder / "model.json", [](const std::string& path) { load_keras(path); });
  }
}

TEST_CASE("Models and wrappers in each other load as deep as the JSON may be", "[io][keras]") {
  const Folder folder(io_test::in_memory());
  std::string model = R"({"class_name": "Activation", "config": {"activation": "relu"}})";
  for (int i = 0; i < 60; ++i)
    model = R"({"class_name": "Sequential", "config": {"layers": [)" +
            (i < 59 ? model : input_entry("i") + ", " + model) + "]}}";
  io_test::write(folder / "model.json", json_of(model));
  CHECK(load_keras(folder / "model.json")(ones({1, 4})).shape() == Shape{1, 4});

  std::string layer = R"({"class_name": "Activation", "config": {"activation": "relu"}})", shape = "null, 1, 2";
  for (int i = 0; i < 60; ++i) {
    layer = R"({"class_name": "TimeDistributed", "config": {"layer": )" + layer + "}}";
    shape += ", 1";
  }
  io_test::write(folder / "model.json", json_of(R"({"class_name": "Sequential", "config": {"layers": [
      {"class_name": "InputLayer", "config": {"batch_input_shape": [)" +
                                                shape + "]}}, " + layer + "]}}"));
  CHECK(load_keras(folder / "model.json").count_params() == 0);

  for (int i = 0; i < 40; ++i) layer = R"({"class_name": "TimeDistributed", "config": {"layer": )" + layer + "}}";
  io_test::write(folder / "model.json",
                 json_of(R"({"class_name": "Sequential", "config": {"layers": [)" + layer + "]}}"));
  check_refused(folder / "model.json", [](const std::string& path) { load_keras(path); });
}
