#pragma once
#include "updates.hpp"

#include <cstdint>
#include <type_traits>

namespace frost::optim {

/// What an update works on: n elements of a weight.
template <class S>
struct Elements {
  S* w;
  const S* g;
  S* states[4];
  std::int64_t n;
  double decay;  ///< first, w −= w·decay
  double scale;  ///< the gradient's factor
};

template <class Update>
struct Loop {
  void (*f32)(const Update& update, const Elements<float>& elements);
  void (*f64)(const Update& update, const Elements<double>& elements);
};

template <class... Updates>
struct LoopsOf : Loop<Updates>... {};

using Loops = LoopsOf<SgdUpdate, MomentumUpdate, AdamUpdate, AmsgradUpdate, RMSpropUpdate<false, false>,
                      RMSpropUpdate<false, true>, RMSpropUpdate<true, false>, RMSpropUpdate<true, true>, AdamaxUpdate,
                      NadamUpdate, AdagradUpdate, AdadeltaUpdate, FtrlUpdate<Root>, FtrlUpdate<AnyPower>, LionUpdate>;

struct OptimizerTable {
  Loops loops;
  /// Σ g², accumulated in float64.
  double (*sum_of_squares_f32)(const float* g, std::int64_t n);
  double (*sum_of_squares_f64)(const double* g, std::int64_t n);
};

#ifdef __aarch64__
extern const OptimizerTable optimizer_neon;
#else
extern const OptimizerTable optimizer_sse2, optimizer_avx2, optimizer_avx512;
#endif

/// The active level's table.
const OptimizerTable& optimizer_table();

template <class Update, class S>
void run(const Update& update, const Elements<S>& elements) {
  const Loop<Update>& loop = optimizer_table().loops;
  if constexpr (std::is_same_v<S, float>)
    loop.f32(update, elements);
  else
    loop.f64(update, elements);
}

}  // namespace frost::optim
