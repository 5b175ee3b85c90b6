#include <frost/autograd/random.hpp>

#include "check.hpp"
#include "convert.hpp"
#include "journal.hpp"
#include "parallel.hpp"
#include "philox.hpp"

#include <frost/autograd/make.hpp>
#include <frost/autograd/runtime.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numbers>
#include <numeric>
#include <random>

namespace frost {

using namespace detail;

namespace {

constexpr std::int64_t block_grain = 1 << 13;

struct Pair {
  std::uint64_t first, second;
};

// The block at a position; `attempt` numbers the blocks of values that need more than one.
Pair block(std::uint64_t key, std::uint64_t position, std::uint32_t attempt = 0) {
  const auto low = [](std::uint64_t v) { return static_cast<std::uint32_t>(v); };
  const auto high = [](std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); };
  const PhiloxBlock words = philox({low(position), high(position), attempt, 0}, {low(key), high(key)});
  return {std::uint64_t{words[1]} << 32 | words[0], std::uint64_t{words[3]} << 32 | words[2]};
}

double unit(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

// Uniform below `range`, without bias: a product's upper half, its lower half rejected where it is over-represented
// (Lemire 2019).
std::uint64_t below(std::uint64_t key, std::uint64_t position, std::uint64_t range) {
  __extension__ typedef unsigned __int128 Wide;
  const std::uint64_t surplus = (0 - range) % range;
  for (std::uint32_t attempt = 0;; ++attempt) {
    const Pair bits = block(key, position, attempt);
    for (const std::uint64_t x : {bits.first, bits.second}) {
      const Wide product = Wide{x} * range;
      if (static_cast<std::uint64_t>(product) >= surplus) return static_cast<std::uint64_t>(product >> 64);
    }
  }
}

// Writes two values a block, those that body makes of its bits.
template <class S, class Body>
void fill_pairs(Tensor& t, std::uint64_t key, std::uint64_t position, const Body& body) {
  S* to = raw_out<S>(t);
  const std::int64_t n = t.size();
  parallel_for((n + 1) / 2,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const auto [first, second] = body(block(key, position + static_cast<std::uint64_t>(i)));
                   to[2 * i] = first;
                   if (2 * i + 1 < n) to[2 * i + 1] = second;
                 }
               },
               block_grain);
}

// Held while a generator moves or is looked at: no two threads may take the same numbers.
std::unique_lock<std::mutex> lock_generators() {
  static std::mutex mutex;
  return std::unique_lock(mutex);
}

// Takes so many blocks from a generator, or, while a checkpoint's function runs again, those it took the first time.
Draw take(const std::uint64_t& key, std::uint64_t& position, std::uint64_t blocks) {
  const auto lock = lock_generators();
  if (Journal* journal = thread_state().journal) [[unlikely]]
    return journal->draw(key, position, blocks);
  return take_blocks(key, position, blocks);
}

std::uint64_t blocks_for_pairs(const Tensor& t) { return static_cast<std::uint64_t>((t.size() + 1) / 2); }

void expect_floating(const char* what, DType dtype) {
  expect(is_floating(dtype), "{}: got dtype {}; expected float32 or float64", what, name_of(dtype));
}

// low + u·(high − low), kept inside [low, high) where rounding would leave it.
template <class S>
S between(double low, double high, double u) {
  const S v = static_cast<S>(low + u * (high - low));
  if (v >= high && high > low) {
    const S top = static_cast<S>(high);
    return top < high ? top : std::nextafter(top, -std::numeric_limits<S>::infinity());
  }
  return v < low ? std::nextafter(v, std::numeric_limits<S>::infinity()) : v;
}

template <class S>
void fill_normal(Tensor& t, std::uint64_t key, std::uint64_t position) {
  fill_pairs<S>(t, key, position, [](Pair bits) {  // Box and Muller 1958
    const double radius = std::sqrt(-2 * std::log(1 - unit(bits.first)));
    const double angle = 2 * std::numbers::pi * unit(bits.second);
    return std::pair{static_cast<S>(radius * std::cos(angle)), static_cast<S>(radius * std::sin(angle))};
  });
}

template <class S>
void fill_uniform(Tensor& t, std::uint64_t key, std::uint64_t position, double low, double high) {
  fill_pairs<S>(t, key, position, [=](Pair bits) {
    return std::pair{between<S>(low, high, unit(bits.first)), between<S>(low, high, unit(bits.second))};
  });
}

