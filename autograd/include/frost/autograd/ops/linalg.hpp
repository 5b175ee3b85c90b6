#pragma once
#include <frost/autograd/tensor.hpp>

#include <string>

namespace frost {

struct MatmulOptions {
  bool transpose_a = false;
  bool transpose_b = false;
};
/// The matrix product of the last two axes, the others broadcast; a vector counts as a row (a) or a column (b).
/// y = a·b. da = g·bᵀ; db = aᵀ·g. Throws: ShapeError when the inner sizes differ or an operand is a scalar.
FROST_API Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options = {});

/// y = x·kernel + bias over the last axis. dx = g·kernelᵀ; dkernel = xᵀ·g; dbias = Σ g.
/// Shapes: x (…, in), kernel (in, out), bias (out) or absent; y (…, out).
FROST_API Tensor linear(const Tensor& x, const Tensor& kernel, const Tensor& bias = {});

/// y_ij = a_i·b_j of the elements of a and b, whatever their shapes. da = g·b; db = aᵀ·g. Shapes: y (a.size(),
/// b.size()).
FROST_API Tensor outer(const Tensor& a, const Tensor& b);
/// Einstein's summation, as numpy.einsum: `bij,bjk->bik`. Letters name axes; those that the output leaves out are
/// summed, one that stands twice in an operand takes its diagonal, and an axis of size 1 repeats along its letter.
/// Without `->` the output has the letters that occur once, capitals first. `...` stands for the axes that have no
/// letter: they broadcast between the operands, come first in an output that is not written, and are summed where a
/// written one leaves them out. For two operands y = Σ a·b and da = Σ g·b over the letters that a does not have.
/// Operands are contracted from left to right.
/// Throws: ValueError for an equation that cannot be read; ShapeError when an operand does not fit it.
FROST_API Tensor einsum(const Tensors& xs, const std::string& equation);

struct TensordotOptions {
  std::vector<std::vector<std::int64_t>> axes = {};  // of a, of b; empty: the last two of a, the first two of b
};
/// y = Σ a·b over pairs of axes, as numpy.tensordot. da = Σ g·b over b's other axes; db = Σ a·g over a's. Shapes: y has
/// a's other axes, then b's. Throws: ShapeError, ValueError when the axes do not fit.
FROST_API Tensor tensordot(const Tensor& a, const Tensor& b, const TensordotOptions& options = {});

/// y = a × b, the cross product of vectors of three elements along an axis. da = b × g; db = g × a.
/// Shapes: a, b and y broadcast, with size 3 along the axis. Throws: ShapeError for another size.
FROST_API Tensor cross(const Tensor& a, const Tensor& b, std::int64_t axis = -1);
/// The Kronecker product, as numpy.kron: y_{i·p + k} = a_i·b_k along each axis, p b's size there; the smaller rank gets
/// axes of size 1 in front. da_i = Σ_k g_{i·p + k}·b_k; db_k = Σ_i g_{i·p + k}·a_i.
FROST_API Tensor kron(const Tensor& a, const Tensor& b);

// Of the matrices in the last two axes; the others are a batch. Throws: ShapeError unless the matrices are square.

/// y = x⁻¹. dx = −yᵀ·g·yᵀ. Throws: ValueError for a singular matrix.
FROST_API Tensor inv(const Tensor& x);
/// The determinant; 1 for 0×0. dx = g·(the cofactors of x), also of a singular x. Shapes: x (…, n, n); y (…).
FROST_API Tensor det(const Tensor& x);
/// The logarithm of the determinant without overflow on the way: NaN where it is negative, −∞ where it is 0.
/// dx = g·x⁻ᵀ. Shapes: x (…, n, n); y (…).
FROST_API Tensor logdet(const Tensor& x);
/// y = a⁻¹·b. db = a⁻ᵀ·g; da = −db·yᵀ. Shapes: a (…, n, n), b (…, n, k), batches broadcast; y (…, n, k). One vector b
/// (n) is the right side of all systems, and y (…, n), as numpy.linalg.solve. Throws: ValueError for a singular matrix.
FROST_API Tensor solve(const Tensor& a, const Tensor& b);

/// y = xⁿ, the matrix multiplied n times; the identity for n = 0, and the inverse's power for a negative n.
/// dx = Σ_{k<n} (xᵀ)^k·g·(xᵀ)^(n−1−k). Throws: ValueError for a negative n and a singular matrix.
FROST_API Tensor matrix_power(const Tensor& x, std::int64_t n);
/// y = Σ xᵏ/k!, the exponential, by scaling, a Padé approximant and squaring (Higham 2005). dx = L(xᵀ, g), L(x, d)
/// being what the exponential of [[x, d], [0, x]] has above its diagonal (Mathias 1996). Shapes: x, y (…, n, n).
FROST_API Tensor expm(const Tensor& x);

struct CholeskyOptions {
  bool symmetrize = false;
};
/// The lower triangular y with y·yᵀ = x (Murray 2016, arXiv:1602.07527, for its gradient), which is symmetric:
/// dx = (s + sᵀ)/2 with s = y⁻ᵀ·Φ(yᵀ·g)·y⁻¹, Φ the lower triangle with half the diagonal. x is taken as symmetric and
/// its upper triangle not looked at; with `symmetrize`, (x + xᵀ)/2 is factored.
/// Throws: ValueError for a matrix that is not positive definite.
FROST_API Tensor cholesky(const Tensor& x, const CholeskyOptions& options = {});

}  // namespace frost
