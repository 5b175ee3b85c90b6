#include "support.hpp"

#include "support/catch.hpp"

#include <frost/layers.hpp>
#include <frost/models.hpp>
#include <frost/optim.hpp>

using namespace frost;
using namespace io_test;
using Catch::Matchers::Contains;

namespace {

using State = std::map<std::string, Tensor>;

struct Float64 {
  Float64() { set_default_dtype(DType::float64); }
  ~Float64() { set_default_dtype(DType::float32); }
};

// What tests/data/torch/write.py wrote.
struct Example {
  explicit Example(const std::string& name) : all(load_safetensors(FROST_DATA_DIR "/torch/" + name + ".safetensors")) {}
  const Tensor& at(const std::string& name) const { return all.at(name); }
  State part(const std::string& prefix) const {
    State state;
    for (const auto& [name, t] : all)
      if (name.starts_with(prefix)) state[name.substr(prefix.size())] = t;
    return state;
  }
  State all;
};

// The model with the state dict gives PyTorch's results, before and after PyTorch's steps of training.
void check_example(const std::string& name, const Model& model, const LoadTorchOptions& options) {
  INFO(name);
  const Example e(name);
  const LoadReport r = load_torch(model, e.part("state."), options);
  CHECK(r.loaded == static_cast<std::int64_t>(model.weights().size()));
  CHECK(distance(model.predict(e.at("x")), e.at("y")) < 1e-12);

  SGD optimizer({.learning_rate = 0.1});
  optimizer.add(model.weights());
  const Tensor losses = e.at("losses");
  for (std::int64_t step = 0; step < losses.size(); ++step) {
    optimizer.zero_grad();
    const Tensor loss = mean(square(model(e.at("x"), {.training = true}) - e.at("target")));
    CHECK(loss.item<double>() == Approx(losses[step].item<double>()).epsilon(1e-12));
    loss.backward();
    optimizer.step();
  }
  CHECK(distance(model.predict(e.at("x")), e.at("y_tuned")) < 1e-12);
  const Tensors trained = model.get_weights();
  load_torch(model, e.part("tuned."), options);
  for (std::size_t i = 0; i < trained.size(); ++i) {
    INFO(model.weights()[i].name());
    CHECK(distance(trained[i], model.weights()[i]) < 1e-12);
  }
}

Model recurrent(const std::vector<Layer>& layers) {
  const Symbol input = Input({7, 3});
  Symbol x = input;
  for (const Layer& l : layers) x = l(x);
  return Model(input, Dense({.units = 2, .name = "fc"})(x));
}

Model lstm() {
  return recurrent({LSTM({.units = 4, .return_sequences = true, .name = "first"}),
                    LSTM({.units = 4, .return_sequences = true, .name = "second"})});
}
const LoadTorchOptions lstm_rules = {.rename = {{"rnn", "first"}, {"rnn.l1", "second"}}};

Model images(double epsilon = 1e-5) {
  const Symbol input = Input({6, 8, 2});
  Symbol x = Conv2D({.filters = 4, .kernel_size = 3, .padding = "same", .use_bias = false, .name = "conv1"})(input);
  x = BatchNormalization({.momentum = 0.9, .epsilon = epsilon, .unbiased_statistics = true, .name = "norm"})(x);
  x = MaxPooling2D()(Activation("relu")(x));
  x = Conv2D({.filters = 6, .kernel_size = {1, 3}, .groups = 2, .activation = "relu", .name = "conv2"})(x);
  x = Flatten()(Dropout({.rate = 0.})(x));
  return Model(input, Dense({.units = 3, .name = "classifier"})(x));
}
const LoadTorchOptions image_rules = {
    .rename = {{"features.0", "conv1"}, {"features.1", "norm"}, {"features.4", "conv2"}}};

}  // namespace

TEST_CASE("stacked LSTMs of PyTorch give its results and train as there") {
  const Float64 scope;
  check_example("lstm", lstm(), lstm_rules);
}

TEST_CASE("GRU and simple recurrent layers of PyTorch give its results and train as there") {
  const Float64 scope;
  check_example("gru", recurrent({GRU({.units = 4, .return_sequences = true, .name = "rnn"})}), {});
  check_example("rnn", recurrent({SimpleRNN({.units = 4, .return_sequences = true, .name = "rnn"})}), {});
}

