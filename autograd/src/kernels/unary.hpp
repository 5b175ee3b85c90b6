#pragma once

#include "reads.hpp"

// Note [Elementwise functors]
// A functor is one operation: f gives the value, df the gradient from x, y = f(x) and g. `reads` says which of x and y
// df looks at; the others may be anything. f is instantiated with vectors only; df with vectors in the fused loops and
// with Tensor under create_graph, where the engine differentiates it again. Hence df calls only public operations by
// unqualified name (argument-dependent lookup finds the vector's or the tensor's), compares by < <= > >= alone, and
// keeps the branch that `where` discards finite, since 0 · inf in its own derivative would be NaN.
namespace frost::kernels {

inline constexpr Reads reads_x = reads_input(0);
inline constexpr Reads reads_y = reads_output(0);

struct Negative {
  static constexpr const char* name = "negative";
  static constexpr Reads reads = reads_nothing;
  template <class T>
  T f(T x) const {
    return -x;
  }
  template <class T>
  T df(T, T, T g) const {
    return -g;
  }
};

struct Abs {
  static constexpr const char* name = "abs";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return abs(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * sign(x);
  }
};

struct Sign {
  static constexpr const char* name = "sign";
  static constexpr Reads reads = reads_nothing;
  template <class T>
  T f(T x) const {
    return sign(x);
  }
  template <class T>
  T df(T, T, T g) const {
    return zeros_like(g);
  }
};

struct Floor {
  static constexpr const char* name = "floor";
  static constexpr Reads reads = reads_nothing;
  template <class T>
  T f(T x) const {
    return floor(x);
  }
  template <class T>
  T df(T, T, T g) const {
    return zeros_like(g);
  }
};

struct Ceil {
  static constexpr const char* name = "ceil";
  static constexpr Reads reads = reads_nothing;
  template <class T>
  T f(T x) const {
    return ceil(x);
  }
  template <class T>
  T df(T, T, T g) const {
    return zeros_like(g);
  }
};

struct Round {
  static constexpr const char* name = "round";
  static constexpr Reads reads = reads_nothing;
  template <class T>
  T f(T x) const {
    return round(x);
  }
  template <class T>
  T df(T, T, T g) const {
    return zeros_like(g);
  }
};

struct Square {
  static constexpr const char* name = "square";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return x * x;
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * (2.0 * x);
  }
};

struct Reciprocal {
  static constexpr const char* name = "reciprocal";
  static constexpr Reads reads = reads_y;
  template <class T>
  T f(T x) const {
    return 1.0 / x;
  }
  template <class T>
  T df(T, T y, T g) const {
    return -(g * y) * y;
  }
};

struct Sqrt {
  static constexpr const char* name = "sqrt";
  static constexpr Reads reads = reads_y;
  template <class T>
  T f(T x) const {
    return sqrt(x);
  }
  template <class T>
  T df(T, T y, T g) const {
    return 0.5 * g / y;
  }
};

struct Rsqrt {
  static constexpr const char* name = "rsqrt";
  static constexpr Reads reads = reads_y;
  template <class T>
  T f(T x) const {
    return rsqrt(x);
  }
  template <class T>
  T df(T, T y, T g) const {
    return -0.5 * g * y * y * y;
  }
};

struct Exp {
  static constexpr const char* name = "exp";
  static constexpr Reads reads = reads_y;
  template <class T>
  T f(T x) const {
    return exp(x);
  }
  template <class T>
  T df(T, T y, T g) const {
    return g * y;
  }
};

struct Expm1 {
  static constexpr const char* name = "expm1";
  static constexpr Reads reads = reads_y;
  template <class T>
  T f(T x) const {
    return expm1(x);
  }
  template <class T>
  T df(T, T y, T g) const {
    return g * (y + 1.0);
  }
};

struct Log {
  static constexpr const char* name = "log";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return log(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g / x;
  }
};

struct Log1p {
  static constexpr const char* name = "log1p";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return log1p(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g / (x + 1.0);
  }
};

struct Log2 {
  static constexpr const char* name = "log2";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return log2(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * 1.4426950408889634 / x;
  }
};

struct Erf {
  static constexpr const char* name = "erf";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return erf(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * (1.1283791670955126 * exp(-square(clip(x, -1e3, 1e3))));  // 2/√π
  }
};

struct Lgamma {
  static constexpr const char* name = "lgamma";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return lgamma(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * digamma(x);
  }
};

struct Digamma {
  static constexpr const char* name = "digamma";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return digamma(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * trigamma(x);
  }
};

struct Trigamma {
  static constexpr const char* name = "trigamma";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return trigamma(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * polygamma(2, x);
  }
};

/// The derivative of `order` of digamma.
struct Polygamma {
  static constexpr const char* name = "polygamma";
  static constexpr Reads reads = reads_x;
  int order = 0;
  template <class T>
  T f(T x) const {
    return polygamma(order, x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * polygamma(order + 1, x);
  }
};

}  // namespace frost::kernels
