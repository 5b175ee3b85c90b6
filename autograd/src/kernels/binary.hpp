#pragma once

#include "reads.hpp"

// Binary functors after Note [Elementwise functors]: da and db are the gradients of a and b from a, b, y = f(a, b), g;
// reads_a and reads_b say what each of them looks at.
namespace frost::kernels {

inline constexpr Reads reads_both = reads_input(0) | reads_input(1);

struct Add {
  static constexpr const char* name = "add";
  static constexpr Reads reads_a = reads_nothing;
  static constexpr Reads reads_b = reads_nothing;
  template <class T>
  T f(T a, T b) const {
    return a + b;
  }
  template <class T>
  T da(T, T, T, T g) const {
    return g;
  }
  template <class T>
  T db(T, T, T, T g) const {
    return g;
  }
};

struct Subtract {
  static constexpr const char* name = "subtract";
  static constexpr Reads reads_a = reads_nothing;
  static constexpr Reads reads_b = reads_nothing;
  template <class T>
  T f(T a, T b) const {
    return a - b;
  }
  template <class T>
  T da(T, T, T, T g) const {
    return g;
  }
  template <class T>
  T db(T, T, T, T g) const {
    return -g;
  }
};

struct Multiply {
  static constexpr const char* name = "multiply";
  static constexpr Reads reads_a = reads_input(1);
  static constexpr Reads reads_b = reads_input(0);
  template <class T>
  T f(T a, T b) const {
    return a * b;
  }
  template <class T>
  T da(T, T b, T, T g) const {
    return g * b;
  }
  template <class T>
  T db(T a, T, T, T g) const {
    return g * a;
  }
};

struct Divide {
  static constexpr const char* name = "divide";
  static constexpr Reads reads_a = reads_input(1);
  static constexpr Reads reads_b = reads_input(1) | reads_output(0);
  template <class T>
  T f(T a, T b) const {
    return a / b;
  }
  template <class T>
  T da(T, T b, T, T g) const {
    return g / b;
  }
  template <class T>
  T db(T, T b, T y, T g) const {
    return -(g * (y / b));
  }
};

struct Power {
  static constexpr const char* name = "power";
  static constexpr Reads reads_a = reads_both;
  static constexpr Reads reads_b = reads_input(0) | reads_output(0);

  template <class T>
  T f(T a, T b) const {
    return power(a, b);
  }

  template <class T>
  T da(T a, T b, T, T g) const {
    // b·a^(b − 1) is 0 · inf at a = b = 0.
    const T one_at_zero = where(a < 0.0, a, where(a > 0.0, a, 1.0));
    const T base = where(b < 0.0, a, where(b > 0.0, a, one_at_zero));
    return g * (b * power(base, b - 1.0));
  }

  template <class T>
  T db(T a, T, T y, T g) const {
    // At base 0, log a counts as 0 unless the exponent is negative, when |y| is infinite.
    const T at_zero = where(abs(y) > 1.0, a, 1.0);
    const T base = where(a < 0.0, a, where(a > 0.0, a, at_zero));
    return g * (y * log(base));
  }
};

struct Maximum {
  static constexpr const char* name = "maximum";
  static constexpr Reads reads_a = reads_both;
  static constexpr Reads reads_b = reads_both;
  template <class T>
  T f(T a, T b) const {
    return maximum(a, b);
  }
  template <class T>
  T da(T a, T b, T, T g) const {
    return where(a > b, g, where(a < b, 0.0, 0.5 * g));
  }
  template <class T>
  T db(T a, T b, T, T g) const {
    return where(b > a, g, where(b < a, 0.0, 0.5 * g));
  }
};

struct Minimum {
  static constexpr const char* name = "minimum";
  static constexpr Reads reads_a = reads_both;
  static constexpr Reads reads_b = reads_both;
  template <class T>
  T f(T a, T b) const {
    return minimum(a, b);
  }
  template <class T>
  T da(T a, T b, T, T g) const {
    return where(a < b, g, where(a > b, 0.0, 0.5 * g));
  }
  template <class T>
  T db(T a, T b, T, T g) const {
    return where(b < a, g, where(b > a, 0.0, 0.5 * g));
  }
};

struct Atan2 {
  static constexpr const char* name = "atan2";
  static constexpr Reads reads_a = reads_both;
  static constexpr Reads reads_b = reads_both;
  template <class T>
  T f(T a, T b) const {
    return atan2(a, b);
  }
  template <class T>
  T da(T a, T b, T, T g) const {
    return g * ratio(b, a, b);
  }
  template <class T>
  T db(T a, T b, T, T g) const {
    return -(g * ratio(a, a, b));
  }

 private:
  /// x / (a² + b²), scaled so that the squares neither overflow nor vanish.
  template <class T>
  static T ratio(T x, T a, T b) {
    const T larger = maximum(abs(a), abs(b));
    const T scale = where(0.0 * larger >= 0.0, larger, 1.0);  // 1 if an operand is infinite
    const T p = a / scale;
    const T q = b / scale;
    return x / scale / scale / (p * p + q * q);
  }
};

}  // namespace frost::kernels
