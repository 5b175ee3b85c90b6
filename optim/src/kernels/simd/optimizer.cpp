#include "kernels/optimizer.hpp"

#include <xsimd/xsimd.hpp>

#define FROST_CONCATENATE_2(a, b) a##b
#define FROST_CONCATENATE(a, b) FROST_CONCATENATE_2(a, b)

namespace frost::optim {
namespace {

template <class S>
using Batch = xsimd::batch<S, FROST_ARCH>;

template <class S>
constexpr std::int64_t width = static_cast<std::int64_t>(Batch<S>::size);

/// Calls body(load, store) for each batch of n elements, the last one padded with zeros: bits do not depend on place.
template <class S, class Body>
void for_each_batch(std::int64_t n, Body body) {
  std::int64_t i = 0;
  for (; i + width<S> <= n; i += width<S>) {
    body([i](const S* p) { return Batch<S>::load_unaligned(p + i); },
         [i](Batch<S> v, S* p) { v.store_unaligned(p + i); });
  }
  const std::int64_t rest = n - i;
  if (rest == 0) return;
  body(
      [i, rest](const S* p) {
        S t[width<S>] = {};
        for (std::int64_t j = 0; j < rest; ++j) t[j] = p[i + j];
        return Batch<S>::load_unaligned(t);
      },
      [i, rest](Batch<S> v, S* p) {
        S t[width<S>];
        v.store_unaligned(t);
        for (std::int64_t j = 0; j < rest; ++j) p[i + j] = t[j];
      });
}

template <class S>
Batch<S> constant(double value) {
  return Batch<S>(static_cast<S>(value));
}

template <class S>
void sgd(const SgdStep& step, S* w, const S* g, S* velocity, std::int64_t n) {
  const auto rate = constant<S>(step.learning_rate);
  const auto momentum = constant<S>(step.momentum);
  const auto decay = constant<S>(step.decay);
  const auto scale = constant<S>(step.scale);
  const bool nesterov = step.nesterov;
  for_each_batch<S>(n, [=](auto load, auto store) {
    auto weight = load(w);
    weight = weight - weight * decay;
    const auto change = rate * (load(g) * scale);
    if (velocity) {
      const auto v = momentum * load(velocity) - change;
      store(v, velocity);
      weight = nesterov ? weight + (momentum * v - change) : weight + v;
    } else {
      weight = weight - change;
    }
    store(weight, w);
  });
}

template <class S>
void adam(const AdamStep& step, S* w, const S* g, S* m, S* v, S* largest, std::int64_t n) {
  const auto alpha = constant<S>(step.alpha);
  const auto keep_1 = constant<S>(1.0 - step.beta_1);
  const auto keep_2 = constant<S>(1.0 - step.beta_2);
  const auto epsilon = constant<S>(step.epsilon);
  const auto decay = constant<S>(step.decay);
  const auto scale = constant<S>(step.scale);
  for_each_batch<S>(n, [=](auto load, auto store) {
    auto weight = load(w);
    weight = weight - weight * decay;
    const auto gradient = load(g) * scale;
    auto first = load(m);
    first = first + (gradient - first) * keep_1;
    auto second = load(v);
    second = second + (gradient * gradient - second) * keep_2;
    store(first, m);
    store(second, v);
    if (largest) {
      const auto before = load(largest);
      second = xsimd::select(before > second, before, second);  // a NaN stays
      store(second, largest);
    }
    store(weight - alpha * first / (xsimd::sqrt(second) + epsilon), w);
  });
}

/// Sixteen running sums in float64, whatever the architecture.
template <class S>
double sum_of_squares(const S* g, std::int64_t n) {
  using Wide = Batch<double>;
  constexpr std::int64_t size = width<double>;
  constexpr std::int64_t count = 16 / size;
  Wide sums[count];
  for (Wide& sum : sums) sum = Wide(0.0);
  double part[16];
  std::int64_t i = 0;
  const auto add = [&] {
    for (std::int64_t k = 0; k < count; ++k) {
      const Wide x = Wide::load_unaligned(part + k * size);
      sums[k] = xsimd::fma(x, x, sums[k]);
    }
  };
  for (; i + 16 <= n; i += 16) {
    for (std::int64_t j = 0; j < 16; ++j) part[j] = static_cast<double>(g[i + j]);
    add();
  }
  for (std::int64_t j = 0; j < 16; ++j) part[j] = i + j < n ? static_cast<double>(g[i + j]) : 0.0;
  add();
  for (std::int64_t k = 0; k < count; ++k) sums[k].store_unaligned(part + k * size);
  for (std::int64_t half = 8; half > 0; half /= 2) {
    for (std::int64_t j = 0; j < half; ++j) part[j] += part[j + half];
  }
  return part[0];
}

template <class S>
constexpr OptimizerLoops<S> loops{sgd<S>, adam<S>, sum_of_squares<S>};

}  // namespace

const OptimizerTable FROST_CONCATENATE(optimizer_, FROST_ARCH_NAME){loops<float>, loops<double>};

}  // namespace frost::optim
