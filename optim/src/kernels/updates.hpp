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

}  // namespace frost::optim
