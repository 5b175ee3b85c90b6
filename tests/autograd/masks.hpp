#pragma once
// Checks of one function's gradients under every set of frozen inputs.
#include "support/catch.hpp"

#include "op.hpp"

#include <frost/autograd.hpp>

#include <cmath>
#include <cstring>
#include <string>

namespace frost::testing {

class Float64 {
 public:
  Float64() { set_default_dtype(DType::float64); }
  ~Float64() { set_default_dtype(DType::float32); }
};

inline bool same_bits(const Tensor& a, const Tensor& b) {
  if (!a.present() || !b.present()) return !a.present() && !b.present();
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::memcmp(detail::impl(a)->data, detail::impl(b)->data,
                     static_cast<std::size_t>(a.size()) * size_of(a.dtype())) == 0;
}

inline double largest(const Tensor& t) { return t.size() ? max(abs(t.to(DType::float64))).item<double>() : 0; }
inline double dot(const Tensor& a, const Tensor& b) { return sum(a * b).item<double>(); }

// A fixed direction of the shape of `like`, different for each number.
inline Tensor direction(const Tensor& like, int number) {
  const double phase = 0.7 + 1.3 * number;
  return (cos(arange(0., static_cast<double>(like.size()), 1.) * 1.7 + phase) + 0.3 * std::sin(phase))
      .reshape(like.shape());
}

/// One sample of a row with the inputs that can be differentiated.
struct Case {
  const detail::Sample& sample;
  std::vector<std::size_t> floating;

