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

template <class Update, class S>
void each(const Update& given, const Elements<S>& elements) {
  const Update update = given;
  const Elements<S> e = elements;
  const auto decay = constant<Batch<S>>(e.decay);
  const auto scale = constant<Batch<S>>(e.scale);
  for_each_batch<S>(e.n, [=](auto load, auto store) {
    auto w = load(e.w);
    w = w - w * decay;
    Batch<S> states[Update::states + 1];
    for (int k = 0; k < Update::states; ++k) states[k] = load(e.states[k]);
    update(w, load(e.g) * scale, states);
    for (int k = 0; k < Update::states; ++k) store(states[k], e.states[k]);
    store(w, e.w);
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

template <class... Updates>
constexpr LoopsOf<Updates...> all(LoopsOf<Updates...>) {
  return {Loop<Updates>{each<Updates, float>, each<Updates, double>}...};
}

}  // namespace

const OptimizerTable FROST_CONCATENATE(optimizer_, FROST_ARCH_NAME){all(Loops{}), sum_of_squares<float>,
                                                                    sum_of_squares<double>};

}  // namespace frost::optim
