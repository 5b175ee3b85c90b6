#include "samples.hpp"

#include <cmath>
#include <numbers>

namespace frost::detail {

namespace {

// SplitMix64 (Steele, Lea and Flood 2014): enough for examples, and independent of the library's generator.
class Source {
 public:
  explicit Source(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  double uniform() { return (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

template <class Draw>
Tensor fill(const Shape& shape, const Draw& draw) {
  std::vector<double> values(static_cast<std::size_t>(element_count(shape)));
  for (double& v : values) v = draw();
  return from_vector(values, shape);
}

}  // namespace

Tensor normal(const Shape& shape, std::uint64_t seed) {
  Source source(seed);
  return fill(shape, [&] {
    const double radius = std::sqrt(-2 * std::log(source.uniform()));
    return radius * std::cos(2 * std::numbers::pi * source.uniform());
  });
}

Tensor between(double low, double high, const Shape& shape, std::uint64_t seed) {
  Source source(seed);
  return fill(shape, [&] { return low + (high - low) * source.uniform(); });
}

Tensor integers(std::int64_t low, std::int64_t high, const Shape& shape, std::uint64_t seed) {
  Source source(seed);
  std::vector<std::int64_t> values(static_cast<std::size_t>(element_count(shape)));
  for (std::int64_t& v : values)
    v = low + static_cast<std::int64_t>(source.next() % static_cast<std::uint64_t>(high - low));
  return from_vector(values, shape);
}

}  // namespace frost::detail
