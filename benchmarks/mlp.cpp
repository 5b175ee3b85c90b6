// Row G: Dense(512), Dense(512), both ReLU, Dense(10) on 784 features, batch 128: forward, cross-entropy from logits,
// backward, Adam.
#include "setup.hpp"

#include <frost/frost.hpp>

namespace {

constexpr int features = 784, units = 512, classes = 10, batch = 128;

void frost_train(benchmark::State& state) {
  using namespace frost;
  const Sequential model({Dense({.units = units, .activation = "relu"}), Dense({.units = units, .activation = "relu"}),
                          Dense({.units = classes})});
  model.build({features});
  Adam optimizer({.learning_rate = 1e-3});
  optimizer.add(model.weights());
  const Tensor x = randn({batch, features}), y = randint(0, classes, {batch});
  for (auto _ : state) {
    optimizer.zero_grad();
    const Tensor loss = sparse_categorical_crossentropy(y, model(x, {.training = true}), {.from_logits = true});
    loss.backward();
    optimizer.step();
  }
}
BENCHMARK(frost_train)->Name("frost/G")->Apply(frost_benchmarks::timed);

#if defined(FROST_HAVE_TORCH)
void torch_train(benchmark::State& state) {
  using namespace torch::nn;
  Sequential model(Linear(features, units), ReLU(), Linear(units, units), ReLU(), Linear(units, classes));
  torch::optim::Adam optimizer(model->parameters(), torch::optim::AdamOptions(1e-3));
  const torch::Tensor x = torch::randn({batch, features});
  const torch::Tensor y = torch::randint(0, classes, {batch}, torch::kInt64);
  for (auto _ : state) {
    optimizer.zero_grad();
    const torch::Tensor loss = functional::cross_entropy(model->forward(x), y);
    loss.backward();
    optimizer.step();
  }
}
BENCHMARK(torch_train)->Name("torch/G")->Apply(frost_benchmarks::timed);
#endif

}  // namespace

BENCHMARK_MAIN();
