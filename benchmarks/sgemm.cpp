// The rate of BLAS' single-precision product at the sizes of the other rows: what no implementation on it can beat.
#include "setup.hpp"

#include <cblas.h>

#include <vector>

namespace {

struct Product {
  const char* name;
  int m, n, k;
  bool transpose_a, transpose_b;
  int stride_c;  // 0: n
};

// LSTMs of 32 units on 32 features over 32 steps: the input's part of all steps, a step's recurrent part, and what the
// backward pass adds.
constexpr Product products[] = {
    {"batch_32/x_kernel", 1024, 128, 32, false, false, 0},
    {"batch_32/h_recurrent_kernel", 32, 128, 32, false, false, 32 * 128},
    {"batch_32/dz_recurrent_kernel", 32, 32, 128, false, true, 0},
    {"batch_32/dx", 1024, 32, 128, false, true, 0},
    {"batch_32/dkernel", 32, 128, 1024, true, false, 0},
    {"batch_32/dense", 32, 10, 1024, false, false, 0},
    {"batch_32/dense_dkernel", 1024, 10, 32, true, false, 0},
    {"batch_32/dense_dx", 32, 1024, 10, false, true, 0},
    {"batch_1/x_kernel", 32, 128, 32, false, false, 0},
    {"batch_1/dkernel", 32, 128, 32, true, false, 0},
    {"lstm_256/h_recurrent_kernel", 64, 1024, 256, false, false, 32 * 1024},
    {"lstm_256/dz_recurrent_kernel", 64, 256, 1024, false, true, 0},
    {"lstm_256/dkernel", 256, 1024, 2048, true, false, 0},
    {"large", 1024, 1024, 1024, false, false, 0},
};

void sgemm(benchmark::State& state, const Product& p) {
  const int stride_c = p.stride_c ? p.stride_c : p.n;
  const std::vector<float> a(static_cast<std::size_t>(p.m) * p.k, 0.5f), b(static_cast<std::size_t>(p.k) * p.n, 0.25f);
  std::vector<float> c(static_cast<std::size_t>(p.m) * stride_c);
  for (auto _ : state) {
    cblas_sgemm(CblasRowMajor, p.transpose_a ? CblasTrans : CblasNoTrans, p.transpose_b ? CblasTrans : CblasNoTrans,
                p.m, p.n, p.k, 1.f, a.data(), p.transpose_a ? p.m : p.k, b.data(), p.transpose_b ? p.k : p.n, 0.f,
                c.data(), stride_c);
    benchmark::ClobberMemory();
  }
  state.counters["FLOP/s"] = benchmark::Counter(2.0 * p.m * p.n * p.k, benchmark::Counter::kIsIterationInvariantRate);
}

const bool added = [] {
  for (const Product& p : products)
    benchmark::RegisterBenchmark(("sgemm/" + std::string(p.name)).c_str(), sgemm, p)->Apply(frost_benchmarks::timed);
  return true;
}();

}  // namespace

BENCHMARK_MAIN();
