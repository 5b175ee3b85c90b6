#include "kernels/reduce.hpp"

#include "kernels/simd/unit.hpp"

namespace frost::kernels {
namespace {

// Note [Accurate sums]
// Within a block of at most 128 additions an accumulator is plain; the blocks' sums are added with compensation, so
// that the error does not grow with the number of elements.
constexpr std::int64_t block = 128;

struct Sum {
  static constexpr bool compensated = true;
  static constexpr double start = 0.0;
  template <class T>
  static T map(T x) {
    return x;
  }
  template <class T>
  static T join(T a, T b) {
    return a + b;
  }
};

struct SumOfSquares : Sum {
  template <class T>
  static T map(T x) {
    return x * x;
  }
};

struct Prod {
  static constexpr bool compensated = false;
  static constexpr double start = 1.0;
  template <class T>
  static T map(T x) {
    return x;
  }
  template <class T>
  static T join(T a, T b) {
    return a * b;
  }
};

struct Max {
  static constexpr bool compensated = false;
  static constexpr double start = -__builtin_inf();
  template <class T>
  static T map(T x) {
    return x;
  }
  template <class S, class A>
  static Vec<S, A> join(Vec<S, A> a, Vec<S, A> b) {
    return maximum(a, b);
  }
  static float join(float a, float b) { return a != a || a > b ? a : b; }
  static double join(double a, double b) { return a != a || a > b ? a : b; }
};

struct Min {
  static constexpr bool compensated = false;
  static constexpr double start = __builtin_inf();
  template <class T>
  static T map(T x) {
    return x;
  }
  template <class S, class A>
  static Vec<S, A> join(Vec<S, A> a, Vec<S, A> b) {
    return minimum(a, b);
  }
  static float join(float a, float b) { return a != a || a < b ? a : b; }
  static double join(double a, double b) { return a != a || a < b ? a : b; }
};

/// A running result of blocks' results.
template <class Op, class T>
struct Total {
  T value = T(Op::start);
  T lost = T(0.0);

  void add(T x) {
    if constexpr (Op::compensated) {
      const T y = x - lost;
      const T next = value + y;
      const T error = (next - value) - y;
      lost = keep_finite(error);
      value = next;
    } else {
      value = Op::join(value, x);
    }
  }

 private:
  // inf − inf in the compensation would turn an infinite sum into NaN.
  static double keep_finite(double error) { return error == error ? error : 0.0; }
  template <class S, class A>
  static Vec<S, A> keep_finite(Vec<S, A> error) {
    return where(error == error, error, 0.0);
  }
};

template <class S, class Op>
S reduce_row(const S* x, std::int64_t n) {
  using V = Vector<S>;
  Total<Op, double> total;
  std::int64_t i = 0;
  while (i + 4 * V::size <= n) {
    V a(Op::start);
    V b(Op::start);
    V c(Op::start);
    V d(Op::start);
    for (std::int64_t k = 0; k < block && i + 4 * V::size <= n; ++k, i += 4 * V::size) {
      a = Op::join(a, Op::map(V::load(x + i)));
      b = Op::join(b, Op::map(V::load(x + i + V::size)));
      c = Op::join(c, Op::map(V::load(x + i + 2 * V::size)));
      d = Op::join(d, Op::map(V::load(x + i + 3 * V::size)));
    }
    const V joined = Op::join(Op::join(a, b), Op::join(c, d));
    total.add(static_cast<double>(fold_lanes(joined, [](S p, S q) { return Op::join(p, q); })));
  }
  V rest(Op::start);
  for (; i + V::size <= n; i += V::size) rest = Op::join(rest, Op::map(V::load(x + i)));
  S tail = fold_lanes(rest, [](S p, S q) { return Op::join(p, q); });
  for (; i < n; ++i) tail = Op::join(tail, Op::map(x[i]));
  total.add(static_cast<double>(tail));
  return static_cast<S>(total.value);
}

/// `count` vectors side by side, reduced down n rows.
template <class S, class Op, int count, class Load, class Store>
void reduce_columns(const S* x, S* y, std::int64_t n, std::int64_t inner, Load load, Store store) {
  using V = Vector<S>;
  Total<Op, V> total[count];
  for (std::int64_t k = 0; k < n;) {
    V sum[count];
    for (int j = 0; j < count; ++j) sum[j] = V(Op::start);
    for (const std::int64_t end = k + block < n ? k + block : n; k < end; ++k) {
      for (int j = 0; j < count; ++j) sum[j] = Op::join(sum[j], Op::map(load(x + k * inner + j * V::size)));
    }
    for (int j = 0; j < count; ++j) total[j].add(sum[j]);
  }
  for (int j = 0; j < count; ++j) store(total[j].value, y + j * V::size);
}

template <class S, class Op>
void reduce(const S* x, S* y, ReduceShape shape) {
  using V = Vector<S>;
  if (shape.inner == 1) {
    for (std::int64_t o = 0; o < shape.outer; ++o) y[o] = reduce_row<S, Op>(x + o * shape.n, shape.n);
    return;
  }
  for (std::int64_t o = 0; o < shape.outer; ++o) {
    const S* const row = x + o * shape.n * shape.inner;
    S* const result = y + o * shape.inner;
    std::int64_t j = 0;
    for (; j + 8 * V::size <= shape.inner; j += 8 * V::size) {
      reduce_columns<S, Op, 8>(
          row + j, result + j, shape.n, shape.inner, [](const S* p) { return V::load(p); },
          [](V v, S* p) { v.store(p); });
    }
    for_each_vector<V>(shape.inner - j, [=](auto load, auto store) {
      reduce_columns<S, Op, 1>(row + j, result + j, shape.n, shape.inner, load, store);
    });
  }
}

template <class S>
constexpr ReduceLoops<S> loops{reduce<S, Sum>, reduce<S, SumOfSquares>, reduce<S, Prod>, reduce<S, Max>,
                               reduce<S, Min>};

}  // namespace

const ReduceTable FROST_TABLE(reduce_){loops<float>, loops<double>};

}  // namespace frost::kernels
