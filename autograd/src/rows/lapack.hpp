#pragma once
#include <cstdint>

// The one door to LAPACK. Matrices are square, n × n, row-major where nothing else is said; sizes are 1 or more.
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
/// Overwrites the first columns of x, m × n and column-major, with the k = min(m, n) columns of Q, and writes R, k × n
/// and column-major.
template <class S>
void qr_factor(std::int64_t m, std::int64_t n, S* x, S* r);
/// Overwrites x, of which the lower triangle is read, with its eigenvectors in rows, and writes the ascending
/// eigenvalues. Returns whether the iteration converged.
template <class S>
bool eigh_factor(std::int64_t n, S* x, S* values);
/// The eigenvalues of x, column-major and used as work space, as real and imaginary parts; of a conjugate pair the one
/// with the positive part comes first. `vectors`, column-major, gets what LAPACK's geev calls the right ones, or is
/// null. Returns whether the iteration converged.
template <class S>
bool eig_factor(std::int64_t n, S* x, S* real, S* imaginary, S* vectors);
/// The singular values of x, m × n, in descending order with u, m × k, and vh, k × n. x is used as work space. Returns
/// whether the iteration converged.
template <class S>
bool svd_factor(std::int64_t m, std::int64_t n, S* x, S* u, S* s, S* vh);

}  // namespace frost::detail
