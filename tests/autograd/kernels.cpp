#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "../support/catch.hpp"
#include "kernels/elementwise_kernels.hpp"
#include "kernels/integer.hpp"

using namespace frost::kernels;

namespace {

using Reference = std::function<long double(long double)>;
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class Body>
void at_each_level(Body body) {
  const frost::SimdLevel before = frost::simd_level();
  for (int level = 0; level <= static_cast<int>(frost::best_simd_level()); ++level) {
    frost::set_simd_level(static_cast<frost::SimdLevel>(level));
    INFO("level " << level);
    body();
  }
  frost::set_simd_level(before);
}

template <class S>
std::vector<S> samples(double low, double high) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<S> x;
  for (int i = 0; i < 4001; ++i) x.push_back(static_cast<S>(uniform(random)));
  for (double scale = 1; scale > 1e-30; scale /= 1.7) {
    for (double sign : {-1.0, 1.0}) {
      if (sign * scale > low && sign * scale < high) x.push_back(static_cast<S>(sign * scale));
    }
  }
  for (double special : {0.0,   -0.0,  inf,    -inf, not_a_number, 1.0,  -1.0, 1e30, -1e30, 1e-310, 5e-324,
                         709.7, 745.0, -745.0, 88.5, -100.0,       22.0, 1e6,  1e8,  -2.5,  2.5,    3.5}) {
    x.push_back(static_cast<S>(special));
  }
  return x;
}

/// Equal as NaN, infinity or zero with its sign, or within the relative error (or the absolute one).
template <class S>
bool close(S got, long double want, double relative, double absolute) {
  const S rounded = static_cast<S>(want);
  if (std::isnan(rounded)) return std::isnan(got);
  if (std::isinf(rounded) || std::isinf(got)) return got == rounded;
  if (rounded == 0 && got == 0) return true;
  return std::abs(got - want) <= relative * std::abs(want) + absolute;
}

template <class S, class F>
void check_values(const F& f, const Reference& reference, double low, double high, double absolute) {
  const double relative = sizeof(S) == 4 ? 2e-6 : 1e-12;
  const auto x = samples<S>(low, high);
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<S> y(x.size());
  const auto& loops = unary_kernels<F>().template of<S>();
  loops.forward(&f, x.data(), y.data(), n);
  const double floor = std::max(absolute, static_cast<double>(std::numeric_limits<S>::min()) * 1e-6);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double want = reference(x[i]);
    INFO(F::name << " of " << static_cast<double>(x[i]) << " in " << 8 * sizeof(S) << " bits");
    INFO("got " << static_cast<double>(y[i]) << ", expected " << static_cast<double>(want));
    if (!close(y[i], want, relative, floor)) CHECK(false);
  }
  // Every offset and a part of a vector give the same bits.
  for (std::int64_t start : {1, 3, 4000}) {
    std::vector<S> part(x.size());
    loops.forward(&f, x.data() + start, part.data(), n - start);
    const auto bytes = static_cast<std::size_t>(n - start) * sizeof(S);
    INFO(F::name << " from element " << start);
    CHECK(std::memcmp(part.data(), y.data() + start, bytes) == 0);
  }
}

/// The gradient against central differences of the reference, in long double.
template <class F>
void check_gradient(const F& f, const Reference& reference, double low, double high) {
  std::mt19937_64 random(9);
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<double> x(257), y(257), g(257), dx(257);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = uniform(random);
    g[i] = uniform(random) + 0.5;
  }
  const auto& loops = unary_kernels<F>().f64;
  loops.forward(&f, x.data(), y.data(), 257);
  loops.backward(&f, (F::reads & reads_x) ? x.data() : nullptr, (F::reads & reads_y) ? y.data() : nullptr, g.data(),
                 dx.data(), 257);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double h = 1e-6L;
    const long double want = g[i] * (reference(x[i] + h) - reference(x[i] - h)) / (2 * h);
    INFO(F::name << "' at " << x[i] << ": got " << dx[i] << ", expected " << static_cast<double>(want));
    CHECK(close(dx[i], want, 1e-7, 1e-8));
  }
}

