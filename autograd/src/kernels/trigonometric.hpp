#pragma once

#include "kernels/unary.hpp"

// Functors after Note [Elementwise functors].
namespace frost::kernels {

struct Sin {
  static constexpr const char* name = "sin";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return sin(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * cos(x);
  }
};

struct Cos {
  static constexpr const char* name = "cos";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return cos(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return -(g * sin(x));
  }
};

struct Tan {
  static constexpr const char* name = "tan";
  static constexpr Reads reads = reads_y;
  template <class T>
  T f(T x) const {
    return tan(x);
  }
  template <class T>
  T df(T, T y, T g) const {
    return g * (1.0 + y * y);
  }
};

struct Asin {
  static constexpr const char* name = "asin";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return asin(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * rsqrt((1.0 - x) * (1.0 + x));
  }
};

struct Acos {
  static constexpr const char* name = "acos";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return acos(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return -(g * rsqrt((1.0 - x) * (1.0 + x)));
  }
};

struct Atan {
  static constexpr const char* name = "atan";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return atan(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g / (1.0 + x * x);
  }
};

struct Sinh {
  static constexpr const char* name = "sinh";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return sinh(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * cosh(x);
  }
};

struct Cosh {
  static constexpr const char* name = "cosh";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return cosh(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * sinh(x);
  }
};

struct Tanh {
  static constexpr const char* name = "tanh";
  static constexpr Reads reads = reads_y;
  template <class T>
  T f(T x) const {
    return tanh(x);
  }
  template <class T>
  T df(T, T y, T g) const {
    return g * (1.0 - y * y);
  }
};

struct Asinh {
  static constexpr const char* name = "asinh";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return asinh(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    const auto small = abs(x) < 1e10;  // beyond, x² may overflow and 1/√(1 + x²) is 1/|x|
    const T near = where(small, x, 0.0);
    const T far = where(small, 1.0, abs(x));
    return g * where(small, rsqrt(1.0 + near * near), reciprocal(far));
  }
};

struct Acosh {
  static constexpr const char* name = "acosh";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return acosh(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * rsqrt(x - 1.0) * rsqrt(x + 1.0);
  }
};

struct Atanh {
  static constexpr const char* name = "atanh";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return atanh(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g / ((1.0 - x) * (1.0 + x));
  }
};

}  // namespace frost::kernels
