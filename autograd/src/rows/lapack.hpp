#pragma once
#include <cstdint>

// The one door to LAPACK. Matrices are square, n × n, row-major; sizes are 1 or more.
namespace frost::detail {

/// Overwrites x with the factors of xᵀ = P·L·U, row-major seen as column-major; U's diagonal stands on x's. Pivots are
/// what LAPACK calls them. Returns whether all of U's diagonal differs from 0.
template <class S>
bool lu_factor(std::int64_t n, S* x, int* pivots);
/// Overwrites the factors with x⁻¹.
template <class S>
void lu_invert(std::int64_t n, S* factors, const int* pivots);
/// Overwrites the k columns of length n in b, one after another, with x⁻¹·b.
template <class S>
void lu_solve(std::int64_t n, std::int64_t k, const S* factors, const int* pivots, S* b);
/// Overwrites the lower triangle of the symmetric x with its Cholesky factor. Returns 0, or the size of the first
/// leading block that is not positive definite.
template <class S>
int cholesky_factor(std::int64_t n, S* x);

}  // namespace frost::detail
