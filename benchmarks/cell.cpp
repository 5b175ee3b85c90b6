// Row E: an LSTM cell out of primitive operations: two products, a bias, four slices, the gates. 32 steps, batch 32,
// 32 units, forward and backward, the gradients of the three weights.
#include "setup.hpp"

#include <vector>

namespace {

constexpr int batch = 32, steps = 32, units = 32;

void frost_cell(benchmark::State& state) {
  using frost::Tensor;
  const Tensor kernel = (0.2 * frost::randn({units, 4 * units})).detach().set_requires_grad(true);
  const Tensor recurrent = (0.2 * frost::randn({units, 4 * units})).detach().set_requires_grad(true);
  const Tensor bias = frost::zeros({4 * units}, {.requires_grad = true});
  const Tensor start = frost::zeros({batch, units}), g = frost::ones({batch, units});
  std::vector<Tensor> x;
  for (int t = 0; t < steps; ++t) x.push_back(frost::randn({batch, units}));
  for (auto _ : state) {
    Tensor h = start, c = start;
    for (int t = 0; t < steps; ++t) {
      const Tensor z = matmul(x[t], kernel) + matmul(h, recurrent) + bias;
      const Tensor input = sigmoid(z.slice(1, 0, units)), forget = sigmoid(z.slice(1, units, 2 * units));
      const Tensor candidate = tanh(z.slice(1, 2 * units, 3 * units)), out = sigmoid(z.slice(1, 3 * units, 4 * units));
      c = forget * c + input * candidate;
      h = out * tanh(c);
    }
    h.backward({.grad_output = g});
    for (const Tensor& weight : {kernel, recurrent, bias}) weight.zero_grad();
  }
}
BENCHMARK(frost_cell)->Name("frost/E")->Apply(frost_benchmarks::timed);

#if defined(FROST_HAVE_TORCH)
void torch_cell(benchmark::State& state) {
  using torch::Tensor;
  const Tensor kernel = (0.2 * torch::randn({units, 4 * units})).set_requires_grad(true);
  const Tensor recurrent = (0.2 * torch::randn({units, 4 * units})).set_requires_grad(true);
  const Tensor bias = torch::zeros({4 * units}, torch::requires_grad());
  const Tensor start = torch::zeros({batch, units}), g = torch::ones({batch, units});
  std::vector<Tensor> x;
  for (int t = 0; t < steps; ++t) x.push_back(torch::randn({batch, units}));
  for (auto _ : state) {
    Tensor h = start, c = start;
    for (int t = 0; t < steps; ++t) {
      const Tensor z = matmul(x[t], kernel) + matmul(h, recurrent) + bias;
      const Tensor input = sigmoid(z.slice(1, 0, units)), forget = sigmoid(z.slice(1, units, 2 * units));
      const Tensor candidate = tanh(z.slice(1, 2 * units, 3 * units)), out = sigmoid(z.slice(1, 3 * units, 4 * units));
      c = forget * c + input * candidate;
      h = out * tanh(c);
    }
    h.backward(g);
    for (const Tensor& weight : {kernel, recurrent, bias}) weight.mutable_grad() = Tensor();
  }
}
BENCHMARK(torch_cell)->Name("torch/E")->Apply(frost_benchmarks::timed);
#endif

}  // namespace

BENCHMARK_MAIN();
