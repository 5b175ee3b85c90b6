// Row Q: GRU(32), GRU(32), Flatten, Dense(10) on (32, 32), batch 32: forward, cross-entropy from logits, backward,
// Adam.
#include "setup.hpp"

#include <frost/frost.hpp>

namespace {

constexpr int steps = 32, features = 32, units = 32, classes = 10, batch = 32;

void frost_gru(benchmark::State& state) {
  using namespace frost;
  const Symbol input = Input({steps, features});
  const Symbol layer1 = GRU({.units = units, .return_sequences = true})(input);
  const Symbol layer2 = GRU({.units = units, .return_sequences = true})(layer1);
  const Model model(input, Dense({.units = classes})(Flatten()(layer2)));
  Adam optimizer({.learning_rate = 1e-3});
  optimizer.add(model.weights());
  const Tensor x = randn({batch, steps, features}), y = randint(0, classes, {batch});
  for (auto _ : state) {
    optimizer.zero_grad();
    const Tensor loss = sparse_categorical_crossentropy(y, model(x, {.training = true}), {.from_logits = true});
    loss.backward();
    optimizer.step();
  }
}
BENCHMARK(frost_gru)->Name("frost/Q")->Apply(frost_benchmarks::timed);

#if defined(FROST_HAVE_TORCH)
struct TorchModel : torch::nn::Module {
  torch::nn::GRU layer1, layer2;
  torch::nn::Linear dense;

  TorchModel()
      : layer1(torch::nn::GRUOptions(features, units).batch_first(true)),
        layer2(torch::nn::GRUOptions(units, units).batch_first(true)),
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

void torch_gru(benchmark::State& state) {
  TorchModel model;
  torch::optim::Adam optimizer(model.parameters(), torch::optim::AdamOptions(1e-3));
  const torch::Tensor x = torch::randn({batch, steps, features});
  const torch::Tensor y = torch::randint(0, classes, {batch}, torch::kInt64);
  for (auto _ : state) {
    optimizer.zero_grad();
    const torch::Tensor loss = torch::nn::functional::cross_entropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
  }
}
BENCHMARK(torch_gru)->Name("torch/Q")->Apply(frost_benchmarks::timed);
#endif

}  // namespace

BENCHMARK_MAIN();
