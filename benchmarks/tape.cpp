// Row D: the overhead of the tape. A chain of 1,000 recorded multiplications of 64 floats: forward, backward,
// destroyed.
#include "setup.hpp"

namespace {

constexpr int operations = 1000;

void per_operation(benchmark::State& state) {
  state.counters["per_op"] = benchmark::Counter(static_cast<double>(state.iterations()) * operations,
                                                benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void frost_times_constant(benchmark::State& state) {
  const frost::Tensor x = frost::randn({64}, {.requires_grad = true});
  const frost::Tensor c = frost::full({64}, 1.0001);
  const frost::Tensor g = frost::ones({64});
  for (auto _ : state) {
    frost::Tensor y = x;
    for (int i = 0; i < operations; ++i) y = y * c;
    y.backward({.grad_output = g});
    x.zero_grad();
  }
  per_operation(state);
}
BENCHMARK(frost_times_constant)->Name("frost/D")->Apply(frost_benchmarks::timed);

void frost_times_scalar(benchmark::State& state) {
  const frost::Tensor x = frost::randn({64}, {.requires_grad = true});
  const frost::Tensor g = frost::ones({64});
  for (auto _ : state) {
    frost::Tensor y = x;
    for (int i = 0; i < operations; ++i) y = y * 1.0001;
    y.backward({.grad_output = g});
    x.zero_grad();
  }
  per_operation(state);
}
BENCHMARK(frost_times_scalar)->Name("frost/times_scalar")->Apply(frost_benchmarks::timed);

// The same without a tape: what the kernels and the tensors cost by themselves.
void frost_times_constant_frozen(benchmark::State& state) {
  const frost::Tensor x = frost::randn({64});
  const frost::Tensor c = frost::full({64}, 1.0001);
  for (auto _ : state) {
    frost::Tensor y = x;
    for (int i = 0; i < operations; ++i) y = y * c;
    benchmark::DoNotOptimize(y);
  }
  per_operation(state);
}
BENCHMARK(frost_times_constant_frozen)->Name("frost/times_constant_frozen")->Apply(frost_benchmarks::timed);

#if defined(FROST_HAVE_TORCH)
void torch_times_constant(benchmark::State& state) {
  const torch::Tensor x = torch::randn({64}, torch::requires_grad());
  const torch::Tensor c = torch::full({64}, 1.0001f);
  const torch::Tensor g = torch::ones({64});
  for (auto _ : state) {
    torch::Tensor y = x;
    for (int i = 0; i < operations; ++i) y = y * c;
    y.backward(g);
    x.mutable_grad() = torch::Tensor();
  }
  per_operation(state);
}
BENCHMARK(torch_times_constant)->Name("torch/D")->Apply(frost_benchmarks::timed);
#endif

}  // namespace

BENCHMARK_MAIN();
