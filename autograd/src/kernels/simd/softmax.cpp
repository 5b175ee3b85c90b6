#include "kernels/softmax.hpp"

#include "kernels/simd/exponential.hpp"
#include "kernels/simd/unit.hpp"

namespace frost::kernels {
namespace {

constexpr double infinity = __builtin_inf();

template <class S>
S row_max(const S* x, std::int64_t n) {
  using V = Vector<S>;
  V largest(-infinity);
  for_each_vector<V>(n, [&](auto load, auto) { largest = maximum(largest, load(x, -infinity)); });
  return max_lanes(largest);
}

/// Σ exp(x − shift).
template <class S>
S sum_exp(const S* x, std::int64_t n, S shift) {
  using V = Vector<S>;
  const V vshift(shift);
  V sum(0.0);
  for_each_vector<V>(n, [&](auto load, auto) { sum = sum + exp(load(x, -infinity) - vshift); });
  return sum_lanes(sum);
}

/// log(s), by the vector function, so that it has this architecture's bits.
template <class S>
S log_of(S s) {
  return fold_lanes(log(Vector<S>(s)), [](S a, S) { return a; });
}

/// An infinite largest element is the result: what log would add is NaN.
template <class S>
S logsumexp_row(const S* x, std::int64_t n, S& largest) {
  largest = row_max(x, n);
  if (largest == S(infinity) || largest == S(-infinity)) return largest;
  return largest + log_of(sum_exp(x, n, largest));
}

template <class S>
void softmax(const S* x, S* y, std::int64_t rows, std::int64_t n) {
  using V = Vector<S>;
  for (std::int64_t row = 0; row < rows; ++row, x += n, y += n) {
    const V largest(row_max(x, n));
    V sum(0.0);
    for_each_vector<V>(n, [&](auto load, auto store) {
      const V e = exp(load(x, -infinity) - largest);
      sum = sum + e;
      store(e, y);
    });
    const V scale(S(1) / sum_lanes(sum));
    for_each_vector<V>(n, [&](auto load, auto store) { store(load(y) * scale, y); });
  }
}

template <class S>
void softmax_backward(const S* y, const S* g, S* dx, std::int64_t rows, std::int64_t n) {
  using V = Vector<S>;
  for (std::int64_t row = 0; row < rows; ++row, y += n, g += n, dx += n) {
    V sum(0.0);
    for_each_vector<V>(n, [&](auto load, auto) { sum = fma(load(y), load(g), sum); });
    const V mean(sum_lanes(sum));
    for_each_vector<V>(n, [&](auto load, auto store) { store(load(y) * (load(g) - mean), dx); });
  }
}

template <class S>
void log_softmax(const S* x, S* y, std::int64_t rows, std::int64_t n) {
  using V = Vector<S>;
  for (std::int64_t row = 0; row < rows; ++row, x += n, y += n) {
    const S shift = row_max(x, n);
    const V largest(shift);
    const V log_sum(log_of(sum_exp(x, n, shift)));
    for_each_vector<V>(n, [&](auto load, auto store) { store((load(x) - largest) - log_sum, y); });
  }
}

template <class S>
void log_softmax_backward(const S* y, const S* g, S* dx, std::int64_t rows, std::int64_t n) {
  using V = Vector<S>;
  for (std::int64_t row = 0; row < rows; ++row, y += n, g += n, dx += n) {
    V sum(0.0);
    for_each_vector<V>(n, [&](auto load, auto) { sum = sum + load(g); });
    const V total(sum_lanes(sum));
    for_each_vector<V>(n, [&](auto load, auto store) { store(fnma(exp(load(y)), total, load(g)), dx); });
  }
}

template <class S>
void logsumexp(const S* x, S* y, std::int64_t rows, std::int64_t n) {
  S largest;
  for (std::int64_t row = 0; row < rows; ++row, x += n) y[row] = logsumexp_row(x, n, largest);
}

template <class S>
void cross_entropy(const S* x, const S* t, S* loss, S* lse, std::int64_t rows, std::int64_t n) {
  using V = Vector<S>;
  for (std::int64_t row = 0; row < rows; ++row, x += n, t += n) {
    S largest;
    const S value = logsumexp_row(x, n, largest);
    const V shift(value);
    V sum(0.0);
    for_each_vector<V>(n, [&](auto load, auto) {
      const V target = load(t);
      sum = sum + where(target == 0.0, 0.0, target * (shift - load(x)));
    });
    loss[row] = sum_lanes(sum);
    lse[row] = value;
  }
}

template <class S>
void cross_entropy_backward(const S* x, const S* t, const S* lse, const S* g, S* dx, std::int64_t rows,
                            std::int64_t n) {
  using V = Vector<S>;
  for (std::int64_t row = 0; row < rows; ++row, x += n, t += n, dx += n) {
    V sum(0.0);
    for_each_vector<V>(n, [&](auto load, auto) { sum = sum + load(t); });
    const V total(sum_lanes(sum));
    const V shift(lse[row]);
    const V scale(g[row]);
    for_each_vector<V>(n, [&](auto load, auto store) {
      const V target = load(t);
      store((exp(load(x) - shift) * total - target) * scale, dx);
    });
  }
}

template <class S>
void sparse_cross_entropy(const S* x, const std::int64_t* labels, S* loss, S* lse, std::int64_t rows, std::int64_t n) {
  for (std::int64_t row = 0; row < rows; ++row, x += n) {
    S largest;
    lse[row] = logsumexp_row(x, n, largest);
    loss[row] = lse[row] - x[labels[row]];
  }
}

template <class S>
void sparse_cross_entropy_backward(const S* x, const std::int64_t* labels, const S* lse, const S* g, S* dx,
                                   std::int64_t rows, std::int64_t n) {
  using V = Vector<S>;
  for (std::int64_t row = 0; row < rows; ++row, x += n, dx += n) {
    const V shift(lse[row]);
    const V scale(g[row]);
    // Read before dx is written, which may overwrite x.
    const S at_label = x[labels[row]];
    for_each_vector<V>(n, [&](auto load, auto store) { store(exp(load(x) - shift) * scale, dx); });
    const S probability = fold_lanes(exp(Vector<S>(at_label) - shift), [](S a, S) { return a; });
    dx[labels[row]] = (probability - S(1)) * g[row];
  }
}

template <class S>
constexpr SoftmaxLoops<S> loops{
    softmax<S>,       softmax_backward<S>,       log_softmax<S>,          log_softmax_backward<S>,         logsumexp<S>,
    cross_entropy<S>, cross_entropy_backward<S>, sparse_cross_entropy<S>, sparse_cross_entropy_backward<S>};

}  // namespace

const SoftmaxTable FROST_TABLE(softmax_){loops<float>, loops<double>};

}  // namespace frost::kernels
