#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "../support/catch.hpp"
#include "kernels/level.hpp"
#include "kernels/lstm_gates.hpp"
#include "kernels/reduce.hpp"
#include "kernels/softmax.hpp"

#include "../../optim/src/kernels/optimizer.hpp"

using namespace frost::kernels;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

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
std::vector<S> normal(std::size_t n, unsigned seed, double scale = 1.0) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> distribution(0.0, scale);
  std::vector<S> x(n);
  for (S& element : x) element = static_cast<S>(distribution(random));
  return x;
}

template <class S>
double tolerance() {
  return sizeof(S) == 4 ? 2e-6 : 1e-13;
}

template <class S>
void check_close(const std::vector<S>& got, const std::vector<long double>& want, double relative) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("element " << i << ": got " << double(got[i]) << ", expected " << double(want[i]));
    if (std::isnan(want[i]))
      CHECK(std::isnan(got[i]));
    else
      CHECK(std::abs(got[i] - want[i]) <= relative * (1 + std::abs(want[i])));
  }
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

TEMPLATE_TEST_CASE("reductions agree with long double in all shapes", "[kernels]", float, double) {
  using S = TestType;
  at_each_level([&] {
    for (const ReduceShape shape : {ReduceShape{1, 1000, 1},
                                    {3, 17, 1},
                                    {2, 300, 5},
                                    {1, 4, 1000},
                                    {5, 1, 3},
                                    {2, 129, 131},
                                    {4, 0, 3},
                                    {1, 7, 1}}) {
      INFO(shape.outer << " " << shape.n << " " << shape.inner);
      const auto x =
          normal<S>(static_cast<std::size_t>(shape.outer * shape.n * shape.inner), 3, shape.n > 100 ? 0.9 : 1);
      const auto size = static_cast<std::size_t>(shape.outer * shape.inner);
      std::vector<long double> sum(size, 0), squares(size, 0), prod(size, 1), max(size, -inf), min(size, inf);
      for (std::int64_t o = 0, i = 0; o < shape.outer; ++o) {
        for (std::int64_t k = 0; k < shape.n; ++k) {
          for (std::int64_t j = 0; j < shape.inner; ++j, ++i) {
            const auto place = static_cast<std::size_t>(o * shape.inner + j);
            const long double value = x[static_cast<std::size_t>(i)];
            sum[place] += value;
            squares[place] += value * value;
            prod[place] *= value;
            max[place] = std::max(max[place], value);
            min[place] = std::min(min[place], value);
          }
        }
      }
      std::vector<S> y(size);
      const auto& loops = reduce<S>();
      loops.sum(x.data(), y.data(), shape);
      check_close(y, sum, 5 * tolerance<S>());
      loops.sum_of_squares(x.data(), y.data(), shape);
      check_close(y, squares, tolerance<S>());
      loops.prod(x.data(), y.data(), shape);
      check_close(y, prod, 5 * tolerance<S>());
      if (shape.n == 0) continue;
      loops.max(x.data(), y.data(), shape);
      check_close(y, max, 0);
      loops.min(x.data(), y.data(), shape);
      check_close(y, min, 0);
    }
  });
}

TEST_CASE("a float sum of a million values is accurate", "[kernels]") {
  std::vector<float> x(1000003, 0.1f);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += static_cast<float>(i % 7) * 0.01f;
  long double want = 0;
  for (float value : x) want += value;
  at_each_level([&] {
    for (const ReduceShape shape : {ReduceShape{1, 1000003, 1}, {1, 1000002 / 2, 2}}) {
      float y[2] = {};
      reduce<float>().sum(x.data(), y, shape);
      const long double exact = shape.inner == 1 ? want : want - x.back();
      CHECK(std::abs((y[0] + static_cast<long double>(y[1])) / exact - 1) < 5e-7);
    }
  });
}

TEST_CASE("reductions propagate NaN and infinities", "[kernels]") {
  at_each_level([&] {
    for (std::size_t place : {0U, 40U, 99U}) {
      auto x = normal<double>(100, 1);
      x[place] = std::nan("");
      double y = 0;
      std::int64_t at = -1;
      reduce<double>().max(x.data(), &y, {1, 100, 1});
      CHECK(std::isnan(y));
      reduce<double>().min(x.data(), &y, {1, 100, 1});
      CHECK(std::isnan(y));
      argmax(x.data(), &at, {1, 100, 1});
      CHECK(at == static_cast<std::int64_t>(place));
      x[place] = inf;
      reduce<double>().sum(x.data(), &y, {1, 100, 1});
      CHECK(y == inf);
    }
  });
  const float ties[] = {1, 3, 3, 0, 0};
  std::int64_t at = -1;
  argmax(ties, &at, {1, 5, 1});
  CHECK(at == 1);
  argmin(ties, &at, {1, 5, 1});
  CHECK(at == 3);
}

