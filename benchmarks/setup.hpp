#pragma once
#include <benchmark/benchmark.h>

#include <frost/autograd.hpp>

#if defined(FROST_HAVE_TORCH)
#include <torch/torch.h>
#endif

#include <sstream>
#include <string>

extern "C" {
// OpenBLAS' own; at::set_num_threads leaves it alone.
void openblas_set_num_threads(int n) __attribute__((weak));
int openblas_get_num_threads() __attribute__((weak));
char* openblas_get_corename() __attribute__((weak));
}

// Every benchmark runs on one thread and says so: what both libraries use stands above the figures.
namespace frost_benchmarks {

inline bool use_one_thread() {
  frost::set_num_threads(1);
#if defined(FROST_HAVE_TORCH)
  at::set_num_threads(1);
  benchmark::AddCustomContext("torch", TORCH_VERSION);
  benchmark::AddCustomContext("torch threads", std::to_string(at::get_num_threads()));
#endif
  if (openblas_set_num_threads) openblas_set_num_threads(1);
  if (openblas_get_num_threads) benchmark::AddCustomContext("BLAS threads", std::to_string(openblas_get_num_threads()));
  std::istringstream facts(frost::build_info());
  for (std::string line; std::getline(facts, line);) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos)
      benchmark::AddCustomContext("library", line);
    else
      benchmark::AddCustomContext("frost " + line.substr(0, colon), line.substr(colon + 2));
  }
  return true;
}
inline const bool uses_one_thread = use_one_thread();

// How a row's benchmarks, called frost/ROW and torch/ROW, are timed: by the wall, beside the CPU time of all threads.
inline void timed(benchmark::internal::Benchmark* benchmark) { benchmark->MeasureProcessCPUTime()->UseRealTime(); }

}  // namespace frost_benchmarks
