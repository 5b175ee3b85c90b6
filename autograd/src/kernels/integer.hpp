#pragma once

#include <cstdint>

#include "kernels/elementwise.hpp"

// Kernels that are plain loops: comparisons, selection, casts, int64 arithmetic. Truth values are bytes, 0 or 1.
namespace frost::kernels {

enum class Comparison : int { less, less_equal, greater, greater_equal, equal, not_equal };

/// y = a ? b for n elements. S: float, double, int64, uint8.
template <class S>
void compare(Comparison comparison, Operands operands, const S* a, const S* b, std::uint8_t* y, std::int64_t n);

/// y = condition ? a : b, where one operand at most is a scalar. S: float, double, int64, uint8.
template <class S>
void select(Operands operands, const std::uint8_t* condition, const S* a, const S* b, S* y, std::int64_t n);

/// y = x as To: truncated towards zero as int64, which must have a place for it, `x != 0` as bool. Both: float, double,
/// int64, uint8.
template <class From, class To>
void cast(const From* x, To* y, std::int64_t n);

enum class IntegerBinary : int { add, subtract, multiply, maximum, minimum };

/// Arithmetic wraps around.
void integer_binary(IntegerBinary operation, Operands operands, const std::int64_t* a, const std::int64_t* b,
                    std::int64_t* y, std::int64_t n);

}  // namespace frost::kernels
