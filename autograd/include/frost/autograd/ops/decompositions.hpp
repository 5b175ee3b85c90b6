#pragma once
#include <frost/autograd/tensor.hpp>

#include <optional>

namespace frost {

// Factors of the matrices in the last two axes, the others being a batch, by LAPACK. In the formulas g with a name is
// the gradient of that factor, and A∘B the product of the elements. Throws: ShapeError when shapes do not fit,
// ValueError for an absent tensor, a dtype that is not floating, or a factorisation that does not converge.
//
// Vectors are unique up to their sign at best, and up to a rotation where values repeat. Functions of the matrix alone
// do not depend on that choice: their gradient is right there too, which takes second derivatives of what was made of
// the factors. One that depends on the choice has no gradient: that is a ValueError, and so are second derivatives
// through the vectors of equal values.

struct Qr {
  Tensor q, r;
};
/// x = q·r with orthonormal columns in q and r upper triangular, its diagonal not negative, so that both are unique.
/// For m ≥ n, with M = r·g_rᵀ − g_qᵀ·q: dx = (g_q + q·sym M)·r⁻ᵀ, sym M the symmetric matrix with M's lower triangle
/// (Walter and Lehmann 2010, arXiv:1001.1654); for m < n the first m columns are factored and the others multiplied.
/// Shapes: x (…, m, n); q (…, m, k), r (…, k, n), k = min(m, n). The gradient needs k independent first columns.
FROST_API Qr qr(const Tensor& x);

struct Eigh {
  Tensor values, vectors;
};
/// The eigenvalues w of a symmetric x in ascending order, and the eigenvectors V in columns: x = V·diag(w)·Vᵀ. The
/// lower triangle is read; dx = (d + dᵀ)/2 with d = V·(diag(g_w) + F∘(Vᵀ·g_V))·Vᵀ, F_ij = 1/(w_j −
/// w_i), or the limit of the quotients (Giles 2008). Shapes: x (…, n, n); w (…, n), V (…, n, n).
FROST_API Eigh eigh(const Tensor& x);

/// The eigenvalues λ = a + b·i of a matrix that need not be symmetric, in no order; conjugate pairs stand together, b >
/// 0 first. With right eigenvectors V in columns and rows W = V⁻¹, dx = Re(Wᵀ·diag(g_a − i·g_b)·Vᵀ). Shapes: x (…, n,
/// n); y (…, n, 2), a and b along the last axis, as torch.view_as_real. Eigenvalues that repeat have a gradient where g
/// is the same for each of them, as of a sum, and x has all its eigenvectors; else it is a ValueError. Second order is
/// for eigenvalues that differ.
FROST_API Tensor eigvals(const Tensor& x);

struct Svd {
  Tensor u, s, vh;
};
/// The singular values s in descending order, and x = u·diag(s)·vh with orthonormal columns in u and rows in vh. With
/// V = vhᵀ, F_ij = 1/(s_j² − s_i²), A = F∘(uᵀ·g_u − g_uᵀ·u), B = F∘(Vᵀ·g_V − g_Vᵀ·V):
/// dx = u·(A·diag(s) + diag(s)·B + diag(g_s))·vh + (1 − u·uᵀ)·g_u·diag(1/s)·vh + u·diag(1/s)·g_Vᵀ·(1 − V·Vᵀ), or
/// the limit of the quotients (Townsend 2016). Shapes: x (…, m, n); u (…, m, k), s (…, k), vh (…, k, n), k = min(m, n).
FROST_API Svd svd(const Tensor& x);

struct PinvOptions {
  std::optional<double> rcond = {};  // absent: max(m, n) times the dtype's epsilon
};
/// The Moore–Penrose inverse y; singular values up to rcond times the largest count as 0. dx = −yᵀ·g·yᵀ + (1 −
/// x·y)·gᵀ·y ·yᵀ + yᵀ·y·gᵀ·(1 − y·x), for a rank that does not change (Golub and Pereyra 1973). Shapes: x (…, m, n); y
/// (…, n, m).
FROST_API Tensor pinv(const Tensor& x, const PinvOptions& options = {});

struct LstsqOptions {
  std::optional<double> rcond = {};  // as for pinv
};
/// The least-squares solution of a·y = b that has the least norm: y = pinv(a)·b. db = pinv(a)ᵀ·g; da = the gradient
/// that pinv gives for g·bᵀ.
/// Shapes: a (…, m, n), b (…, m, k), batches broadcast; y (…, n, k); or b (m), y (…, n).
FROST_API Tensor lstsq(const Tensor& a, const Tensor& b, const LstsqOptions& options = {});

struct Slogdet {
  Tensor sign, logabsdet;
};
/// det x = sign·e^logabsdet without overflow; sign 0 and logabsdet −∞ for a singular x. dx = g_logabsdet·x⁻ᵀ; the sign
/// is not differentiable. Shapes: x (…, n, n); both (…).
FROST_API Slogdet slogdet(const Tensor& x);

struct SolveTriangularOptions {
  bool transpose = false;  // solves aᵀ·y = b
  bool lower = false;
  bool unit_diagonal = false;  // a's diagonal counts as 1 and is not read
};
/// y = a⁻¹·b for a triangular a, of which the other triangle is not read, or a⁻ᵀ·b. db = a⁻ᵀ·g; da = −db·yᵀ in that
/// triangle, else 0. Shapes: a (…, n, n), b (…, n, k), batches broadcast; y (…, n, k); or b (n), y (…, n).
/// Throws: ValueError for a 0 on the diagonal.
FROST_API Tensor solve_triangular(const Tensor& a, const Tensor& b, const SolveTriangularOptions& options = {});

}  // namespace frost
