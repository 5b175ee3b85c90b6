#pragma once
#include "lapack.hpp"
#include "matrices.hpp"

#include <frost/autograd/grad.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

// What factorizations by eigenvalues and singular values share.
namespace frost::detail {

/// Factors matrix i of x, of which `work` gets a copy.
template <class S>
void expect_svd(const char* op, const Tensor& x, std::int64_t i, S* work, S* u, S* s, S* vh) {
  const Matrices m(shape_of(x));
  std::copy_n(raw<S>(x) + i * m.elements(), m.elements(), work);
  const bool is_finite = std::all_of(work, work + m.elements(), [](S v) { return std::isfinite(v); });
  expect(is_finite && svd_factor(m.rows, m.n, work, u, s, vh),
         "{}: the iteration for the singular values of {} of {} does not converge; are there NaN or infinities?", op,
         which(i, m.count), text(x));
}

// Note [Values that repeat]
// The vectors of equal values are unique up to a rotation, and so the gradients of vectors divide by the differences of
// values: 0/0. A function of the matrix alone is smooth there all the same. Where the values are taken apart, by t·d_i,
// what is divided grows with t; its derivative for t by the difference of the d is the limit. That derivative is one of
// the gradients above, with the vectors held: see Note [Looking up]. With values that are nearly equal the limit is
// closer to what is right than the quotient of two rounding errors.
// A function that depends on the choice of vectors has no gradient. It shows in what is divided, which is not 0, or in
// the second derivative along a rotation of the vectors, which is not 0 either.

/// Which values of a matrix are equal to rounding, or so nearly that their difference has few digits left.
class Closeness {
 public:
  /// `order` is the larger size of the matrix.
  Closeness(const double* values, std::int64_t count, std::int64_t order, DType dtype)
      : values_(values), count_(count), epsilon_(epsilon_of(dtype)) {
    for (std::int64_t i = 0; i < count; ++i) top_ = std::max(top_, std::abs(values[i]));
    rounding_ = 16 * static_cast<double>(order) * epsilon_ * top_;
  }

  static double epsilon_of(DType dtype) {
    return dtype == DType::float32 ? static_cast<double>(std::numeric_limits<float>::epsilon())
                                   : std::numeric_limits<double>::epsilon();
  }
  double gap(std::int64_t i, std::int64_t j) const { return std::abs(values_[i] - values_[j]); }
  /// The difference relative to the values.
  double relative_gap(std::int64_t i, std::int64_t j) const {
    const double size = std::max(std::abs(values_[i]), std::abs(values_[j]));
    return size > 0 ? gap(i, j) / size : 0;
  }
  bool same(std::int64_t i, std::int64_t j) const { return gap(i, j) <= rounding_; }
  bool zero(std::int64_t i) const { return std::abs(values_[i]) <= rounding_; }
  bool close(std::int64_t i, std::int64_t j) const { return same(i, j) || relative_gap(i, j) <= std::sqrt(epsilon_); }
  /// Whether gradients that are differentiated again have few digits left.
  bool close_for_second(std::int64_t i, std::int64_t j) const {
    return same(i, j) || relative_gap(i, j) <= std::cbrt(epsilon_);
  }
  /// The largest absolute value, 1 where all are 0.
  double scale() const { return top_ > 0 ? top_ : 1; }
  std::int64_t count() const { return count_; }

 private:
  const double* values_;
  std::int64_t count_;
  double epsilon_, top_ = 0, rounding_ = 0;
};

/// The values of a tensor as float64, for sums over single matrices.
class Doubles {
 public:
  explicit Doubles(const Tensor& t) : values_(t.present() ? t.detach().to(DType::float64) : t) {}
  /// Those of a matrix with so many elements; null where the tensor is absent.
  const double* of(std::int64_t matrix, std::int64_t elements) const {
    return values_.present() ? raw<double>(values_) + matrix * elements : nullptr;
  }

 private:
  Tensor values_;
};

/// The gradients above a factorization as functions of its outputs.
class Above {
 public:
  Above(const Saved& saved, int outputs);
  /// The derivatives of the gradients of all outputs along a direction; absent parts of it are 0.
  Tensors along(const Tensors& direction) const;

