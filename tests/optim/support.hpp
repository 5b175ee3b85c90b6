#pragma once
#include <frost/autograd.hpp>
#include <frost/optim.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

// What the tests of optimizers share: weights with given gradients.
namespace optim_test {

using Values = std::vector<double>;

inline frost::Tensor weight(const Values& values) {
  return frost::from_vector(values, {values.size()}).set_requires_grad(true);
}
inline Values values(const frost::Tensor& t) {
  const auto data = t.data<double>();
  return {data.begin(), data.end()};
}
inline void give(const frost::Tensor& weight, const Values& gradient) {
  weight.set_grad(frost::from_vector(gradient, {gradient.size()}));
}
/// The gradient of a test's step s for n elements: neither small nor regular.
inline Values gradient(int step, std::size_t n) {
  Values g(n);
  for (std::size_t i = 0; i < n; ++i) g[i] = std::sin(1.7 * step + 0.9 * static_cast<double>(i) + 0.3) * 2;
  return g;
}
inline double norm(const Values& g) {
  double sum = 0;
  for (const double x : g) sum += x * x;
  return std::sqrt(sum);
}
template <class S>
bool same_bits(const frost::Tensor& a, const frost::Tensor& b) {
  return a.size() == b.size() && std::memcmp(a.data<S>().data(), b.data<S>().data(), a.data<S>().size_bytes()) == 0;
}
inline double largest_difference(const Values& a, const Values& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace optim_test
