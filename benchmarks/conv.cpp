// Row H: convolutions of 3×3 with 32, 32, pool, 64, 64 filters, pool, Dense(512), Dense(10) on 32×32×3, 'same', ReLU,
// batch 32: forward, cross-entropy from logits, backward, Adam; HF with the convolutions frozen, beside HF's parts, the
// inference of the convolutions and the step of the head. L: a depthwise convolution of 3×3 on 28×28×192, batch 8,
// forward and backward. M: a batch norm in training on 32×32×32×64, forward and backward.
#include "setup.hpp"

#include <frost/frost.hpp>

namespace {

constexpr int size = 32, classes = 10, batch = 32;
constexpr int wide = 192, side = 28, few = 8;
constexpr int normalized = 64;

namespace with_frost {

using namespace frost;

Model trunk() {
  const Symbol input = Input({size, size, 3});
  Symbol x = input;
  for (const int filters : {32, 64}) {
    for (int i = 0; i < 2; ++i)
      x = Conv2D({.filters = filters, .kernel_size = 3, .padding = "same", .activation = "relu"})(x);
    x = MaxPooling2D()(x);
  }
  return Model(input, Flatten()(x), {.name = "trunk"});
}
Sequential head() {
  const Sequential layers({Dense({.units = 512, .activation = "relu"}), Dense({.units = classes})});
  layers.build({size / 4 * size / 4 * 64});
  return layers;
}

template <class Net>
void step(const Net& net, const Adam& optimizer, const Tensor& x, const Tensor& y) {
  optimizer.zero_grad();
  const Tensor loss = sparse_categorical_crossentropy(y, net(x), {.from_logits = true});
  loss.backward();
  optimizer.step();
}
void frost_train(benchmark::State& state, bool frozen) {
  const Model convolutions = trunk();
  const Sequential classifier = head();
  convolutions.set_trainable(!frozen);
  Adam optimizer({.learning_rate = 1e-3});
  optimizer.add(convolutions.weights());
  optimizer.add(classifier.weights());
  const Tensor x = randn({batch, size, size, 3}), y = randint(0, classes, {batch});
  const auto net = [&](const Tensor& t) { return classifier(convolutions(t, {.training = true}), {.training = true}); };
  for (auto _ : state) step(net, optimizer, x, y);
}
BENCHMARK_CAPTURE(frost_train, all, false)->Name("frost/H")->Apply(frost_benchmarks::timed);
BENCHMARK_CAPTURE(frost_train, frozen, true)->Name("frost/HF")->Apply(frost_benchmarks::timed);

void frost_inference(benchmark::State& state) {
  const Model convolutions = trunk();
  const Tensor x = randn({batch, size, size, 3});
  const NoGrad guard;
  for (auto _ : state) benchmark::DoNotOptimize(convolutions(x));
}
BENCHMARK(frost_inference)->Name("frost/HF inference")->Apply(frost_benchmarks::timed);

void frost_head(benchmark::State& state) {
  const Sequential classifier = head();
  Adam optimizer({.learning_rate = 1e-3});
  optimizer.add(classifier.weights());
  const Tensor x = randn({batch, size / 4 * size / 4 * 64}), y = randint(0, classes, {batch});
  for (auto _ : state) step(classifier, optimizer, x, y);
}
BENCHMARK(frost_head)->Name("frost/HF head")->Apply(frost_benchmarks::timed);

void frost_layer(benchmark::State& state, const Layer& layer, const Shape& shape) {
  const Tensor x = randn(shape, {.requires_grad = true});
  const Tensor g = randn(layer(x).shape());
  for (auto _ : state) {
    x.zero_grad();
    for (const Parameter& w : layer.weights()) w.zero_grad();
    layer(x, {.training = true}).backward({.grad_output = g});
  }
}
void frost_depthwise(benchmark::State& state) {
  frost_layer(state, DepthwiseConv2D({.kernel_size = 3, .padding = "same", .use_bias = false}),
              {few, side, side, wide});
}
BENCHMARK(frost_depthwise)->Name("frost/L")->Apply(frost_benchmarks::timed);
void frost_norm(benchmark::State& state) { frost_layer(state, BatchNormalization(), {batch, size, size, normalized}); }
BENCHMARK(frost_norm)->Name("frost/M")->Apply(frost_benchmarks::timed);

}  // namespace with_frost

#if defined(FROST_HAVE_TORCH)
namespace with_torch {

torch::nn::Sequential torch_trunk() {
  using namespace torch::nn;
  Sequential layers;
  int channels = 3;
  for (const int filters : {32, 64}) {
    for (int i = 0; i < 2; ++i) {
      layers->push_back(Conv2d(Conv2dOptions(channels, filters, 3).padding(1)));
      layers->push_back(ReLU());
      channels = filters;
    }
    layers->push_back(MaxPool2d(2));
  }
  layers->push_back(Flatten());
  return layers;
}
void torch_train(benchmark::State& state, bool frozen) {
  using namespace torch::nn;
  torch::nn::Sequential convolutions = torch_trunk();
  torch::nn::Sequential classifier(Linear(size / 4 * size / 4 * 64, 512), ReLU(), Linear(512, classes));
  std::vector<torch::Tensor> weights = classifier->parameters();
  for (torch::Tensor& w : convolutions->parameters()) {
    w.requires_grad_(!frozen);
    if (!frozen) weights.push_back(w);
  }
  torch::optim::Adam optimizer(weights, torch::optim::AdamOptions(1e-3));
  const torch::Tensor x = torch::randn({batch, 3, size, size});
  const torch::Tensor y = torch::randint(0, classes, {batch}, torch::kInt64);
  for (auto _ : state) {
    optimizer.zero_grad();
    const torch::Tensor loss = functional::cross_entropy(classifier->forward(convolutions->forward(x)), y);
    loss.backward();
    optimizer.step();
  }
}
BENCHMARK_CAPTURE(torch_train, all, false)->Name("torch/H")->Apply(frost_benchmarks::timed);
BENCHMARK_CAPTURE(torch_train, frozen, true)->Name("torch/HF")->Apply(frost_benchmarks::timed);

template <class Module>
void torch_layer(benchmark::State& state, Module layer, const torch::Tensor& x) {
  x.requires_grad_(true);
  const torch::Tensor g = torch::randn_like(layer->forward(x));
  for (auto _ : state) {
    x.mutable_grad().reset();
    layer->zero_grad();
    layer->forward(x).backward(g);
  }
}
void torch_depthwise(benchmark::State& state) {
  torch_layer(state, torch::nn::Conv2d(torch::nn::Conv2dOptions(wide, wide, 3).padding(1).groups(wide).bias(false)),
              torch::randn({few, wide, side, side}));
}
BENCHMARK(torch_depthwise)->Name("torch/L")->Apply(frost_benchmarks::timed);
void torch_norm(benchmark::State& state) {
  torch_layer(state, torch::nn::BatchNorm2d(normalized), torch::randn({batch, normalized, size, size}));
}
BENCHMARK(torch_norm)->Name("torch/M")->Apply(frost_benchmarks::timed);

}  // namespace with_torch
#endif

}  // namespace

BENCHMARK_MAIN();