TEST_CASE("a bidirectional LSTM of PyTorch gives its results and trains as there") {
  const Float64 scope;
  check_example(
      "lstm_bidirectional",
      recurrent({Bidirectional(LSTM({.units = 4, .return_sequences = true, .name = "lstm"}), {.name = "both"})}),
      {.rename = {{"rnn", "both/forward_lstm"}, {"rnn.l0_reverse", "both/backward_lstm"}}});
}

TEST_CASE("convolutions and batch norms of PyTorch give its results and statistics over five steps") {
  const Float64 scope;
  check_example("images", images(), image_rules);
}

TEST_CASE("depthwise and transposed convolutions of PyTorch give its results and train as there") {
  const Float64 scope;
  const Sequential net({DepthwiseConv2D({.kernel_size = 3, .depth_multiplier = 3, .name = "depthwise"}),
                        Conv2DTranspose({.filters = 3, .kernel_size = 2, .strides = 2, .name = "up"})});
  net.build({5, 5, 2});
  check_example("depthwise", net, {.rename = {{"0", "depthwise"}, {"1", "up"}}});
}

TEST_CASE("a sequence's convolution, a flattening and a layer norm of PyTorch give its results") {
  const Float64 scope;
  const Sequential net({Conv1D({.filters = 3, .kernel_size = 2, .activation = "tanh", .name = "conv"}), Flatten(),
                        Dense({.units = 4, .name = "dense"}), LayerNormalization({.epsilon = 1e-5, .name = "norm"})});
  net.build({5, 2});
  check_example("sequence", net, {.rename = {{"0", "conv"}, {"3", "dense"}, {"4", "norm"}}});
}

TEST_CASE("a slope a channel of PyTorch gives its results and trains as there") {
  const Float64 scope;
  const Sequential net(
      {Conv2D({.filters = 3, .kernel_size = 1, .name = "conv"}), PReLU({.shared_axes = {1, 2}, .name = "slope"})});
  net.build({3, 3, 2});
  check_example("prelu", net, {.rename = {{"0", "conv"}, {"1", "slope"}}});
}

TEST_CASE("a group norm of PyTorch gives its results and trains as there") {
  const Float64 scope;
  const Sequential net({Conv2D({.filters = 4, .kernel_size = 1, .name = "conv"}),
                        GroupNormalization({.groups = 2, .epsilon = 1e-5, .name = "norm"})});
  net.build({3, 3, 2});
  check_example("group_norm", net, {.rename = {{"0", "conv"}, {"1", "norm"}}});
}

TEST_CASE("an embedding of PyTorch gives its results and trains as there") {
  const Float64 scope;
  const Symbol input = Input({3}, {.dtype = DType::int64});
  const Symbol x = Embedding({.input_dim = 5, .output_dim = 3, .name = "table"})(input);
  check_example("embedding", Model(input, Dense({.units = 2, .name = "dense"})(x)),
                {.rename = {{"0", "table"}, {"1", "dense"}}});
}

TEST_CASE("float64 parameters are rounded to float32 weights") {
  const Model model = lstm();
  const Example e("lstm");
  load_torch(model, e.part("state."), lstm_rules);
  CHECK(distance(model(e.at("x").to(DType::float32)), e.at("y").to(DType::float32)) < 1e-5);
}

TEST_CASE("another order of gates, rows or epsilon gives other results than PyTorch") {
  const Float64 scope;
  const Example e("lstm");
  const Model model = lstm();
  State state = e.part("state.");
  for (auto& [name, t] : state)
    if (name.starts_with("rnn."))  // i f g o → i g f o
      t = concatenate({t.slice(0, 0, 4), t.slice(0, 8, 12), t.slice(0, 4, 8), t.slice(0, 12, 16)});
  load_torch(model, state, lstm_rules);
  CHECK(distance(model(e.at("x")), e.at("y")) > 1e-3);

  const Example pictures("images");
  LoadTorchOptions rules = image_rules;
  rules.reorder_flattened = false;
  const Model rows = images();
  load_torch(rows, pictures.part("state."), rules);
  CHECK(distance(rows(pictures.at("x")), pictures.at("y")) > 1e-3);

  const Model other = images(1e-3);
  const Tensors before = other.get_weights();
  CHECK_THROWS_WITH(
      load_torch(other, pictures.part("state."), image_rules),
      Contains("epsilon of 'norm/gamma' (BatchNormalization)") && Contains("got 0.001; expected") && Contains("1e-05"));
  CHECK(distance(before[1], other.get_weights()[1]) == 0);
  rules = image_rules;
  rules.norm_epsilon = 0;
  load_torch(other, pictures.part("state."), rules);
  CHECK(distance(other(pictures.at("x")), pictures.at("y")) > 1e-5);
}

