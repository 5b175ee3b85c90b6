#pragma once

#include "kernels/tables.hpp"

#include <cstdint>
#include <type_traits>

namespace frost::kernels {

/// Loops over `rows` contiguous rows of n elements.
template <class S>
struct SoftmaxLoops {
  using Forward = void (*)(const S* x, S* y, std::int64_t rows, std::int64_t n);
  using Backward = void (*)(const S* y, const S* g, S* dx, std::int64_t rows, std::int64_t n);

  Forward softmax;
  Backward softmax_backward;  // dx = y·(g − Σ g·y)
  Forward log_softmax;
  Backward log_softmax_backward;  // dx = g − exp(y)·Σ g
  Forward logsumexp;              // one y a row; −inf for a row of −inf

  /// loss = Σ t·(logsumexp − x) and logsumexp of each row. Where t is 0, x may be −inf.
  void (*cross_entropy)(const S* logits, const S* targets, S* loss, S* logsumexp, std::int64_t rows, std::int64_t n);
  /// dlogits = (softmax·Σt − t)·g, where g has one element a row.
  void (*cross_entropy_backward)(const S* logits, const S* targets, const S* logsumexp, const S* g, S* dlogits,
                                 std::int64_t rows, std::int64_t n);
  /// The same with one label a row, in [0, n).
  void (*sparse_cross_entropy)(const S* logits, const std::int64_t* labels, S* loss, S* logsumexp, std::int64_t rows,
                               std::int64_t n);
  void (*sparse_cross_entropy_backward)(const S* logits, const std::int64_t* labels, const S* logsumexp, const S* g,
                                        S* dlogits, std::int64_t rows, std::int64_t n);
};

struct SoftmaxTable {
  SoftmaxLoops<float> f32;
  SoftmaxLoops<double> f64;
};

extern const SoftmaxTable FROST_TABLES(softmax_);

const SoftmaxTable& softmax_table();

/// The active level's loops.
template <class S>
const SoftmaxLoops<S>& softmax_loops() {
  if constexpr (std::is_same_v<S, float>)
    return softmax_table().f32;
  else
    return softmax_table().f64;
}

}  // namespace frost::kernels