// What draws the values, now or, in an abstract pass, when they are read.
template <class Draw>
Tensor drawn(const Shape& shape, DType dtype, const Draw& draw) {
  const ShapeRef dims = make_shape(shape);
  return is_put_off(dims) ? make_abstract(dims, dtype, draw) : draw();
}

Tensor finish(Tensor t, const TensorOptions& options) { return options.requires_grad ? t.set_requires_grad(true) : t; }

}  // namespace

Generator::Generator(const Generator& other) {
  const auto lock = lock_generators();
  key_ = other.key_;
  position_ = other.position_;
}
Generator& Generator::operator=(const Generator& other) {
  const auto lock = lock_generators();
  key_ = other.key_;
  position_ = other.position_;
  return *this;
}

std::uint64_t Generator::key() const {
  const auto lock = lock_generators();
  return key_;
}
std::uint64_t Generator::position() const {
  const auto lock = lock_generators();
  return position_;
}

std::uint64_t Generator::next() {
  const Draw from = take(key_, position_, 1);
  return block(from.key, from.position).first;
}

Generator Generator::split() { return Generator(next()); }

Tensor Generator::normal(const Shape& shape, DType dtype) {
  expect_floating("randn", dtype);
  Tensor t = borrowed(make_tensor(make_shape(shape), dtype));
  const Draw from = take(key_, position_, blocks_for_pairs(t));
  dtype == DType::float32 ? fill_normal<float>(t, from.key, from.position)
                          : fill_normal<double>(t, from.key, from.position);
  return t;
}

Tensor Generator::uniform(const Shape& shape, double low, double high, DType dtype) {
  expect_floating("uniform", dtype);
  expect(low <= high && std::isfinite(high - low), "uniform: got low {} and high {}; expected finite low <= high", low,
         high);
  Tensor t = borrowed(make_tensor(make_shape(shape), dtype));
  const Draw from = take(key_, position_, blocks_for_pairs(t));
  dtype == DType::float32 ? fill_uniform<float>(t, from.key, from.position, low, high)
                          : fill_uniform<double>(t, from.key, from.position, low, high);
  return t;
}

Tensor Generator::integers(std::int64_t low, std::int64_t high, const Shape& shape) {
  expect(low < high, "randint: got low {} and high {}; expected low < high", low, high);
  Tensor t = borrowed(make_tensor(make_shape(shape), DType::int64));
  auto* to = raw_out<std::int64_t>(t);
  const Draw from = take(key_, position_, static_cast<std::uint64_t>(t.size()));
  const std::uint64_t start = static_cast<std::uint64_t>(low), range = static_cast<std::uint64_t>(high) - start;
  parallel_for(
      t.size(),
      [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
          to[i] =
              static_cast<std::int64_t>(start + below(from.key, from.position + static_cast<std::uint64_t>(i), range));
      },
      block_grain);
  return t;
}

Tensor Generator::permutation(std::int64_t n) {
  expect(n >= 0, "permutation: got n = {}; expected 0 or more", n);
  Tensor t = borrowed(make_tensor(make_shape({n}), DType::int64));
  auto* to = raw_out<std::int64_t>(t);
  std::iota(to, to + n, std::int64_t{0});
  Draw from = take(key_, position_, static_cast<std::uint64_t>(std::max<std::int64_t>(n - 1, 0)));
  for (std::int64_t i = n - 1; i > 0; --i)  // Fisher and Yates
    std::swap(to[i], to[below(from.key, from.position++, static_cast<std::uint64_t>(i) + 1)]);
  return t;
}

Generator& default_generator() {
  static Generator generator([] {
    std::random_device entropy;
    return std::uint64_t{entropy()} << 32 | entropy();
  }());
  return generator;
}

void seed(std::uint64_t value) { default_generator() = Generator(value); }

Tensor randn(const Shape& shape, const TensorOptions& options) {
  return finish(drawn(shape, options.dtype, [=] { return default_generator().normal(shape, options.dtype); }), options);
}
Tensor uniform(const Shape& shape, double low, double high, const TensorOptions& options) {
  const auto draw = [=] { return default_generator().uniform(shape, low, high, options.dtype); };
  return finish(drawn(shape, options.dtype, draw), options);
}
Tensor randint(Scalar low, Scalar high, const Shape& shape) {
  const std::int64_t first = whole("randint", "low", low), end = whole("randint", "high", high);
  return drawn(shape, DType::int64, [=] { return default_generator().integers(first, end, shape); });
}
Tensor permutation(std::int64_t n) {
  const auto draw = [n] { return default_generator().permutation(n); };
  return n < 0 ? draw() : drawn({n}, DType::int64, draw);
}

}  // namespace frost
