#pragma once
#include <frost/autograd/tensor.hpp>

#include <concepts>
#include <initializer_list>
#include <utility>
#include <vector>

namespace frost {

// Reductions over `axes` (all of them when empty); with keepdims the reduced axes stay with size 1.
// Throws: ShapeError when an axis is out of range or named twice.

/// y = Σ x; int64 for integers and booleans. dx = g, spread over the reduced axes. An empty sum is 0.
FROST_API Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// y = Σ x / n; floating only. dx = g / n. The mean of nothing is NaN.
FROST_API Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// y = max x. dx = g / k at the k elements that equal y, else 0. Throws: ShapeError for an empty reduction.
FROST_API Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// y = min x. dx = g / k at the k elements that equal y, else 0. Throws: as max.
FROST_API Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// y = Π x; right with zeros, to second order. dx_i = g·Π_{j≠i} x_j. An empty product is 1.
FROST_API Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// y = ln Σ eˣ without overflow; −∞ for a row of −∞. dx = g·e^(x − y).
FROST_API Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// The Euclidean norm y = √Σx². dx = g·x / y; 0 at y = 0.
FROST_API Tensor norm(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

/// Marks an options struct that can only be written with names.
struct OnlyNamed {
  explicit OnlyNamed() = default;
};
struct VarOptions {
  OnlyNamed only_named = OnlyNamed();
  Axes axis = {};
  bool keepdims = false;
  std::int64_t ddof = 0;
};
/// The variance y = Σ(x − mean)² / (n − ddof). dx = 2·g·(x − mean) / (n − ddof).
FROST_API Tensor var(const Tensor& x, const VarOptions& options = {});
FROST_API Tensor var(const Tensor& x, const Axes& axes, bool keepdims, std::int64_t ddof = 0);
template <std::integral I>
Tensor var(const Tensor& x, std::initializer_list<I> axes, bool keepdims = false, std::int64_t ddof = 0) {
  return var(x, Axes(std::vector<std::int64_t>(axes.begin(), axes.end())), keepdims, ddof);
}
template <std::integral I>
Tensor var(const Tensor& x, I axis, bool keepdims = false, std::int64_t ddof = 0) {
  return var(x, Axes(axis), keepdims, ddof);
}
/// The standard deviation y = √var. dx = g·(x − mean) / (y·(n − ddof)); 0 at y = 0.
FROST_API Tensor std(const Tensor& x, const VarOptions& options = {});
FROST_API Tensor std(const Tensor& x, const Axes& axes, bool keepdims, std::int64_t ddof = 0);
template <std::integral I>
Tensor std(const Tensor& x, std::initializer_list<I> axes, bool keepdims = false, std::int64_t ddof = 0) {
  return frost::std(x, Axes(::std::vector<std::int64_t>(axes.begin(), axes.end())), keepdims, ddof);
}
template <std::integral I>
Tensor std(const Tensor& x, I axis, bool keepdims = false, std::int64_t ddof = 0) {
  return frost::std(x, Axes(axis), keepdims, ddof);
}

/// y = whether any element is true, false of nothing; numbers count as true unless they are 0, as NaN does.
/// No gradient. Shapes: as sum; bool. Beside `using namespace std` write x.any(): `any` is a class there.
FROST_API Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// y = whether all elements are true; as any. Of nothing: true. No gradient.
FROST_API Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

/// One quantile, `0.9`, or a list of them, `{0.1, 0.9}`.
class Quantiles {
 public:
  Quantiles(double q) : values_{q} {}
  Quantiles(std::initializer_list<double> qs) : values_(qs), is_list_(true) {}
  Quantiles(std::vector<double> qs) : values_(std::move(qs)), is_list_(true) {}

  const std::vector<double>& values() const { return values_; }
  bool is_list() const { return is_list_; }

 private:
  std::vector<double> values_;
  bool is_list_ = false;
};
/// y = (1 − t)·a + t·b, where a and b are the elements at ⌊p⌋ and ⌈p⌉ in ascending order, p = q·(n − 1) and t = p −
/// ⌊p⌋, as numpy.quantile; NaN where there is one among the elements. dx = (1 − t)·g at a's place, t·g at b's; of equal
/// elements those that stand first get it. Integers and booleans are taken as float64. A list of k quantiles puts an
/// axis of size k in front. Throws: ShapeError for an empty reduction, ValueError unless 0 ≤ q ≤ 1.
FROST_API Tensor quantile(const Tensor& x, const Quantiles& q, const Axes& axes = {}, bool keepdims = false);
/// The same with the values of a floating q, a scalar or a vector. dx = as above; q has no gradient.
FROST_API Tensor quantile(const Tensor& x, const Tensor& q, const Axes& axes = {}, bool keepdims = false);
/// y = quantile(x, 0.5): the element in the middle, or the mean of the two. dx = g there, or g/2 to each.
FROST_API Tensor median(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

/// y = the index of the largest (smallest) element along an axis, the first of ties; int64. No gradient.
/// Throws: ShapeError for an empty axis.
FROST_API Tensor argmax(const Tensor& x, std::int64_t axis = -1);
FROST_API Tensor argmin(const Tensor& x, std::int64_t axis = -1);
/// Running sum along an axis: y_i = Σ_{j≤i} x_j. dx_i = Σ_{j≥i} g_j.
FROST_API Tensor cumsum(const Tensor& x, std::int64_t axis = -1);
/// Running product along an axis: y_i = Π_{j≤i} x_j; right with zeros, to second order. dx_j = Σ_{i≥j} g_i·Π_{k≤i, k≠j}
/// x_k.
FROST_API Tensor cumprod(const Tensor& x, std::int64_t axis = -1);
/// y = eˣ / Σ eˣ along an axis. dx = y·(g − Σ g·y).
FROST_API Tensor softmax(const Tensor& x, std::int64_t axis = -1);
/// y = x − logsumexp(x) along an axis. dx = g − e^y·Σ g.
FROST_API Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);

}  // namespace frost
