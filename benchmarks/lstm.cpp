// Rows A, B, C, F: LSTM, LSTM, Flatten, Dense(10) on (32, 32): forward, cross-entropy from logits, backward, Adam.
#include "setup.hpp"

#include <frost/frost.hpp>

namespace {

constexpr int steps = 32, features = 32, classes = 10;

struct Work {
  int units = 32;
  int batch = 32;
  bool frozen = false;  // the LSTMs
};
constexpr Work row_a{}, row_b{.batch = 1}, row_c{.frozen = true}, row_f{.units = 256, .batch = 64};

template <const Work& work>
void frost_train(benchmark::State& state) {
  using namespace frost;
  const Symbol input = Input({steps, features});
  const Symbol layer1 = LSTM({.units = work.units, .return_sequences = true})(input);
  const Symbol layer2 = LSTM({.units = work.units, .return_sequences = true})(layer1);
  const Symbol output = Dense({.units = classes})(Flatten()(layer2));
  const Model model(input, output);
  if (work.frozen)
    for (const Layer& layer : {layer1.layer(), layer2.layer()}) layer.set_trainable(false);
  Adam optimizer({.learning_rate = 1e-3});
  optimizer.add(model.weights());
  const Tensor x = randn({work.batch, steps, features}), y = randint(0, classes, {work.batch});
  for (auto _ : state) {
    optimizer.zero_grad();
    const Tensor loss = sparse_categorical_crossentropy(y, model(x, {.training = true}), {.from_logits = true});
    loss.backward();
    optimizer.step();
  }
}
BENCHMARK(frost_train<row_a>)->Name("frost/A")->Apply(frost_benchmarks::timed);
BENCHMARK(frost_train<row_b>)->Name("frost/B")->Apply(frost_benchmarks::timed);
BENCHMARK(frost_train<row_c>)->Name("frost/C")->Apply(frost_benchmarks::timed);
BENCHMARK(frost_train<row_f>)->Name("frost/F")->Apply(frost_benchmarks::timed);

#if defined(FROST_HAVE_TORCH)
struct TorchModel : torch::nn::Module {
  torch::nn::LSTM layer1, layer2;
  torch::nn::Linear dense;

  explicit TorchModel(int units)
      : layer1(torch::nn::LSTMOptions(features, units).batch_first(true)),
        layer2(torch::nn::LSTMOptions(units, units).batch_first(true)),
        dense(steps * units, classes) {
    register_module("layer1", layer1);
    register_module("layer2", layer2);
    register_module("dense", dense);
  }
  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor h = std::get<0>(layer2->forward(std::get<0>(layer1->forward(x))));
    return dense->forward(h.flatten(1));
  }
};

template <const Work& work>
void torch_train(benchmark::State& state) {
  TorchModel model(work.units);
  if (work.frozen)
    for (const torch::nn::LSTM& layer : {model.layer1, model.layer2})
      for (const torch::Tensor& weight : layer->parameters()) weight.requires_grad_(false);
  torch::optim::Adam optimizer(model.parameters(), torch::optim::AdamOptions(1e-3));
  const torch::Tensor x = torch::randn({work.batch, steps, features});
  const torch::Tensor y = torch::randint(0, classes, {work.batch}, torch::kInt64);
  for (auto _ : state) {
    optimizer.zero_grad();
    const torch::Tensor loss = torch::nn::functional::cross_entropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
  }
}
BENCHMARK(torch_train<row_a>)->Name("torch/A")->Apply(frost_benchmarks::timed);
BENCHMARK(torch_train<row_b>)->Name("torch/B")->Apply(frost_benchmarks::timed);
BENCHMARK(torch_train<row_c>)->Name("torch/C")->Apply(frost_benchmarks::timed);
BENCHMARK(torch_train<row_f>)->Name("torch/F")->Apply(frost_benchmarks::timed);
#endif

}  // namespace

BENCHMARK_MAIN();
