#pragma once

#include "kernels/unary.hpp"

// Functors after Note [Elementwise functors]. Where a formula has x · (something that vanishes), x is clipped to ±1e3,
// far beyond where the other factor is 0 exactly in float64, so that infinities do not give NaN.
namespace frost::kernels {

struct Sigmoid {
  static constexpr const char* name = "sigmoid";
  static constexpr Reads reads = reads_y;
  template <class T>
  T f(T x) const {
    return sigmoid(x);
  }
  template <class T>
  T df(T, T y, T g) const {
    return g * (y * (1.0 - y));
  }
};

struct Softplus {
  static constexpr const char* name = "softplus";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return softplus(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * sigmoid(x);
  }
};

struct LogSigmoid {
  static constexpr const char* name = "log_sigmoid";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return -softplus(-x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return g * sigmoid(-x);
  }
};

struct Softsign {
  static constexpr const char* name = "softsign";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return where(abs(x) > 1e30, sign(x), x / (1.0 + abs(x)));
  }
  template <class T>
  T df(T x, T, T g) const {
    const T d = 1.0 + abs(x);
    return g / d / d;
  }
};

struct Relu {
  static constexpr const char* name = "relu";
  static constexpr Reads reads = reads_y;
  template <class T>
  T f(T x) const {
    return where(x <= 0.0, 0.0, x);
  }
  template <class T>
  T df(T, T y, T g) const {
    return where(y > 0.0, g, 0.0);
  }
};

struct Relu6 {
  static constexpr const char* name = "relu6";
  static constexpr Reads reads = reads_y;
  template <class T>
  T f(T x) const {
    return where(x <= 0.0, 0.0, where(x >= 6.0, 6.0, x));
  }
  template <class T>
  T df(T, T y, T g) const {
    return where(y > 0.0, where(y < 6.0, g, 0.0), 0.0);
  }
};

struct LeakyRelu {
  static constexpr const char* name = "leaky_relu";
  static constexpr Reads reads = reads_x;
  double alpha = 0.2;
  template <class T>
  T f(T x) const {
    return where(x > 0.0, x, alpha * x);
  }
  template <class T>
  T df(T x, T, T g) const {
    return where(x > 0.0, g, alpha * g);
  }
};

struct Elu {
  static constexpr const char* name = "elu";
  static constexpr Reads reads = reads_x;
  double alpha = 1.0;
  template <class T>
  T f(T x) const {
    return where(x > 0.0, x, alpha * expm1(x));
  }
  template <class T>
  T df(T x, T, T g) const {
    const auto positive = x > 0.0;
    return where(positive, g, g * (alpha * exp(where(positive, 0.0, x))));
  }
};

struct Selu {
  static constexpr const char* name = "selu";
  static constexpr Reads reads = reads_y;
  static constexpr double scale = 1.0507009873554804934193349852946;
  static constexpr double scale_alpha = 1.7580993408473768599402175208123;
  template <class T>
  T f(T x) const {
    return where(x > 0.0, scale * x, scale_alpha * expm1(x));
  }
  template <class T>
  T df(T, T y, T g) const {
    return where(y > 0.0, scale * g, g * (y + scale_alpha));
  }
};

struct Silu {
  static constexpr const char* name = "silu";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return where(x < -1e3, -1e3, x) * sigmoid(x);
  }
  template <class T>
  T df(T x, T, T g) const {
    const T c = clip(x, -1e3, 1e3);
    const T s = sigmoid(c);
    return g * (s * (1.0 + c * (1.0 - s)));
  }
};

struct Mish {
  static constexpr const char* name = "mish";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return where(x < -1e3, -1e3, x) * tanh(softplus(x));
  }
  template <class T>
  T df(T x, T, T g) const {
    const T c = clip(x, -1e3, 1e3);
    const T t = tanh(softplus(c));
    return g * (t + c * sigmoid(c) * (1.0 - t * t));
  }
};

struct HardSigmoid {
  static constexpr const char* name = "hard_sigmoid";
  static constexpr Reads reads = reads_x;
  template <class T>
  T f(T x) const {
    return clip(x / 6.0 + 0.5, 0.0, 1.0);
  }
  template <class T>
  T df(T x, T, T g) const {
    return where(x > -3.0, where(x < 3.0, g / 6.0, 0.0), 0.0);
  }
};

struct Gelu {
  static constexpr const char* name = "gelu";
  static constexpr Reads reads = reads_x;
  bool approximate = false;

  template <class T>
  T f(T x) const {
    const T c = where(x < -1e3, -1e3, x);
    if (approximate) return c * sigmoid(twice_inner(clip(x, -1e3, 1e3)));  // (1 + tanh u)/2 = sigmoid(2u)
    return 0.5 * c * erfc(x * -0.70710678118654752);
  }

  template <class T>
  T df(T x, T, T g) const {
    const T c = clip(x, -1e3, 1e3);
    if (approximate) {
      const T s = sigmoid(twice_inner(c));
      const T slope = 1.5957691216057307 + 0.21406444881780074 * (c * c);
      return g * (s + c * slope * (s * (1.0 - s)));
    }
    const T density = 0.39894228040143268 * exp(-0.5 * (c * c));
    return g * (0.5 * (1.0 + erf(c * 0.70710678118654752)) + c * density);
  }

 private:
  /// 2u, where u = √(2/π)(x + 0.044715 x³).
  template <class T>
  static T twice_inner(T x) {
    return x * (1.5957691216057307 + 0.07135481627260025 * (x * x));
  }
};

struct Clip {
  static constexpr const char* name = "clip";
  static constexpr Reads reads = reads_x;
  double min = 0.0;
  double max = 0.0;
  template <class T>
  T f(T x) const {
    return clip(x, min, max);
  }
  template <class T>
  T df(T x, T, T g) const {
    return where(x >= min, where(x <= max, g, 0.0), 0.0);
  }
};

}  // namespace frost::kernels
