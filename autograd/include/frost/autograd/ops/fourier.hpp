#pragma once
#include <frost/autograd/tensor.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace frost {

// Discrete Fourier transforms along one axis, as numpy.fft. Complex numbers have an axis of size 2 behind all others,
// the real and the imaginary part, as torch.view_as_real; `axis` counts the others alone. In the formulas i² = −1, y
// and x are complex, j and k run over 0, …, n − 1, and g is a complex number too. All are linear, of gradients of any
// order. Throws: ShapeError for an axis that is out of range or has no elements, ValueError for what is not floating.

struct FftOptions {
  std::optional<std::int64_t> n = {};  // x is cut, or continued by zeros, to it; absent: the size of the axis
  std::int64_t axis = -1;
  std::string norm = "backward";  // factor 1 forward, 1/n back; "forward": the other way; "ortho": 1/√n both ways
  std::optional<bool> is_complex = {};  // absent: when the last axis has size 2 and is not the only one
};
/// y_k = Σ_j x_j·e^(−2πi·jk/n). dx_j = Σ_k g_k·e^(2πi·jk/n), of a real x its real part.
/// Shapes: x (…, n, …, 2), or (…, n, …) for real numbers; y (…, n, …, 2).
FROST_API Tensor fft(const Tensor& x, const FftOptions& options = {});
/// y_j = 1/n·Σ_k x_k·e^(2πi·jk/n), the inverse of fft. dx_k = 1/n·Σ_j g_j·e^(−2πi·jk/n). Shapes: as fft.
FROST_API Tensor ifft(const Tensor& x, const FftOptions& options = {});

struct RfftOptions {
  std::optional<std::int64_t> n = {};  // of the real numbers; absent: the size of the axis, for irfft 2·(m − 1)
  std::int64_t axis = -1;
  std::string norm = "backward";  // as for fft
};
/// y_k = Σ_j x_j·e^(−2πi·jk/n) of a real x, for k up to n/2; the others are conjugates of these. dx_j = Re Σ_k
/// g_k·e^(2πi·jk/n). Shapes: x (…, n, …); y (…, n/2 + 1, …, 2).
FROST_API Tensor rfft(const Tensor& x, const RfftOptions& options = {});
/// y_j = 1/n·Σ_k c_k·Re(x_k·e^(2πi·jk/n)), the inverse of rfft: c_k = 2, and 1 for k = 0 and k = n/2.
/// dx_k = c_k/n·Σ_j g_j·e^(−2πi·jk/n). Shapes: x (…, m, …, 2), cut or continued to m = n/2 + 1; y (…, n, …).
FROST_API Tensor irfft(const Tensor& x, const RfftOptions& options = {});

}  // namespace frost