  explicit Case(const detail::Sample& s) : sample(s) {
    for (std::size_t i = 0; i < s.inputs.size(); ++i)
      if (s.inputs[i].present() && is_floating(s.inputs[i].dtype())) floating.push_back(i);
  }
  std::size_t masks() const { return std::size_t{1} << floating.size(); }
  /// Fresh leaves, of which those in the mask are trainable.
  Tensors leaves(std::size_t mask) const {
    Tensors x;
    for (const Tensor& t : sample.inputs) x.push_back(t.present() ? t.clone() : Tensor());
    for (std::size_t k = 0; k < floating.size(); ++k)
      if (mask >> k & 1) x[floating[k]].set_requires_grad(true);
    return x;
  }
  Tensors trainable(const Tensors& x, std::size_t mask) const {
    Tensors found;
    for (std::size_t k = 0; k < floating.size(); ++k)
      if (mask >> k & 1) found.push_back(x[floating[k]]);
    return found;
  }
};

// d⟨g, y⟩ / d x for the trainable inputs.
inline Tensors first_gradients(const Case& c, const Tensors& x, std::size_t mask, const Tensor& g,
                               bool create_graph = false) {
  const Tensor y = c.sample.call(x);
  return grad(y, c.trainable(x, mask), {.grad_output = g, .create_graph = create_graph, .allow_unused = true});
}

template <class F>
double central_difference(const F& f, double step) {
  return (8 * (f(step) - f(-step)) - (f(2 * step) - f(-2 * step))) / (12 * step);
}

inline void check_close(double analytic, double numeric, double scale, const std::string& what,
                        double tolerance = 2e-6) {
  INFO(what << ": analytic " << analytic << ", numeric " << numeric);
  CHECK(std::abs(analytic - numeric) <= tolerance * std::max({1., std::abs(numeric), scale}));
}

inline void check_first_order(const Case& c) {
  const Tensors base = c.leaves(0);
  const Tensor g = direction(c.sample.call(base), 0);
  const std::size_t all = c.masks() - 1;
  const Tensors x = c.leaves(all);
  const Tensors gradients = first_gradients(c, x, all, g);
  for (std::size_t k = 0; k < c.floating.size(); ++k) {
    const std::size_t i = c.floating[k];
    if (!gradients[k].present()) continue;
    const Tensor v = direction(base[i], static_cast<int>(k) + 1);
    const double numeric = central_difference(
        [&](double step) {
          Tensors moved = base;
          moved[i] = base[i] + step * v;
          return dot(c.sample.call(moved), g);
        },
        1e-3);
    check_close(dot(gradients[k], v), numeric, 0, "input " + std::to_string(i), c.sample.tolerance);
  }
}

// The derivative of h = Σ ⟨v_k, gradient_k⟩ along a direction in each trainable input and in g.
inline void check_second_order(const Case& c, std::size_t mask, bool keep_inputs) {
  const Tensors base = c.leaves(0);
  const Tensor g0 = direction(c.sample.call(base), 0);
  const Tensors x = c.leaves(mask);
  Tensor g = g0.clone().set_requires_grad(true);
  Tensors gradients;
  if (keep_inputs) {
    KeepInputs guard;
    gradients = first_gradients(c, x, mask, g, true);
  } else {
    gradients = first_gradients(c, x, mask, g, true);
  }
  Tensor h = zeros({});
  for (std::size_t k = 0, n = 0; k < c.floating.size(); ++k)
    if (mask >> k & 1) {
      if (gradients[n].present()) h = h + sum(gradients[n] * direction(base[c.floating[k]], static_cast<int>(k) + 1));
      ++n;
    }
  Tensors inputs = c.trainable(x, mask);
  inputs.push_back(g);
  const Tensors second = h.requires_grad() ? grad(h, inputs, {.allow_unused = true}) : Tensors(inputs.size());

  const auto h_at = [&](const Tensors& values, const Tensor& output_gradient) {
    Tensors leaves;
    for (std::size_t i = 0; i < values.size(); ++i)
      leaves.push_back(values[i].present() ? values[i].clone() : Tensor());
    for (std::size_t k = 0; k < c.floating.size(); ++k)
      if (mask >> k & 1) leaves[c.floating[k]].set_requires_grad(true);
    const Tensors found = first_gradients(c, leaves, mask, output_gradient);
    double total = 0;
    for (std::size_t k = 0, n = 0; k < c.floating.size(); ++k)
      if (mask >> k & 1) {
        if (found[n].present()) total += dot(found[n], direction(base[c.floating[k]], static_cast<int>(k) + 1));
        ++n;
      }
    return total;
  };
  std::size_t n = 0;
  for (std::size_t k = 0; k < c.floating.size(); ++k) {
    if (!(mask >> k & 1)) continue;
    const std::size_t i = c.floating[k];
    const Tensor v = direction(base[i], static_cast<int>(k) + 7);
    const double numeric = central_difference(
        [&](double step) {
          Tensors moved = base;
          moved[i] = base[i] + step * v;
          return h_at(moved, g0);
        },
        1e-3);
    check_close(second[n].present() ? dot(second[n], v) : 0, numeric, 1,
                "second derivative, input " + std::to_string(i), c.sample.tolerance);
    ++n;
  }
  const Tensor v = direction(g0, 19);
  const double numeric = central_difference([&](double step) { return h_at(base, g0 + step * v); }, 1e-2);
  check_close(second[n].present() ? dot(second[n], v) : 0, numeric, 1, "second derivative, gradient of the output",
              c.sample.tolerance);
}

inline void check_masks(const Case& c) {
  const std::size_t all = c.masks() - 1;
  const Tensor g = direction(c.sample.call(c.leaves(0)), 0);
  const Tensors full = first_gradients(c, c.leaves(all), all, g);
  for (std::size_t mask = 1; mask <= all; ++mask) {
    INFO("mask " << mask);
    const Tensors x = c.leaves(mask);
    const Tensors found = first_gradients(c, x, mask, g);
    const Tensors again = first_gradients(c, x, mask, g);
    const Tensors of_zero = first_gradients(c, x, mask, g * 0.);
    for (std::size_t k = 0, n = 0; k < c.floating.size(); ++k) {
      if (!(mask >> k & 1)) continue;
      CHECK(same_bits(found[n], full[k]));
      CHECK(same_bits(found[n], again[n]));
      if (of_zero[n].present()) CHECK(largest(of_zero[n]) == 0);
      ++n;
    }
  }
}

}  // namespace frost::testing
