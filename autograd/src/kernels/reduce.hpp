#pragma once

#include "kernels/tables.hpp"

#include <cstdint>
#include <type_traits>

namespace frost::kernels {

/// A contiguous array seen as (outer, n, inner); reductions give (outer, inner).
struct ReduceShape {
  std::int64_t outer = 1;
  std::int64_t n = 1;
  std::int64_t inner = 1;
};

/// sum, prod and sum_of_squares of nothing are 0, 1, 0; max and min need n > 0 and give NaN where an element is NaN.
template <class S>
struct ReduceLoops {
  using Loop = void (*)(const S* x, S* y, ReduceShape shape);
  Loop sum;
  Loop sum_of_squares;
  Loop prod;
  Loop max;
  Loop min;
};

struct ReduceTable {
  ReduceLoops<float> f32;
  ReduceLoops<double> f64;
};

extern const ReduceTable FROST_TABLES(reduce_);

const ReduceTable& reduce_table();

/// The active level's loops.
template <class S>
const ReduceLoops<S>& reduce() {
  if constexpr (std::is_same_v<S, float>)
    return reduce_table().f32;
  else
    return reduce_table().f64;
}

/// Reductions of integers and of truth values (sum counts, max is any, min is all).
extern const ReduceLoops<std::int64_t> reduce_int64;
void sum_bool(const std::uint8_t* x, std::int64_t* y, ReduceShape shape);
void max_bool(const std::uint8_t* x, std::uint8_t* y, ReduceShape shape);
void min_bool(const std::uint8_t* x, std::uint8_t* y, ReduceShape shape);

/// The place of the first largest or smallest element; the first NaN counts as both. S: float, double, int64, uint8.
template <class S>
void argmax(const S* x, std::int64_t* y, ReduceShape shape);
template <class S>
void argmin(const S* x, std::int64_t* y, ReduceShape shape);

}  // namespace frost::kernels
