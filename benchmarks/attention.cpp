// Rows N, O, P: what a transformer is made of, batch 8, 128 steps, 256 wide: attention between three tensors, attention
// in 8 heads with its four products, layer norm; forward and backward, the gradients of inputs and weights.
#include "setup.hpp"

#include <frost/layers.hpp>

namespace {

constexpr int batch = 8, steps = 128, width = 256, heads = 8;

void frost_attention(benchmark::State& state) {
  using frost::Tensor;
  std::vector<Tensor> x;
  for (int i = 0; i < 3; ++i) x.push_back(frost::randn({batch, steps, width}, {.requires_grad = true}));
  const Tensor g = frost::ones({batch, steps, width});
  for (auto _ : state) {
    frost::attention(x[0], x[1], x[2]).backward({.grad_output = g});
    for (const Tensor& input : x) input.zero_grad();
  }
}
BENCHMARK(frost_attention)->Name("frost/N")->Apply(frost_benchmarks::timed);

void frost_heads(benchmark::State& state) {
  using frost::Tensor;
  const frost::Layer layer = frost::MultiHeadAttention({.num_heads = heads, .key_dim = width / heads});
  const Tensor x = frost::randn({batch, steps, width}, {.requires_grad = true}), g = frost::ones({batch, steps, width});
  layer(x);
  for (auto _ : state) {
    layer(x, {.training = true}).backward({.grad_output = g});
    x.zero_grad();
    for (const frost::Parameter& weight : layer.weights()) weight.zero_grad();
  }
}
BENCHMARK(frost_heads)->Name("frost/O")->Apply(frost_benchmarks::timed);

void frost_layer_norm(benchmark::State& state) {
  using frost::Tensor;
  const frost::Layer layer = frost::LayerNormalization();
  const Tensor x = frost::randn({batch, steps, width}, {.requires_grad = true}), g = frost::ones({batch, steps, width});
  layer(x);
  for (auto _ : state) {
    layer(x, {.training = true}).backward({.grad_output = g});
    x.zero_grad();
    for (const frost::Parameter& weight : layer.weights()) weight.zero_grad();
  }
}
BENCHMARK(frost_layer_norm)->Name("frost/P")->Apply(frost_benchmarks::timed);

#if defined(FROST_HAVE_TORCH)
void torch_attention(benchmark::State& state) {
  using torch::Tensor;
  std::vector<Tensor> x;
  for (int i = 0; i < 3; ++i) x.push_back(torch::randn({batch, steps, width}, torch::requires_grad()));
  const Tensor g = torch::ones({batch, steps, width});
  for (auto _ : state) {
    const Tensor scores = torch::matmul(x[0], x[1].transpose(1, 2)) / std::sqrt(static_cast<double>(width));
    torch::matmul(torch::softmax(scores, -1), x[2]).backward(g);
    for (const Tensor& input : x) input.mutable_grad() = Tensor();
  }
}
BENCHMARK(torch_attention)->Name("torch/N")->Apply(frost_benchmarks::timed);

void torch_heads(benchmark::State& state) {
  using torch::Tensor;
  torch::nn::MultiheadAttention layer(torch::nn::MultiheadAttentionOptions(width, heads));
  const Tensor x = torch::randn({steps, batch, width}, torch::requires_grad());  // steps come first
  const Tensor g = torch::ones({steps, batch, width});
  for (auto _ : state) {
    std::get<0>(layer(x, x, x, Tensor(), false)).backward(g);
    x.mutable_grad() = Tensor();
    for (const Tensor& weight : layer->parameters()) weight.mutable_grad() = Tensor();
  }
}
BENCHMARK(torch_heads)->Name("torch/O")->Apply(frost_benchmarks::timed);

void torch_layer_norm(benchmark::State& state) {
  using torch::Tensor;
  torch::nn::LayerNorm layer(torch::nn::LayerNormOptions({width}).eps(1e-3));
  const Tensor x = torch::randn({batch, steps, width}, torch::requires_grad());
  const Tensor g = torch::ones({batch, steps, width});
  for (auto _ : state) {
    layer(x).backward(g);
    x.mutable_grad() = Tensor();
    for (const Tensor& weight : layer->parameters()) weight.mutable_grad() = Tensor();
  }
}
BENCHMARK(torch_layer_norm)->Name("torch/P")->Apply(frost_benchmarks::timed);
#endif

}  // namespace

BENCHMARK_MAIN();