 private:
  std::uint64_t boundary_;
  Tensors outputs_, gradients_;
};

/// A skew matrix of rotations of the vectors whose values are close, for each list of values (…, k): 0 elsewhere.
/// `turns(closeness, i, j)` says of which.
template <class Turns>
Tensor rotation(const Tensor& values, std::int64_t order, const Turns& turns) {
  const ShapeRef& shape = shape_of(values);
  const std::int64_t k = shape[shape.rank() - 1], count = k ? shape.count() / k : 0;
  Shape dims = shape.dims();
  dims.push_back(k);
  Tensor made = make_tensor(make_shape(dims), DType::float64);
  const Doubles given(values);
  for (std::int64_t m = 0; m < count; ++m) {
    const Closeness closeness(given.of(m, k), k, order, values.dtype());
    double* to = raw_out<double>(made) + m * k * k;
    for (std::int64_t i = 0; i < k; ++i)
      for (std::int64_t j = 0; j < k; ++j) {
        const double angle = 1 + 0.5 * std::sin(12.9898 * static_cast<double>(std::min(i, j)) +
                                                78.233 * static_cast<double>(std::max(i, j)));
        to[i * k + j] = i == j || !turns(closeness, i, j) ? 0 : i < j ? angle : -angle;
      }
  }
  return made.to(values.dtype());
}

/// How far each value is taken from the others: apart, positive, and 0 unless `moves(closeness, i)`.
template <class Moves>
Tensor splitting(const Tensor& values, std::int64_t order, const Moves& moves) {
  const ShapeRef& shape = shape_of(values);
  const std::int64_t k = shape[shape.rank() - 1], count = k ? shape.count() / k : 0;
  Tensor made = make_tensor(shape, DType::float64);
  const Doubles given(values);
  for (std::int64_t m = 0; m < count; ++m) {
    const Closeness closeness(given.of(m, k), k, order, values.dtype());
    for (std::int64_t i = 0; i < k; ++i)
      raw_out<double>(made)[m * k + i] =
          moves(closeness, i) ? closeness.scale() * (1 + static_cast<double>(i) / static_cast<double>(k)) : 0;
  }
  return made.to(values.dtype());
}

/// Whether a value is close to one of its neighbours in order.
inline bool repeats(const Closeness& c, std::int64_t i) {
  return (i > 0 && c.close(i, i - 1)) || (i + 1 < c.count() && c.close(i, i + 1));
}

/// Whether a value is equal to one of its neighbours but for rounding.
inline bool coincides(const Closeness& c, std::int64_t i) {
  return (i > 0 && c.same(i, i - 1)) || (i + 1 < c.count() && c.same(i, i + 1));
}

/// Whether any matrix has values for which `holds(closeness, i)`.
template <class Holds>
bool any_value(const Tensor& values, std::int64_t order, const Holds& holds) {
  const ShapeRef& shape = shape_of(values);
  const std::int64_t k = shape[shape.rank() - 1], count = k ? shape.count() / k : 0;
  const Doubles given(values);
  for (std::int64_t m = 0; m < count; ++m) {
    const Closeness closeness(given.of(m, k), k, order, values.dtype());
    for (std::int64_t i = 0; i < k; ++i)
      if (holds(closeness, i)) return true;
  }
  return false;
}

/// The largest absolute value of n elements; 0 where they are absent.
inline double largest(const double* x, std::int64_t n) {
  double most = 0;
  for (std::int64_t i = 0; x && i < n; ++i) most = std::max(most, std::abs(x[i]));
  return most;
}

/// The second derivative along a rotation of each matrix's vectors, and the size of what it is summed from.
struct Turned {
  std::vector<double> sum, size;
  explicit Turned(std::int64_t count) : sum(static_cast<std::size_t>(count)), size(sum) {}
  /// Adds ⟨a, b⟩ of each matrix; absent tensors count as 0.
  void add(const Tensor& a, const Tensor& b);
  /// Whether a matrix's gradients, which are of this size, depend on the choice of vectors.
  bool depends(std::int64_t matrix, double gradients, DType dtype) const {
    const auto m = static_cast<std::size_t>(matrix);
    return std::abs(sum[m]) > 64 * std::sqrt(Closeness::epsilon_of(dtype)) * std::max(size[m], gradients);
  }
};

/// 1/t, 0 where t is 0.
Tensor reciprocal_or_zero(const Tensor& t);

}  // namespace frost::detail
