#pragma once

#include <cstdint>
#include <type_traits>

namespace frost::optim {

/// v = momentum·v − lr·g; w += v, or w += momentum·v − lr·g with nesterov. Without momentum, w −= lr·g.
struct SgdStep {
  double learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
  double decay = 0.0;  ///< first, w −= w·decay
  double scale = 1.0;  ///< the gradient's factor
};

/// m += (g − m)(1 − β₁); v += (g² − v)(1 − β₂); w −= alpha·m/(√v + ε), with the largest v so far under amsgrad.
struct AdamStep {
  double alpha = 0.001;  ///< learning rate with the bias corrections, lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ)
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  double decay = 0.0;
  double scale = 1.0;
};

/// Loops over the n elements of a weight.
template <class S>
struct OptimizerLoops {
  /// `velocity` is null without momentum.
  void (*sgd)(const SgdStep& step, S* w, const S* g, S* velocity, std::int64_t n);
  /// `largest` is null without amsgrad.
  void (*adam)(const AdamStep& step, S* w, const S* g, S* m, S* v, S* largest, std::int64_t n);
  /// Σ g², accumulated in float64.
  double (*sum_of_squares)(const S* g, std::int64_t n);
};

struct OptimizerTable {
  OptimizerLoops<float> f32;
  OptimizerLoops<double> f64;
};

#ifdef __aarch64__
extern const OptimizerTable optimizer_neon;
#else
extern const OptimizerTable optimizer_sse2, optimizer_avx2, optimizer_avx512;
#endif

/// The active level's table.
const OptimizerTable& optimizer_table();

template <class S>
const OptimizerLoops<S>& optimizer_loops() {
  if constexpr (std::is_same_v<S, float>)
    return optimizer_table().f32;
  else
    return optimizer_table().f64;
}

}  // namespace frost::optim
