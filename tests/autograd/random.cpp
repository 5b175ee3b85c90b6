#include "support/catch.hpp"

#include "array.hpp"
#include "philox.hpp"

#include <frost/autograd.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

template <class T>
std::vector<T> values(const Tensor& t) {
  return {t.data<T>().begin(), t.data<T>().end()};
}

struct Moments {
  double mean = 0, variance = 0, skew = 0, kurtosis = 0;
};
Moments moments(std::span<const double> x) {
  Moments m;
  const auto n = static_cast<double>(x.size());
  for (double v : x) m.mean += v / n;
  for (double v : x) m.variance += (v - m.mean) * (v - m.mean) / n;
  for (double v : x) {
    const double z = (v - m.mean) / std::sqrt(m.variance);
    m.skew += z * z * z / n;
    m.kurtosis += z * z * z * z / n;
  }
  return m;
}

}  // namespace

TEST_CASE("Philox gives the published numbers") {
  using detail::PhiloxBlock;
  CHECK(detail::philox({0, 0, 0, 0}, {0, 0}) == PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(detail::philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
        PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(detail::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
  CHECK(Generator(0).next() == 0xe169c58d6627e8d5);
}

TEST_CASE("a generator is taken up again from its key and position") {
  Generator a(7);
  a.normal({5}, DType::float64);
  a.uniform({3}, 0, 1, DType::float32);
  a.integers(0, 10, {4});
  a.permutation(6);
  Generator b(a.key(), a.position());
  CHECK(a.next() == b.next());
  CHECK(values<double>(a.normal({3}, DType::float64)) == values<double>(b.normal({3}, DType::float64)));
}

TEST_CASE("consecutive draws do not overlap") {
  Generator a(3);
  std::vector<double> drawn;
  for (int i = 0; i < 50; ++i) {
    const Tensor draw = a.uniform({i % 4}, 0, 1, DType::float64);
    for (double v : draw.data<double>()) drawn.push_back(v);
  }
  std::sort(drawn.begin(), drawn.end());
  CHECK(std::adjacent_find(drawn.begin(), drawn.end()) == drawn.end());
}

TEST_CASE("split gives streams that differ from each other and from their source") {
  Generator a(1);
  Generator b = a.split(), c = a.split();
  CHECK(b.key() != c.key());
  CHECK(b.next() != c.next());
  CHECK(Generator(1).split().key() == b.key());
}

TEST_CASE("seed makes randn, uniform, randint and permutation repeat") {
  const auto draw = [] {
    return std::tuple{values<float>(randn({3})), values<float>(uniform({3})), values<std::int64_t>(randint(0, 99, {3})),
                      values<std::int64_t>(permutation(9))};
  };
  seed(42);
  const auto first = draw(), second = draw();
  seed(42);
  CHECK(draw() == first);
  CHECK(first != second);
  seed(43);
  CHECK(draw() != first);
}

TEST_CASE("randn has the moments of the normal distribution, the same values in both dtypes") {
  Generator a(5), b(5);
  const Tensor x = a.normal({400'001}, DType::float64);
  const Moments m = moments(x.data<double>());
  CHECK(std::abs(m.mean) < 0.006);
  CHECK(std::abs(m.variance - 1) < 0.01);
  CHECK(std::abs(m.skew) < 0.02);
  CHECK(std::abs(m.kurtosis - 3) < 0.04);
  const Tensor y = b.normal({400'001}, DType::float32);
  CHECK(std::equal(x.data<double>().begin(), x.data<double>().end(), y.data<float>().begin(),
                   [](double wide, float narrow) { return static_cast<float>(wide) == narrow; }));
}

TEST_CASE("uniform fills its interval and never reaches its end") {
  Generator g(5);
  const Tensor x = g.uniform({100'000}, -1, 3, DType::float64);
  const Moments m = moments(x.data<double>());
  CHECK(std::abs(m.mean - 1) < 0.02);
  CHECK(std::abs(m.variance - 16. / 12) < 0.02);

  // An interval of few floats, where nearly every value is rounded.
  const float low = 1, high = std::nextafter(std::nextafter(1.f, 2.f), 2.f);
  const Tensor narrow = g.uniform({10'000}, low, high, DType::float32);
  const auto [least, most] = std::minmax_element(narrow.data<float>().begin(), narrow.data<float>().end());
  CHECK(*least == low);
  CHECK(*most == std::nextafter(1.f, 2.f));
  for (float v : values<float>(g.uniform({2'000'000}, 0, 1, DType::float32))) {
    if (v >= 0 && v < 1) continue;
    CHECK(v < 1);
  }
  CHECK(g.uniform({2}, 3, 3).to_vector<float>()[0] == 3);
}

TEST_CASE("randint is uniform over small and over huge ranges") {
  Generator g(9);
  std::vector<int> counts(7);
  for (std::int64_t v : values<std::int64_t>(g.integers(-3, 4, {70'000}))) ++counts.at(static_cast<std::size_t>(v + 3));
  double chi = 0;
  for (int n : counts) chi += (n - 1e4) * (n - 1e4) / 1e4;
  CHECK(chi < 22.5);  // one in a thousand at six degrees of freedom

  const std::int64_t most = std::numeric_limits<std::int64_t>::max(), least = std::numeric_limits<std::int64_t>::min();
  int upper = 0;
  for (std::int64_t v : values<std::int64_t>(g.integers(least, most, {10'000}))) upper += v >= 0;
  CHECK(std::abs(upper - 5000) < 250);
  // A range of 3/4 of all numbers: without rejection its lower third would come twice as often.
  int lower = 0;
  for (std::int64_t v : values<std::int64_t>(g.integers(least, least / 2 * -1, {30'000}))) lower += v < least / 2;
  CHECK(std::abs(lower - 10'000) < 400);
  CHECK(g.integers(5, 6, {}).item<std::int64_t>() == 5);
}

TEST_CASE("permutation gives every order equally often") {
  Generator g(2);
  std::map<std::vector<std::int64_t>, int> counts;
  for (int i = 0; i < 24'000; ++i) ++counts[values<std::int64_t>(g.permutation(4))];
  REQUIRE(counts.size() == 24);
  double chi = 0;
  for (const auto& [order, n] : counts) chi += (n - 1e3) * (n - 1e3) / 1e3;
  CHECK(chi < 49.8);  // one in a thousand at 23 degrees of freedom
  CHECK(g.permutation(0).shape() == Shape{0});
}

TEST_CASE("random values do not depend on the number of threads") {
  const int threads = num_threads();
  const auto draw = [] {
    Generator g(11);
    return std::tuple{values<float>(g.normal({100'003}, DType::float32)),
                      values<double>(g.uniform({100'003}, 0, 1, DType::float64)),
                      values<std::int64_t>(g.integers(0, 1000, {100'003}))};
  };
  set_num_threads(1);
  const auto one = draw();
  set_num_threads(3);
  const auto three = draw();
  set_num_threads(threads);
  CHECK(one == three);
}

TEST_CASE("random makers honour their options and count as users' data") {
  const Tensor w = randn({2, 3}, {.dtype = DType::float64, .requires_grad = true});
  CHECK(w.requires_grad());
  CHECK(w.dtype() == DType::float64);
  CHECK(w.shape() == Shape{2, 3});
  CHECK(uniform({4}, -1, 1, {.requires_grad = true}).requires_grad());
  CHECK(randn({1}).dtype() == default_dtype());
  for (const Tensor& t : {w, randn({2}), uniform({2}), randint(0, 2, {2}), permutation(2)})
    CHECK(detail::impl(t)->buffer->borrowed);
  CHECK(uniform({2}).dtype() == DType::float32);
  CHECK(randint(0, 10, {4}).dtype() == DType::int64);
}

TEST_CASE("random makers refuse what they cannot draw, and draw nothing then") {
  seed(1);
  CHECK_THROWS_WITH(randn({2}, {.dtype = DType::int64}), Contains("randn") && Contains("int64"));
  CHECK_THROWS_WITH(uniform({2}, 1, 0), Contains("low 1") && Contains("high 0"));
  CHECK_THROWS_AS(uniform({2}, 0, std::numeric_limits<double>::infinity()), ValueError);
  CHECK_THROWS_AS(uniform({2}, 0, std::nan("")), ValueError);
  CHECK_THROWS_WITH(randint(3, 3, {2}), Contains("low 3") && Contains("high 3"));
  CHECK_THROWS_AS(permutation(-1), ValueError);
  CHECK_THROWS_AS(randn({-1}), ShapeError);
  CHECK(default_generator().position() == 0);
}