TEST_CASE("a state dict is read from a safetensors file, and its errors name the file") {
  const Float64 scope;
  const Folder folder;
  const Example e("lstm");
  save_safetensors(folder / "lstm.safetensors", e.part("state."));
  const Model model = lstm();
  CHECK(load_torch(model, folder / "lstm.safetensors", lstm_rules).loaded == 8);
  CHECK(distance(model(e.at("x")), e.at("y")) < 1e-12);
  CHECK_THROWS_WITH(load_torch(model, folder / "lstm.safetensors"),
                    Contains("lstm.safetensors: the weights are not those"));
  CHECK_THROWS_AS(load_torch(model, folder / "absent"), FileError);
}

TEST_CASE("a strict import lists what is missing, unexpected and misshapen and changes nothing") {
  const Float64 scope;
  const Example e("lstm");
  const Model model = lstm();
  State state = e.part("state.");
  state.erase("rnn.bias_hh_l0");
  state["fc.weight"] = ones({3, 4});
  state["fc.scale"] = ones({2});
  state["norm.num_batches_tracked"] = tensor(3, DType::int64);
  const Tensors before = model.get_weights();
  CHECK_THROWS_WITH(load_torch(model, state, lstm_rules),
                    Contains("missing in the file (1): first/bias") &&
                        Contains("unexpected in the file (1): fc.scale") &&
                        Contains("misshapen (1): fc.weight: got (4, 3) of float64, expected (4, 2) of float64"));
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(distance(before[i], model.get_weights()[i]) == 0);
  LoadTorchOptions options = lstm_rules;
  options.strict = false;
  const LoadReport r = load_torch(model, state, options);
  CHECK(r.loaded == 6);
  CHECK(r.missing == std::vector<std::string>{"first/bias"});
  CHECK(r.unexpected == std::vector<std::string>{"fc.scale"});
  CHECK(r.misshapen == std::vector<std::string>{"fc.weight"});
  CHECK_THROWS_WITH(load_torch(model, State{{"a.weight", ones({2})}}, {.strict = false}),
                    Contains("no weight of the model") && Contains("a.weight"));
}

TEST_CASE("rules rename whole modules and what is inside them, the longest first") {
  const Symbol input = Input({3});
  const Model inner(input, Dense({.units = 3, .name = "fc"})(input), {.name = "inner"});
  const Model outer(inner.input(), Dense({.units = 2, .name = "head"})(inner(inner.input())));
  const State state = {{"module.encoder.fc.weight", ones({3, 3})},
                       {"module.encoder.fc.bias", ones({3})},
                       {"module.last.weight", full({2, 3}, 2.)},
                       {"module.last.bias", full({2}, 3.)}};
  const LoadReport r =
      load_torch(outer, state, {.rename = {{"module", ""}, {"module.encoder", "inner"}, {"module.last", "head"}}});
  CHECK(r.loaded == 4);
  CHECK(outer(ones({1, 3})).to_vector<float>()[0] == 2 * 3 * 4 + 3);

  CHECK_THROWS_WITH(load_torch(outer, state, {.rename = {{"module.encodr", "inner"}}}),
                    Contains("'module.encodr' → 'inner' fits no module") && Contains("'module.encoder.fc'"));
  CHECK_THROWS_WITH(load_torch(outer, state, {.rename = {{"module.encoder.fc", "head"}, {"module.last", "head"}}}),
                    Contains("would both be the bias of 'head'"));
  CHECK_THROWS_WITH(load_torch(outer, State{{"a", Tensor{}}}), Contains("'a' is absent"));
}
