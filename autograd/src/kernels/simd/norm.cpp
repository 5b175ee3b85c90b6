#include "kernels/norm.hpp"

#include "kernels/simd/unit.hpp"

namespace frost::kernels {
namespace {

/// A number as an argument. (A standard type's functions would be shared between the units.)
template <int n>
struct Count {
  static constexpr int value = n;
};

/// Calls body(first column, count, load, store) for `count` vectors side by side, so that a row's cache lines are used
/// whole; count is a constant.
template <class S, class Body>
void each_strip(std::int64_t n, Body body) {
  using V = Vector<S>;
  std::int64_t j = 0;
  for (; j + 4 * V::size <= n; j += 4 * V::size) {
    body(
        j, Count<4>(), [](const S* p) { return V::load(p); }, [](V v, S* p) { v.store(p); });
  }
  for_each_vector<V>(n - j, [&](auto load, auto store) { body(j, Count<1>(), load, store); });
}

template <class S>
void column_moments(const S* x, S* mean, S* squares, std::int64_t rows, std::int64_t n) {
  using V = Vector<S>;
  const V height(static_cast<double>(rows));
  each_strip<S>(n, [=](std::int64_t first, auto count, auto load, auto store) {
    constexpr int strip = decltype(count)::value;
    V middle[strip];
    V sum[strip];
    for (int j = 0; j < strip; ++j) middle[j] = sum[j] = V(0.0);
    const S* const from = x + first;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (int j = 0; j < strip; ++j) middle[j] = middle[j] + load(from + i * n + j * V::size);
    }
    for (int j = 0; j < strip; ++j) middle[j] = middle[j] / height;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (int j = 0; j < strip; ++j) {
        const V d = load(from + i * n + j * V::size) - middle[j];
        sum[j] = fma(d, d, sum[j]);
      }
    }
    for (int j = 0; j < strip; ++j) {
      store(middle[j], mean + first + j * V::size);
      store(sum[j], squares + first + j * V::size);
    }
  });
}

template <class S>
void scale_columns(const S* x, const S* mean, const S* scale, const S* shift, S* y, std::int64_t rows, std::int64_t n) {
  using V = Vector<S>;
  for (std::int64_t i = 0; i < rows; ++i, x += n, y += n) {
    for_each_vector<V>(n,
                       [=](auto load, auto store) { store(fma(load(x) - load(mean), load(scale), load(shift)), y); });
  }
}

/// Sums of g and of g·centred(x, row, load, column).
template <class S, class Centred>
void sums(const S* g, const S* x, S* sum_g, S* sum_gx, std::int64_t rows, std::int64_t n, Centred centred) {
  using V = Vector<S>;
  each_strip<S>(n, [=](std::int64_t first, auto count, auto load, auto store) {
    constexpr int strip = decltype(count)::value;
    V of_g[strip];
    V of_gx[strip];
    for (int j = 0; j < strip; ++j) of_g[j] = of_gx[j] = V(0.0);
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t row = i * n + first;
      for (int j = 0; j < strip; ++j) {
        const V gradient = load(g + row + j * V::size);
        of_g[j] = of_g[j] + gradient;
        if (x) of_gx[j] = fma(gradient, centred(load(x + row + j * V::size), i, load, first + j * V::size), of_gx[j]);
      }
    }
    for (int j = 0; j < strip; ++j) {
      store(of_g[j], sum_g + first + j * V::size);
      if (x) store(of_gx[j], sum_gx + first + j * V::size);
    }
  });
}

template <class S>
void column_sums(const S* g, const S* x, const S* mean, S* sum_g, S* sum_gx, std::int64_t rows, std::int64_t n) {
  sums(g, x, sum_g, sum_gx, rows, n,
       [=](auto value, std::int64_t, auto load, std::int64_t column) { return value - load(mean + column); });
}

template <class S>
void normalized_sums(const S* g, const S* x, const S* mean, const S* rstd, S* sum_g, S* sum_gx, std::int64_t rows,
                     std::int64_t n) {
  using V = Vector<S>;
  sums(g, x, sum_g, sum_gx, rows, n, [=](auto value, std::int64_t row, auto, std::int64_t) {
    return (value - V(static_cast<double>(mean[row]))) * V(static_cast<double>(rstd[row]));
  });
}

template <class S>
void column_gradient(const S* g, const S* x, const S* mean, const S* a, const S* b, const S* c, S* dx,
                     std::int64_t rows, std::int64_t n) {
  using V = Vector<S>;
  for (std::int64_t i = 0; i < rows; ++i, g += n, x += n, dx += n) {
    for_each_vector<V>(n, [=](auto load, auto store) {
      store(fma(load(a), load(g), fma(load(b), load(x) - load(mean), load(c))), dx);
    });
  }
}

template <class S>
void normalize_rows(const S* x, const S* gamma, const S* beta, double epsilon, S* y, S* mean, S* rstd,
                    std::int64_t rows, std::int64_t n) {
  using V = Vector<S>;
  const double count = static_cast<double>(n);
  for (std::int64_t i = 0; i < rows; ++i, x += n, y += n) {
    V sum(0.0);
    for_each_vector<V>(n, [&](auto load, auto) { sum = sum + load(x); });
    mean[i] = static_cast<S>(static_cast<double>(sum_lanes(sum)) / count);
    const double padding = static_cast<double>(mean[i]);
    const V middle(padding);
    V squares(0.0);
    for_each_vector<V>(n, [&](auto load, auto) {
      const V d = load(x, padding) - middle;
      squares = fma(d, d, squares);
    });
    rstd[i] = static_cast<S>(1 / __builtin_sqrt(static_cast<double>(sum_lanes(squares)) / count + epsilon));
    const V scale(static_cast<double>(rstd[i]));
    for_each_vector<V>(n, [=](auto load, auto store) {
      V value = (load(x) - middle) * scale;
      if (gamma) value = value * load(gamma);
      if (beta) value = value + load(beta);
      store(value, y);
    });
  }
}

template <class S>
void row_gradient(const S* g, const S* x, const S* gamma, const S* mean, const S* rstd, S* dx, std::int64_t rows,
                  std::int64_t n) {
  using V = Vector<S>;
  const double count = static_cast<double>(n);
  for (std::int64_t i = 0; i < rows; ++i, g += n, x += n, dx += n) {
    const V middle(static_cast<double>(mean[i]));
    V of_h(0.0);
    V of_hx(0.0);
    for_each_vector<V>(n, [&](auto load, auto) {
      const V h = gamma ? load(g) * load(gamma) : load(g);
      of_h = of_h + h;
      of_hx = fma(h, load(x) - middle, of_hx);
    });
    const double r = static_cast<double>(rstd[i]);
    const V mean_h(static_cast<double>(sum_lanes(of_h)) / count);
    const V slope(static_cast<double>(sum_lanes(of_hx)) / count * r * r);
    const V scale(r);
    for_each_vector<V>(n, [=](auto load, auto store) {
      const V h = gamma ? load(g) * load(gamma) : load(g);
      store(scale * fnma(load(x) - middle, slope, h - mean_h), dx);
    });
  }
}

template <class S>
constexpr NormLoops<S> loops{column_moments<S>, scale_columns<S>,   column_sums<S>, column_gradient<S>,
                             normalize_rows<S>, normalized_sums<S>, row_gradient<S>};

}  // namespace

const NormTable FROST_TABLE(norm_){loops<float>, loops<double>};

}  // namespace frost::kernels
