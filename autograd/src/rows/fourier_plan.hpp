#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace frost::detail {

struct Complex {
  double re, im;
};

/// A transform of n complex numbers in O(n log n) steps for every n: mixed radix without reordering (Stockham), and for
/// large prime factors as a convolution with a chirp (Bluestein 1970).
class FourierPlan {
 public:
  explicit FourierPlan(std::int64_t n);
  /// How many numbers `run` needs beside its own.
  std::size_t scratch_size() const;
  /// x_k = Σ_j x_j·e^(−2πi·jk/n); with `back` the exponent is positive. Nothing is divided by n.
  void run(Complex* x, Complex* scratch, bool back) const;

 private:
  void by_factors(Complex* x, Complex* scratch) const;
  void by_convolution(Complex* x, Complex* scratch) const;
  void stage(std::int64_t p, std::int64_t m, std::int64_t s, const Complex* x, Complex* y) const;

  std::int64_t n_;
  std::vector<std::int64_t> factors_;
  std::vector<Complex> roots_;          // e^(−2πi·k/n); of a convolution the chirp e^(−πi·k²/n)
  std::unique_ptr<FourierPlan> inner_;  // of the convolution
  std::vector<Complex> filter_;         // the transform of the conjugate chirp
};

}  // namespace frost::detail
