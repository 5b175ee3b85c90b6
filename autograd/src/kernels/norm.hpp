#pragma once

#include "kernels/tables.hpp"

#include <cstdint>
#include <type_traits>

namespace frost::kernels {

/// Loops over `rows` contiguous rows of n elements, for norms by column (batch norm) and by row (layer norm).
template <class S>
struct NormLoops {
  /// Each column's mean and Σ (x − mean)².
  void (*column_moments)(const S* x, S* mean, S* squares, std::int64_t rows, std::int64_t n);
  /// y = (x − mean)·scale + shift, one mean, scale and shift a column.
  void (*scale_columns)(const S* x, const S* mean, const S* scale, const S* shift, S* y, std::int64_t rows,
                        std::int64_t n);
  /// Each column's Σ g and, unless x is null, Σ g·(x − mean).
  void (*column_sums)(const S* g, const S* x, const S* mean, S* sum_g, S* sum_gx, std::int64_t rows, std::int64_t n);
  /// dx = a·g + b·(x − mean) + c, one of each a column.
  void (*column_gradient)(const S* g, const S* x, const S* mean, const S* a, const S* b, const S* c, S* dx,
                          std::int64_t rows, std::int64_t n);

  /// y = (x − mean)·rstd·gamma + beta with each row's mean and rstd = 1/√(variance + epsilon), which are given back.
  /// gamma and beta may be null.
  void (*normalize_rows)(const S* x, const S* gamma, const S* beta, double epsilon, S* y, S* mean, S* rstd,
                         std::int64_t rows, std::int64_t n);
  /// Each column's Σ g and, unless x is null, Σ g·(x − mean)·rstd, one mean and rstd a row.
  void (*normalized_sums)(const S* g, const S* x, const S* mean, const S* rstd, S* sum_g, S* sum_gx, std::int64_t rows,
                          std::int64_t n);
  /// dx = rstd·(h − mean of h − x̂·mean of h·x̂) by rows, with h = g·gamma. gamma may be null.
  void (*row_gradient)(const S* g, const S* x, const S* gamma, const S* mean, const S* rstd, S* dx, std::int64_t rows,
                       std::int64_t n);
};

struct NormTable {
  NormLoops<float> f32;
  NormLoops<double> f64;
};

extern const NormTable FROST_TABLES(norm_);

const NormTable& norm_table();

/// The active level's loops.
template <class S>
const NormLoops<S>& norm_loops() {
  if constexpr (std::is_same_v<S, float>)
    return norm_table().f32;
  else
    return norm_table().f64;
}

}  // namespace frost::kernels