TEMPLATE_TEST_CASE("softmax and cross-entropy agree with long double", "[kernels]", float, double) {
  using S = TestType;
  at_each_level([&] {
    for (const std::int64_t n : {1, 3, 10, 16, 37, 130}) {
      const std::int64_t rows = 4;
      const auto size = static_cast<std::size_t>(rows * n);
      INFO("rows of " << n);
      const auto x = normal<S>(size, 5, 30.0);
      const auto g = normal<S>(size, 6);
      auto t = normal<S>(size, 7);
      for (S& value : t) value = std::abs(value);
      std::vector<std::int64_t> labels;
      for (std::int64_t row = 0; row < rows; ++row) labels.push_back((row * 7) % n);
      std::vector<long double> soft(size), logs(size), dsoft(size), dlogs(size), lse(rows), loss(rows), sparse(rows);
      std::vector<long double> dx(size), dsparse(size);
      for (std::int64_t row = 0; row < rows; ++row) {
        const auto start = static_cast<std::size_t>(row * n);
        const auto r = static_cast<std::size_t>(row);
        const auto count = static_cast<std::size_t>(n);
        long double sum = 0, total = 0, dot = 0, sum_g = 0;
        const long double largest = *std::max_element(x.begin() + row * n, x.begin() + (row + 1) * n);
        for (std::size_t j = start; j < start + count; ++j) sum += std::exp(x[j] - largest);
        lse[r] = largest + std::log(sum);
        for (std::size_t j = start; j < start + count; ++j) {
          logs[j] = x[j] - lse[r];
          soft[j] = std::exp(logs[j]);
          dot += soft[j] * g[j];
          sum_g += g[j];
          total += t[j];
          loss[r] += t[j] * -logs[j];
        }
        const auto label = start + static_cast<std::size_t>(labels[r]);
        sparse[r] = -logs[label];
        for (std::size_t j = start; j < start + count; ++j) {
          dsoft[j] = soft[j] * (g[j] - dot);
          dlogs[j] = g[j] - soft[j] * sum_g;
          dx[j] = (soft[j] * total - t[j]) * g[r];
          dsparse[j] = (soft[j] - (j == label ? 1 : 0)) * g[r];
        }
      }
      // exp of a difference of size 100 carries that many rounding errors.
      const double near = 20 * tolerance<S>();
      const auto& loops = softmax_loops<S>();
      std::vector<S> y(size), d(size), per_row(rows), log_sums(rows);
      loops.softmax(x.data(), y.data(), rows, n);
      check_close(y, soft, near);
      loops.softmax_backward(y.data(), g.data(), d.data(), rows, n);
      check_close(d, dsoft, near);
      loops.log_softmax(x.data(), y.data(), rows, n);
      check_close(y, logs, near);
      loops.log_softmax_backward(y.data(), g.data(), d.data(), rows, n);
      check_close(d, dlogs, 5 * near);
      loops.logsumexp(x.data(), log_sums.data(), rows, n);
      check_close(log_sums, lse, near);
      loops.cross_entropy(x.data(), t.data(), per_row.data(), log_sums.data(), rows, n);
      check_close(per_row, loss, near);
      check_close(log_sums, lse, near);
      loops.cross_entropy_backward(x.data(), t.data(), log_sums.data(), g.data(), d.data(), rows, n);
      check_close(d, dx, 5 * near);
      loops.sparse_cross_entropy(x.data(), labels.data(), per_row.data(), log_sums.data(), rows, n);
      check_close(per_row, sparse, near);
      loops.sparse_cross_entropy_backward(x.data(), labels.data(), log_sums.data(), g.data(), d.data(), rows, n);
      check_close(d, dsparse, near);
    }
    const S empty[] = {S(-inf), S(-inf), S(-inf)};
    S y = 0;
    softmax_loops<S>().logsumexp(empty, &y, 1, 3);
    CHECK(y == S(-inf));
  });
}

