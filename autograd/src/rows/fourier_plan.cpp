#include "fourier_plan.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace frost::detail {

namespace {

constexpr std::int64_t largest_radix = 31;

Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
Complex operator*(Complex a, Complex b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
Complex conj(Complex a) { return {a.re, -a.im}; }
void conjugate(Complex* x, std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k) x[k].im = -x[k].im;
}

// e^(−πi·k/n)
Complex half_root(std::int64_t k, std::int64_t n) {
  const double angle = std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
  return {std::cos(angle), -std::sin(angle)};
}

}  // namespace

FourierPlan::FourierPlan(std::int64_t n) : n_(n) {
  std::int64_t rest = n;
  for (; rest % 4 == 0; rest /= 4) factors_.push_back(4);
  for (std::int64_t p = 2; p <= largest_radix && rest > 1; ++p)
    for (; rest % p == 0; rest /= p) factors_.push_back(p);
  roots_.resize(static_cast<std::size_t>(n));
  if (rest == 1) {
    const std::int64_t quarter = n % 4 == 0 ? n / 4 : n;
    for (std::int64_t k = 0; k < n; ++k) {
      const Complex before = k < quarter ? Complex{} : roots_[static_cast<std::size_t>(k - quarter)];
      roots_[static_cast<std::size_t>(k)] = k < quarter ? half_root(2 * k, n) : Complex{before.im, -before.re};
    }
    return;
  }
  // k² modulo 2n, from (k + 1)² = k² + 2k + 1.
  for (std::int64_t k = 0, square = 0; k < n; square = (square + 2 * k + 1) % (2 * n), ++k)
    roots_[static_cast<std::size_t>(k)] = half_root(square, n);
  std::int64_t length = 1;
  while (length < 2 * n - 1) length *= 2;
  inner_ = std::make_unique<FourierPlan>(length);
  filter_.assign(static_cast<std::size_t>(length), {0, 0});
  for (std::int64_t k = 0; k < n; ++k)
    filter_[static_cast<std::size_t>(k)] = filter_[static_cast<std::size_t>((length - k) % length)] =
        conj(roots_[static_cast<std::size_t>(k)]);
  std::vector<Complex> scratch(inner_->scratch_size());
  inner_->run(filter_.data(), scratch.data(), false);
}

std::size_t FourierPlan::scratch_size() const {
  return inner_ ? filter_.size() + inner_->scratch_size() : static_cast<std::size_t>(n_);
}

void FourierPlan::run(Complex* x, Complex* scratch, bool back) const {
  if (back) conjugate(x, n_);
  if (inner_)
    by_convolution(x, scratch);
  else
    by_factors(x, scratch);
  if (back) conjugate(x, n_);
}

void FourierPlan::by_factors(Complex* x, Complex* scratch) const {
  Complex *from = x, *to = scratch;
  std::int64_t left = n_, done = 1;
  for (const std::int64_t p : factors_) {
    left /= p;
    stage(p, left, done, from, to);
    done *= p;
    std::swap(from, to);
  }
  if (from != x) std::copy_n(from, n_, x);
}

// Splits transforms of p·m numbers, of which s are interleaved, into p transforms of m numbers each.
void FourierPlan::stage(std::int64_t p, std::int64_t m, std::int64_t s, const Complex* x, Complex* y) const {
  const std::int64_t apart = s * m;
  const auto root = [&](std::int64_t k) { return roots_[static_cast<std::size_t>(k)]; };
  for (std::int64_t j = 0; j < m; ++j) {
    const Complex* from = x + s * j;
    Complex* to = y + s * p * j;
    if (p == 2) {
      const Complex w = root(j * s);
      for (std::int64_t q = 0; q < s; ++q) {
        const Complex a = from[q], b = from[q + apart];
        to[q] = a + b;
        to[q + s] = w * (a - b);
      }
    } else if (p == 4) {
      const Complex w1 = root(j * s), w2 = root(2 * j * s), w3 = root(3 * j * s);
      for (std::int64_t q = 0; q < s; ++q) {
        const Complex a = from[q], b = from[q + apart], c = from[q + 2 * apart], d = from[q + 3 * apart];
        const Complex even = a + c, odd = a - c, sum = b + d, turned = {b.im - d.im, d.re - b.re};  // −i·(b − d)
        to[q] = even + sum;
        to[q + s] = w1 * (odd + turned);
        to[q + 2 * s] = w2 * (even - sum);
        to[q + 3 * s] = w3 * (odd - turned);
      }
    } else {
      for (std::int64_t q = 0; q < s; ++q)
        for (std::int64_t k = 0; k < p; ++k) {
          Complex sum = from[q];
          for (std::int64_t r = 1, at = k; r < p; ++r, at += k) {
            if (at >= p) at -= p;
            sum = sum + from[q + r * apart] * root(at * (n_ / p));
          }
          to[q + k * s] = root(j * k * s) * sum;
        }
    }
  }
}

void FourierPlan::by_convolution(Complex* x, Complex* scratch) const {
  const auto length = static_cast<std::int64_t>(filter_.size());
  Complex *line = scratch, *rest = scratch + length;
  for (std::int64_t k = 0; k < n_; ++k) line[k] = x[k] * roots_[static_cast<std::size_t>(k)];
  std::fill(line + n_, line + length, Complex{0, 0});
  inner_->run(line, rest, false);
  for (std::int64_t k = 0; k < length; ++k) line[k] = line[k] * filter_[static_cast<std::size_t>(k)];
  inner_->run(line, rest, true);
  const double scale = 1 / static_cast<double>(length);
  for (std::int64_t k = 0; k < n_; ++k) {
    const Complex y = line[k] * roots_[static_cast<std::size_t>(k)];
    x[k] = {scale * y.re, scale * y.im};
  }
}

}  // namespace frost::detail
