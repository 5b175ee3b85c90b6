#pragma once

#include <cstdint>

// Note [Updates]
// How each optimizer changes the elements of a weight: `B` is a batch of them, `w` was decayed and `g` was scaled
// already, `s` is what is remembered of them, `states` batches. The vector units run each over a weight, see `Loops`
// below.
namespace frost::optim {

template <class B>
B constant(double value) {
  return B(static_cast<typename B::value_type>(value));
}

struct SgdUpdate {
  static constexpr int states = 0;
  double learning_rate;

  template <class B>
  void operator()(B& w, B g, B*) const {
    w = w - constant<B>(learning_rate) * g;
  }
};

struct MomentumUpdate {
  static constexpr int states = 1;
  double learning_rate;
  double momentum;
  bool nesterov;

  template <class B>
  void operator()(B& w, B g, B* s) const {
    const B change = constant<B>(learning_rate) * g;
    s[0] = constant<B>(momentum) * s[0] - change;
    w = nesterov ? w + (constant<B>(momentum) * s[0] - change) : w + s[0];
  }
};

/// `alpha` is the learning rate with the bias corrections, lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ).
struct AdamUpdate {
  static constexpr int states = 2;
  double alpha;
  double beta_1;
  double beta_2;
  double epsilon;

  template <class B>
  void operator()(B& w, B g, B* s) const {
    moments(g, s);
    w = w - constant<B>(alpha) * s[0] / (sqrt(s[1]) + constant<B>(epsilon));
  }
  template <class B>
  void moments(B g, B* s) const {
    s[0] = s[0] + (g - s[0]) * constant<B>(1.0 - beta_1);
    s[1] = s[1] + (g * g - s[1]) * constant<B>(1.0 - beta_2);
  }
};

struct AmsgradUpdate {
  static constexpr int states = 3;
  AdamUpdate adam;

  template <class B>
  void operator()(B& w, B g, B* s) const {
    adam.moments(g, s);
    s[2] = select(s[2] > s[1], s[2], s[1]);  // a NaN stays
    w = w - constant<B>(adam.alpha) * s[0] / (sqrt(s[2]) + constant<B>(adam.epsilon));
  }
};

template <bool has_momentum, bool centered>
struct RMSpropUpdate {
  static constexpr int states = 1 + has_momentum + centered;
  double learning_rate;
  double rho;
  double momentum;
  double epsilon;

  template <class B>
  void operator()(B& w, B g, B* s) const {
    const B keep = constant<B>(rho), take = constant<B>(1 - rho);
    s[0] = keep * s[0] + take * (g * g);
    B square = s[0];
    if constexpr (centered) {
      B& mean = s[1 + has_momentum];
      mean = keep * mean + take * g;
      square = square - mean * mean;
      square = select(square < B(0), B(0), square);  // by rounding alone
    }
    const B change = constant<B>(learning_rate) * g / sqrt(square + constant<B>(epsilon));
    if constexpr (has_momentum) {
      s[1] = constant<B>(momentum) * s[1] + change;
      w = w - s[1];
    } else {
      w = w - change;
    }
  }
};

/// `alpha` is the learning rate with the bias correction, lr/(1 − β₁ᵗ).
struct AdamaxUpdate {
  static constexpr int states = 2;
  double alpha;
  double beta_1;
  double beta_2;
  double epsilon;

  template <class B>
  void operator()(B& w, B g, B* s) const {
    s[0] = s[0] + (g - s[0]) * constant<B>(1 - beta_1);
    const B before = constant<B>(beta_2) * s[1], now = abs(g);
    s[1] = select(before > now, before, now);
    w = w - constant<B>(alpha) * s[0] / (s[1] + constant<B>(epsilon));
  }
};

/// The last three are the factors of m and g in m̂, and of v.
struct NadamUpdate {
  static constexpr int states = 2;
  double learning_rate;
  double beta_1;
  double beta_2;
  double epsilon;
  double of_mean;
  double of_gradient;
  double of_variance;

  template <class B>
  void operator()(B& w, B g, B* s) const {
    s[0] = s[0] + (g - s[0]) * constant<B>(1 - beta_1);
    s[1] = s[1] + (g * g - s[1]) * constant<B>(1 - beta_2);
    const B mean = constant<B>(of_mean) * s[0] + constant<B>(of_gradient) * g;
    w = w - constant<B>(learning_rate) * mean / (sqrt(s[1] * constant<B>(of_variance)) + constant<B>(epsilon));
  }
};

struct AdagradUpdate {
  static constexpr int states = 1;
  double learning_rate;
  double epsilon;

  template <class B>
  void operator()(B& w, B g, B* s) const {
    s[0] = s[0] + g * g;
    w = w - constant<B>(learning_rate) * g / sqrt(s[0] + constant<B>(epsilon));
  }
};

struct AdadeltaUpdate {
  static constexpr int states = 2;
  double learning_rate;
  double rho;
  double epsilon;

  template <class B>
  void operator()(B& w, B g, B* s) const {
    const B keep = constant<B>(rho), take = constant<B>(1 - rho), small = constant<B>(epsilon);
    s[0] = keep * s[0] + take * (g * g);
    const B change = sqrt(s[1] + small) / sqrt(s[0] + small) * g;
    s[1] = keep * s[1] + take * (change * change);
    w = w - constant<B>(learning_rate) * change;
  }
};

struct Root {
  template <class B>
  B operator()(B x) const {
    return sqrt(x);
  }
};
struct AnyPower {
  double exponent;

  template <class B>
  B operator()(B x) const {
    const B one = B(1);
    return exponent == 0 ? one : select(x == B(0), B(0), pow(select(x == B(0), one, x), constant<B>(exponent)));
  }
};

template <class Power>
struct FtrlUpdate {
  static constexpr int states = 2;
  double learning_rate;
  Power power;
  double l1;
  double l2;         ///< 2·(λ₂ + beta/(2·lr))
  double shrinkage;  ///< 2·λₛ

  template <class B>
  void operator()(B& w, B g, B* s) const {
    const B rate = constant<B>(learning_rate), bound = constant<B>(l1);
    const B now = s[0] + g * g, now_power = power(now);
    s[1] = s[1] + (g + constant<B>(shrinkage) * w - (now_power - power(s[0])) / rate * w);
    s[0] = now;
    const B divisor = now_power / rate + constant<B>(l2);
    const B clipped = select(s[1] > bound, bound, select(s[1] < -bound, -bound, s[1]));
    w = select(divisor == B(0), w, (clipped - s[1]) / divisor);
  }
};

struct LionUpdate {
  static constexpr int states = 1;
  double learning_rate;
  double beta_1;
  double beta_2;

  template <class B>
  void operator()(B& w, B g, B* s) const {
    const B rate = constant<B>(learning_rate);
    const B mixed = constant<B>(beta_1) * s[0] + constant<B>(1 - beta_1) * g;
    const B change = select(mixed > B(0), rate, select(mixed < B(0), -rate, mixed));  // a NaN stays, and so does 0
    w = w - change;
    s[0] = constant<B>(beta_2) * s[0] + constant<B>(1 - beta_2) * g;
  }
};

}  // namespace frost::optim
