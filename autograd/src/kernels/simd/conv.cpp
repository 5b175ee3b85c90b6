#include "kernels/conv.hpp"
#include "kernels/simd/unit.hpp"

// Sums stay in registers: of some pixels and one or two vectors of filters forward, of some channels and filters for
// the kernel's gradient. Their order does not depend on how pixels and channels are grouped.
namespace frost::kernels {

namespace {

template <class S, int pixels, int vectors>
void sum_windows(const DirectConv<S>& c, const S* x, const S* kernel, const S* bias, S* y) {
  using V = Vector<S>;
  V sums[pixels][vectors];
  for (int v = 0; v < vectors; ++v) {
    const V start = bias ? V::load(bias + v * V::size) : V(0.0);
    for (int p = 0; p < pixels; ++p) sums[p][v] = start;
  }
  for (std::int64_t ky = 0; ky < c.kernel_h; ++ky)
    for (std::int64_t kx = 0; kx < c.kernel_w; ++kx) {
      const S* const from = x + ky * c.step_h + kx * c.step_w;
      for (std::int64_t channel = 0; channel < c.channels; ++channel) {
        V weights[vectors];
        for (int v = 0; v < vectors; ++v) weights[v] = V::load(kernel + v * V::size);
        for (int p = 0; p < pixels; ++p) {
          const V value = typename V::Batch(from[p * c.stride_w + channel]);
          for (int v = 0; v < vectors; ++v) sums[p][v] = fma(value, weights[v], sums[p][v]);
        }
        kernel += vectors * V::size;
      }
    }
  for (int p = 0; p < pixels; ++p)
    for (int v = 0; v < vectors; ++v) sums[p][v].store(y + p * c.pixel + v * V::size);
}

template <class S, int vectors>
void sum_image(const DirectConv<S>& c, const S* x, const S* kernel, const S* bias, S* y) {
  constexpr int many = Vector<S>::size * static_cast<int>(sizeof(S)) == 64 ? 8 : 6;  // of 32 or 16 registers
  for (std::int64_t oy = 0; oy < c.out_h; ++oy) {
    const S* from = x + oy * c.stride_h;
    S* to = y + oy * c.out_w * c.pixel;
    std::int64_t left = c.out_w;
    const auto sum = [&]<int pixels>(std::integral_constant<int, pixels>) {
      for (; left >= pixels; left -= pixels, from += pixels * c.stride_w, to += pixels * c.pixel)
        sum_windows<S, pixels, vectors>(c, from, kernel, bias, to);
    };
    sum(std::integral_constant<int, many>());
    sum(std::integral_constant<int, 4>());
    sum(std::integral_constant<int, 1>());
  }
}

// Calls body(first filter, one or two vectors) for each block.
template <class S, class Body>
void each_block(std::int64_t filters, const Body& body) {
  constexpr std::int64_t lanes = Vector<S>::size;
  std::int64_t filter = 0;
  for (; filter + 2 * lanes <= filters; filter += 2 * lanes) body(filter, std::integral_constant<int, 2>());
  if (filter < filters) body(filter, std::integral_constant<int, 1>());
}

template <class S>
void forward(const DirectConv<S>& c, const S* x, const S* kernel, const S* bias, S* y) {
  each_block<S>(c.filters, [&]<int vectors>(std::int64_t filter, std::integral_constant<int, vectors>) {
    sum_image<S, vectors>(c, x, kernel + filter * c.kernel_h * c.kernel_w * c.channels, bias ? bias + filter : nullptr,
                          y + filter);
  });
}

template <class S, int channels, int vectors>
void sum_products(const DirectConv<S>& c, const S* x, const S* g, S* dkernel) {
  using V = Vector<S>;
  V sums[channels][vectors];
  for (int i = 0; i < channels; ++i)
    for (int v = 0; v < vectors; ++v) sums[i][v] = V::load(dkernel + (i * vectors + v) * V::size);
  for (std::int64_t oy = 0; oy < c.out_h; ++oy, x += c.stride_h) {
    const S* from = x;
    for (std::int64_t ox = 0; ox < c.out_w; ++ox, from += c.stride_w, g += c.pixel) {
      V gradients[vectors];
      for (int v = 0; v < vectors; ++v) gradients[v] = V::load(g + v * V::size);
      for (int i = 0; i < channels; ++i) {
        const V value = typename V::Batch(from[i]);
        for (int v = 0; v < vectors; ++v) sums[i][v] = fma(value, gradients[v], sums[i][v]);
      }
    }
  }
  for (int i = 0; i < channels; ++i)
    for (int v = 0; v < vectors; ++v) sums[i][v].store(dkernel + (i * vectors + v) * V::size);
}

template <class S>
void kernel_gradient(const DirectConv<S>& c, const S* x, const S* g, std::int64_t ky, std::int64_t kx, S* dkernel) {
  constexpr int many = Vector<S>::size * static_cast<int>(sizeof(S)) == 64 ? 8 : 6;
  x += ky * c.step_h + kx * c.step_w;
  each_block<S>(c.filters, [&]<int vectors>(std::int64_t filter, std::integral_constant<int, vectors>) {
    constexpr std::int64_t width = vectors * Vector<S>::size;
    S* to = dkernel + (filter * c.kernel_h * c.kernel_w + (ky * c.kernel_w + kx) * width) * c.channels;
    const S* from = x;
    std::int64_t left = c.channels;
    const auto sum = [&]<int channels>(std::integral_constant<int, channels>) {
      for (; left >= channels; left -= channels, from += channels, to += channels * width)
        sum_products<S, channels, vectors>(c, from, g + filter, to);
    };
    sum(std::integral_constant<int, many>());
    sum(std::integral_constant<int, 4>());
    sum(std::integral_constant<int, 1>());
  });
}

}  // namespace

const ConvTable FROST_TABLE(conv_){{Vector<float>::size, forward<float>, kernel_gradient<float>},
                                   {Vector<double>::size, forward<double>, kernel_gradient<double>}};

}  // namespace frost::kernels