TEMPLATE_TEST_CASE("a step of the LSTM cell agrees with its formula", "[kernels]", float, double) {
  using S = TestType;
  const double near = sizeof(S) == 4 ? 2e-6 : 1e-14;
  at_each_level([&] {
    for (const std::int64_t units : {1, 5, 16, 32, 35}) {
      for (const bool with_state : {false, true}) {
        const std::int64_t rows = 3;
        const std::int64_t stride = 4 * units + 3;
        const auto z = normal<S>(static_cast<std::size_t>(rows * stride), 1, 3.0);
        const auto c_prev = normal<S>(static_cast<std::size_t>(rows * units), 2);
        const auto dh = normal<S>(static_cast<std::size_t>(rows * units), 3);
        auto dc = normal<S>(static_cast<std::size_t>(rows * units), 4);
        const auto dc_in = dc;
        auto gates = z;
        std::vector<S> c(c_prev.size()), h(c_prev.size()), t(c_prev.size()), dz(z.size());
        const RowsOf<const S> state = with_state ? RowsOf<const S>{c_prev.data(), units} : RowsOf<const S>{};
        lstm_gates<S>().forward(
            {rows, units, {gates.data(), stride}, state, {c.data(), units}, {t.data(), units}, {h.data(), units}});
        lstm_gates<S>().backward({rows,
                                  units,
                                  {gates.data(), stride},
                                  {c.data(), units},
                                  {t.data(), units},
                                  state,
                                  {dh.data(), units},
                                  {dc.data(), units},
                                  {dz.data(), stride}});
        for (std::int64_t row = 0; row < rows; ++row) {
          for (std::int64_t u = 0; u < units; ++u) {
            const auto k = static_cast<std::size_t>(row * units + u);
            const auto at = [&](std::int64_t b) { return static_cast<std::size_t>(row * stride + b * units + u); };
            const double i = sigmoid(z[at(0)]), f = sigmoid(z[at(1)]), g = std::tanh(double(z[at(2)])),
                         o = sigmoid(z[at(3)]);
            const double before = with_state ? double(c_prev[k]) : 0.0;
            const double cell = f * before + i * g;
            const double tanh_c = std::tanh(cell);
            const double d = dc_in[k] + dh[k] * o * (1 - tanh_c * tanh_c);
            CHECK(c[k] == Approx(cell).margin(near));
            CHECK(h[k] == Approx(o * tanh_c).margin(near));
            CHECK(dz[at(0)] == Approx(d * g * i * (1 - i)).margin(4 * near));
            CHECK(dz[at(1)] == Approx(d * before * f * (1 - f)).margin(4 * near));
            CHECK(dz[at(2)] == Approx(d * i * (1 - g * g)).margin(4 * near));
            CHECK(dz[at(3)] == Approx(dh[k] * tanh_c * o * (1 - o)).margin(4 * near));
            CHECK(dc[k] == Approx(d * f).margin(4 * near));
          }
        }
      }
    }
  });
}

TEST_CASE("optimizer steps equal their formulas", "[kernels]") {
  using namespace frost::optim;
  at_each_level([&] {
    for (const std::size_t n : {1U, 3U, 8U, 29U}) {
      const auto g = normal<double>(n, 2);
      const auto start = normal<double>(n, 1);
      const auto count = static_cast<std::int64_t>(n);
      for (const bool nesterov : {false, true}) {
        const MomentumUpdate update{.learning_rate = 0.1, .momentum = 0.9, .nesterov = nesterov};
        auto w = start;
        auto v = normal<double>(n, 3);
        const auto v_before = v;
        run(update, Elements<double>{w.data(), g.data(), {v.data()}, count, 0.01, 0.5});
        for (std::size_t i = 0; i < n; ++i) {
          const double velocity = 0.9 * v_before[i] - 0.1 * (0.5 * g[i]);
          const double decayed = start[i] - start[i] * 0.01;
          const double want = nesterov ? decayed + 0.9 * velocity - 0.1 * (0.5 * g[i]) : decayed + velocity;
          CHECK(std::abs(v[i] - velocity) <= 1e-15);
          CHECK(std::abs(w[i] - want) <= 1e-15);
        }
      }
      const AmsgradUpdate update{{.alpha = 0.01, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7}};
      auto w = start;
      auto m = normal<double>(n, 4);
      auto v = normal<double>(n, 5);
      std::vector<double> largest(n, 0.5);
      for (double& value : v) value = std::abs(value);
      const auto m_before = m;
      const auto v_before = v;
      run(update, Elements<double>{w.data(), g.data(), {m.data(), v.data(), largest.data()}, count, 0.1, 2.0});
      double squares = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const double gradient = 2 * g[i];
        const double first = m_before[i] + (gradient - m_before[i]) * (1 - 0.9);
        const double second = v_before[i] + (gradient * gradient - v_before[i]) * (1 - 0.999);
        const double top = std::max(0.5, second);
        const double want = start[i] - start[i] * 0.1 - 0.01 * first / (std::sqrt(top) + 1e-7);
        CHECK(m[i] == Approx(first).epsilon(1e-14));
        CHECK(v[i] == Approx(second).epsilon(1e-14));
        CHECK(largest[i] == Approx(top).epsilon(1e-14));
        CHECK(std::abs(w[i] - want) <= 1e-15);
        squares += g[i] * g[i];
      }
      CHECK(optimizer_table().sum_of_squares_f64(g.data(), count) == Approx(squares).epsilon(1e-14));
    }
  });
}