template <class F>
void check(const Reference& reference, double low, double high, F f = {}, double absolute = 0.0) {
  at_each_level([&] {
    check_values<double>(f, reference, low, high, absolute > 0 ? absolute : 1e-15);
    check_values<float>(f, reference, low, high, absolute > 0 ? 1e7 * absolute : 1e-15);
    const double margin = 0.01 * std::min(high - low, 20.0);
    const double near_low = std::max(low, -4.0) + margin;
    const double near_high = std::min(high, 4.0) - margin;
    if (near_low < near_high) check_gradient(f, reference, near_low, near_high);
  });
}

long double softplus_of(long double x) { return (x > 0 ? x : 0) + std::log1p(std::exp(-std::abs(x))); }
long double sigmoid_of(long double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

TEST_CASE("exponentials and logarithms agree with long double", "[kernels]") {
  check<Exp>([](long double x) { return std::exp(x); }, -740, 720);
  check<Expm1>([](long double x) { return std::expm1(x); }, -50, 720);
  check<Log>([](long double x) { return std::log(x); }, 0, 1e6);
  check<Log1p>([](long double x) { return std::log1p(x); }, -1, 10);
  check<Log2>([](long double x) { return std::log2(x); }, 0, 100);
  check<Sqrt>([](long double x) { return std::sqrt(x); }, 0, 100);
  check<Rsqrt>([](long double x) { return 1 / std::sqrt(x); }, 0.01, 100);
  check<Square>([](long double x) { return x * x; }, -10, 10);
  check<Reciprocal>([](long double x) { return 1 / x; }, 0.1, 10);
}

TEST_CASE("trigonometric and hyperbolic functions agree with long double", "[kernels]") {
  check<Sin>([](long double x) { return std::sin(x); }, -1e6, 1e6);
  check<Cos>([](long double x) { return std::cos(x); }, -1e6, 1e6);
  check<Tan>([](long double x) { return std::tan(x); }, -1.4, 1.4);
  check<Tan>([](long double x) { return std::tan(x); }, 1e4, 1e6);
  check<Asin>([](long double x) { return std::asin(x); }, -1, 1);
  check<Acos>([](long double x) { return std::acos(x); }, -1, 1);
  check<Atan>([](long double x) { return std::atan(x); }, -100, 100);
  check<Sinh>([](long double x) { return std::sinh(x); }, -711, 711);
  check<Cosh>([](long double x) { return std::cosh(x); }, -711, 711);
  check<Tanh>([](long double x) { return std::tanh(x); }, -20, 20);
  check<Asinh>([](long double x) { return std::asinh(x); }, -1e4, 1e4);
  check<Acosh>([](long double x) { return std::acosh(x); }, 1, 1e4);
  check<Atanh>([](long double x) { return std::atanh(x); }, -1, 1);
}

TEST_CASE("sign, rounding and absolute value agree with cmath", "[kernels]") {
  const Reference zero_slope_sign = [](long double x) { return x > 0 ? 1 : x < 0 ? -1 : x; };
  check<Negative>([](long double x) { return -x; }, -10, 10);
  at_each_level([&] {
    check_values<double>(
        Abs{}, [](long double x) { return std::abs(x); }, -10, 10, 0);
    check_values<double>(Sign{}, zero_slope_sign, -10, 10, 0);
    check_values<float>(Sign{}, zero_slope_sign, -10, 10, 0);
    check_values<double>(
        Floor{}, [](long double x) { return std::floor(x); }, -10, 10, 0);
    check_values<float>(
        Floor{}, [](long double x) { return std::floor(x); }, -10, 10, 0);
    check_values<double>(
        Ceil{}, [](long double x) { return std::ceil(x); }, -10, 10, 0);
    check_values<float>(
        Ceil{}, [](long double x) { return std::ceil(x); }, -10, 10, 0);
    check_values<double>(
        Round{}, [](long double x) { return std::nearbyint(x); }, -1e6, 1e6, 0);
    check_values<float>(
        Round{}, [](long double x) { return std::nearbyint(x); }, -10, 10, 0);
  });
}

TEST_CASE("special functions agree with long double", "[kernels]") {
  check<Erf>([](long double x) { return std::erf(x); }, -7, 7);
  check<Lgamma>([](long double x) { return std::lgamma(x); }, 0.05, 1e4);
  check<Lgamma>([](long double x) { return std::lgamma(x); }, -0.99, -0.01);
  at_each_level([&] {
    // Values from Abramowitz and Stegun, and closed forms.
    const auto value = [](auto f, double x) {
      double y = 0;
      unary_kernels<decltype(f)>().f64.forward(&f, &x, &y, 1);
      return y;
    };
    const double euler = 0.57721566490153286;
    const double pi = 3.14159265358979324;
    const double zeta_3 = 1.2020569031595943;
    CHECK(value(Digamma{}, 1.0) == Approx(-euler).epsilon(1e-13));
    CHECK(value(Digamma{}, 0.5) == Approx(-euler - 2 * std::log(2.0)).epsilon(1e-13));
    CHECK(value(Digamma{}, -0.5) == Approx(2 - euler - 2 * std::log(2.0)).epsilon(1e-12));
    CHECK(value(Digamma{}, -3.5) == Approx(value(Digamma{}, 4.5) + 0.0).epsilon(1e-12));
    CHECK(value(Trigamma{}, 1.0) == Approx(pi * pi / 6).epsilon(1e-13));
    CHECK(value(Trigamma{}, 0.5) == Approx(pi * pi / 2).epsilon(1e-13));
    CHECK(value(Trigamma{}, -0.5) == Approx(pi * pi / 2 + 4).epsilon(1e-12));
    CHECK(value(Polygamma{2}, 1.0) == Approx(-2 * zeta_3).epsilon(1e-13));
    CHECK(value(Polygamma{2}, 0.5) == Approx(-14 * zeta_3).epsilon(1e-13));
    CHECK(value(Polygamma{3}, 1.0) == Approx(std::pow(pi, 4) / 15).epsilon(1e-13));
    CHECK(value(Polygamma{3}, -0.5) == Approx(std::pow(pi, 4) + 96).epsilon(1e-12));
    for (double x : {-2.3, -1.7, -0.3, 0.2, 1.3, 7.7, 30.0}) {
      const double h = 1e-5;
      INFO(x);
      CHECK((value(Lgamma{}, x + h) - value(Lgamma{}, x - h)) / (2 * h) == Approx(value(Digamma{}, x)).epsilon(1e-6));
      CHECK((value(Digamma{}, x + h) - value(Digamma{}, x - h)) / (2 * h) ==
            Approx(value(Trigamma{}, x)).epsilon(1e-6));
      CHECK((value(Trigamma{}, x + h) - value(Trigamma{}, x - h)) / (2 * h) ==
            Approx(value(Polygamma{2}, x)).epsilon(1e-6));
    }
  });
}

TEST_CASE("activations agree with long double", "[kernels]") {
  const Reference silu = [](long double x) { return x < -1e4L ? -0.0L : x * sigmoid_of(x); };
  const Reference mish = [](long double x) { return x < -1e4L ? -0.0L : x * std::tanh(softplus_of(x)); };
  const Reference gelu = [](long double x) { return x < -1e3L ? -0.0L : 0.5L * x * std::erfc(-x / std::sqrt(2.0L)); };
  const Reference gelu_tanh = [](long double x) {
    if (std::abs(x) > 1e4L) return x > 0 ? x : -0.0L;
    const long double u = std::sqrt(2 / 3.14159265358979323846L) * (x + 0.044715L * x * x * x);
    return 0.5L * x * (1 + std::tanh(u));
  };
  const Reference softsign = [](long double x) {
    return std::isinf(x) ? (x > 0 ? 1.0L : -1.0L) : x / (1 + std::abs(x));
  };
  check<Sigmoid>(sigmoid_of, -100, 100);
  check<Softplus>(softplus_of, -100, 100);
  check<LogSigmoid>([](long double x) { return -softplus_of(-x); }, -100, 100);
  check<Softsign>(softsign, -100, 100);
  check<Silu>(silu, -100, 100);
  check<Mish>(mish, -100, 100);
  check<Gelu>(gelu, -30, 30, Gelu{false}, 1e-15);
  check<Gelu>(gelu_tanh, -5, 5, Gelu{true}, 1e-14);
  check<Relu>([](long double x) { return x <= 0 ? 0 : x; }, 0.1, 100);
  check<Relu6>([](long double x) { return x <= 0 ? 0 : x >= 6 ? 6 : x; }, 0.1, 100);
  check<LeakyRelu>([](long double x) { return x > 0 ? x : 0.3L * x; }, -5, -0.1, LeakyRelu{0.3});
  check<Elu>([](long double x) { return x > 0 ? x : 0.7L * std::expm1(x); }, -50, -0.1, Elu{0.7});
  check<Selu>([](long double x) { return x > 0 ? Selu::scale * x : Selu::scale_alpha * std::expm1(x); }, -50, -0.1,
              Selu{});
  check<HardSigmoid>([](long double x) { return std::isnan(x) ? x : std::fmin(std::fmax(x / 6 + 0.5L, 0), 1); }, -2.9,
                     2.9, HardSigmoid{}, 1e-14);
  check<Clip>([](long double x) { return x < -0.5L ? -0.5L : x > 2 ? 2 : x; }, -0.4, 1.9, Clip{-0.5, 2.0});
}

TEST_CASE("gradients at kinks follow the conventions", "[kernels]") {
  const auto slope = [](auto f, double x) {
    double y = 0;
    double dx = 0;
    const double g = 1.0;
    const auto& loops = unary_kernels<decltype(f)>().f64;
    loops.forward(&f, &x, &y, 1);
    loops.backward(&f, &x, &y, &g, &dx, 1);
    return dx;
  };
  at_each_level([&] {
    CHECK(slope(Abs{}, 0.0) == 0.0);
    CHECK(slope(Relu{}, 0.0) == 0.0);
    CHECK(slope(Relu6{}, 6.0) == 0.0);
    CHECK(slope(LeakyRelu{0.3}, 0.0) == 0.3);
    CHECK(slope(Elu{0.7}, 0.0) == Approx(0.7).epsilon(1e-15));
    CHECK(slope(Selu{}, 0.0) == Selu::scale_alpha);
    CHECK(slope(HardSigmoid{}, 3.0) == 0.0);
    CHECK(slope(HardSigmoid{}, -3.0) == 0.0);
    CHECK(slope(Clip{-1.0, 2.0}, 2.0) == 1.0);
    CHECK(slope(Clip{-1.0, 2.0}, -1.0) == 1.0);
    CHECK(slope(Clip{-1.0, 2.0}, 2.1) == 0.0);
    for (double x : {-inf, -1e300, -800.0}) {
      CHECK(slope(Silu{}, x) == 0.0);
      CHECK(slope(Mish{}, x) == 0.0);
      CHECK(slope(Gelu{}, x) == 0.0);
      CHECK(slope(Gelu{true}, x) == 0.0);
      CHECK(slope(Silu{}, -x) == 1.0);
      CHECK(slope(Mish{}, -x) == 1.0);
      CHECK(slope(Gelu{}, -x) == 1.0);
      CHECK(slope(Gelu{true}, -x) == 1.0);
      CHECK(slope(Erf{}, x) == 0.0);
    }
    CHECK(slope(Asinh{}, 1e200) == Approx(1e-200));
  });
}

TEST_CASE("binary operations agree with cmath in all operand modes", "[kernels]") {
  const auto run = [](auto f, auto reference, const std::vector<double>& a, const std::vector<double>& b) {
    using F = decltype(f);
    const auto& loops = binary_kernels<F>().f64;
    const auto n = static_cast<std::int64_t>(a.size());
    std::vector<double> y(a.size());
    for (std::size_t mode = 0; mode < 3; ++mode) {
      loops.forward[mode](&f, a.data(), b.data(), y.data(), n);
      for (std::size_t i = 0; i < a.size(); ++i) {
        const double p = mode == 2 ? a[0] : a[i];
        const double q = mode == 1 ? b[0] : b[i];
        INFO(F::name << " of " << p << " and " << q << ": got " << y[i] << ", expected " << reference(p, q));
        CHECK(close(y[i], reference(p, q), 1e-15, 0.0));
      }
    }
  };
  std::vector<double> a;
  std::vector<double> b;
  const std::vector<double> values{-2.0, 3.0,   0.0,    -0.0, 1.0,  0.5,          2.0,
                                   -1.0, 1e200, 1e-200, inf,  -inf, not_a_number, -3.5};
  for (double p : values) {
    for (double q : values) {
      a.push_back(p);
      b.push_back(q);
    }
  }
  at_each_level([&] {
    run(
        Add{}, [](double p, double q) { return p + q; }, a, b);
    run(
        Subtract{}, [](double p, double q) { return p - q; }, a, b);
    run(
        Multiply{}, [](double p, double q) { return p * q; }, a, b);
    run(
        Divide{}, [](double p, double q) { return p / q; }, a, b);
    run(
        Power{}, [](double p, double q) { return std::pow(p, q); }, a, b);
    run(
        Atan2{}, [](double p, double q) { return std::atan2(p, q); }, a, b);
    run(
        Maximum{}, [](double p, double q) { return p != p || q != q ? not_a_number
                                                   : p > q          ? p
                                                                    : q; }, a, b);
    run(
        Minimum{}, [](double p, double q) { return p != p || q != q ? not_a_number
                                                   : p < q          ? p
                                                                    : q; }, a, b);
  });
}

TEST_CASE("gradients of binary operations are right at their edges", "[kernels]") {
  const auto slopes = [](auto f, double a, double b) {
    const auto& loops = binary_kernels<decltype(f)>().f64;
    const double g = 1.0;
    double y = 0;
    std::pair<double, double> d;
    loops.forward[0](&f, &a, &b, &y, 1);
    loops.da[0](&f, &a, &b, &y, &g, &d.first, 1);
    loops.db[0](&f, &a, &b, &y, &g, &d.second, 1);
    return d;
  };
  using Pair = std::pair<double, double>;
  at_each_level([&] {
    CHECK(slopes(Maximum{}, 2, 2) == Pair(0.5, 0.5));
    CHECK(slopes(Maximum{}, 3, 2) == Pair(1, 0));
    CHECK(slopes(Minimum{}, 2, 2) == Pair(0.5, 0.5));
    CHECK(slopes(Minimum{}, 3, 2) == Pair(0, 1));
    CHECK(slopes(Power{}, 0, 2) == Pair(0, 0));
    CHECK(slopes(Power{}, 0, 1) == Pair(1, 0));
    CHECK(slopes(Power{}, 0, 0) == Pair(0, 0));
    CHECK(slopes(Power{}, -2, 3).first == 12.0);
    CHECK(slopes(Power{}, 2, 0).first == 0.0);
    CHECK(slopes(Power{}, 2, 3).second == Approx(8 * std::log(2.0)));
    CHECK(slopes(Divide{}, 3, 2) == Pair(0.5, -0.75));
    CHECK(slopes(Atan2{}, 1, 2).first == Approx(0.4));
    CHECK(slopes(Atan2{}, 1, 2).second == Approx(-0.2));
    CHECK(slopes(Atan2{}, 1e200, 1e200).first == Approx(0.5e-200));
    CHECK(slopes(Atan2{}, 1e-200, 1e-200).first == Approx(0.5e200));
  });
}

TEST_CASE("comparisons, selection, casts and integers", "[kernels]") {
  const double a[] = {1, 2, 3, not_a_number};
  const double b[] = {2, 2, 2, 2};
  std::uint8_t y[4];
  compare(Comparison::less, Operands::vector_vector, a, b, y, 4);
  CHECK((y[0] == 1 && y[1] == 0 && y[2] == 0 && y[3] == 0));
  compare(Comparison::not_equal, Operands::vector_scalar, a, b, y, 4);
  CHECK((y[0] == 1 && y[1] == 0 && y[2] == 1 && y[3] == 1));
  double chosen[4];
  select(Operands::vector_scalar, y, a, b, chosen, 4);
  CHECK((chosen[0] == 1 && chosen[1] == 2 && chosen[2] == 3));
  const double x[] = {-1.9, 1.9, 0x1p62, -0x1p63};
  std::int64_t whole[4];
  cast(x, whole, 4);
  CHECK((whole[0] == -1 && whole[1] == 1 && whole[2] == INT64_MAX / 2 + 1 && whole[3] == INT64_MIN));
  const std::int64_t zero = 0, least = INT64_MIN;
  integer_binary(IntegerBinary::subtract, Operands::vector_vector, &zero, &least, whole, 1);
  CHECK(whole[0] == INT64_MIN);
}
