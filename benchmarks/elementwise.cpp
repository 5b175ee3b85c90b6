// Rows I1 to I3, forward and backward: softmax and bias + ReLU on 1024 × 1024, (a·b + c).tanh().sum() on 2²⁰ elements.
#include "setup.hpp"

namespace {

constexpr int n = 1024;

void frost_softmax(benchmark::State& state) {
  const frost::Tensor x = frost::randn({n, n}, {.requires_grad = true}), g = frost::randn({n, n});
  for (auto _ : state) {
    softmax(x).backward({.grad_output = g});
    x.zero_grad();
  }
}
BENCHMARK(frost_softmax)->Name("frost/I1")->Apply(frost_benchmarks::timed);

void frost_bias_relu(benchmark::State& state) {
  const frost::Tensor x = frost::randn({n, n}, {.requires_grad = true}), g = frost::randn({n, n});
  const frost::Tensor bias = frost::randn({n}, {.requires_grad = true});
  for (auto _ : state) {
    relu(x + bias).backward({.grad_output = g});
    x.zero_grad();
    bias.zero_grad();
  }
}
BENCHMARK(frost_bias_relu)->Name("frost/I2")->Apply(frost_benchmarks::timed);

void frost_fused(benchmark::State& state) {
  const frost::Tensor a = frost::randn({n * n}, {.requires_grad = true});
  const frost::Tensor b = frost::randn({n * n}, {.requires_grad = true});
  const frost::Tensor c = frost::randn({n * n}, {.requires_grad = true});
  for (auto _ : state) {
    tanh(a * b + c).sum().backward();
    for (const frost::Tensor& x : {a, b, c}) x.zero_grad();
  }
}
BENCHMARK(frost_fused)->Name("frost/I3")->Apply(frost_benchmarks::timed);

#if defined(FROST_HAVE_TORCH)
void torch_softmax(benchmark::State& state) {
  const torch::Tensor x = torch::randn({n, n}, torch::requires_grad()), g = torch::randn({n, n});
  for (auto _ : state) {
    softmax(x, -1).backward(g);
    x.mutable_grad() = torch::Tensor();
  }
}
BENCHMARK(torch_softmax)->Name("torch/I1")->Apply(frost_benchmarks::timed);

void torch_bias_relu(benchmark::State& state) {
  const torch::Tensor x = torch::randn({n, n}, torch::requires_grad()), g = torch::randn({n, n});
  const torch::Tensor bias = torch::randn({n}, torch::requires_grad());
  for (auto _ : state) {
    relu(x + bias).backward(g);
    x.mutable_grad() = torch::Tensor();
    bias.mutable_grad() = torch::Tensor();
  }
}
BENCHMARK(torch_bias_relu)->Name("torch/I2")->Apply(frost_benchmarks::timed);

void torch_fused(benchmark::State& state) {
  const torch::Tensor a = torch::randn({n * n}, torch::requires_grad());
  const torch::Tensor b = torch::randn({n * n}, torch::requires_grad());
  const torch::Tensor c = torch::randn({n * n}, torch::requires_grad());
  for (auto _ : state) {
    tanh(a * b + c).sum().backward();
    for (const torch::Tensor& x : {a, b, c}) x.mutable_grad() = torch::Tensor();
  }
}
BENCHMARK(torch_fused)->Name("torch/I3")->Apply(frost_benchmarks::timed);
#endif

}  // namespace

BENCHMARK_MAIN();
