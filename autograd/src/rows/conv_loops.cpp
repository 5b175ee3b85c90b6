#include "conv.hpp"
#include "conv_direct.hpp"
#include "gemm.hpp"

#include <algorithm>
#include <cstring>

// The kernels of convolutions.
//
// Note [Tiles of windows]
// The windows of some output positions are laid out as rows of a matrix, few enough of them for a cache, and multiplied
// with the kernel at once. A tile may end anywhere, also within an image's row. The gradient of x goes the same way
// back: a product gives the rows, which are added to where they came from. A window of one element on every element
// needs no layout; where a group has one channel and one filter, loops over the channels are all there is.
namespace frost::detail {

namespace {

constexpr std::int64_t tile_bytes = 256 * 1024;

bool is_product(const ConvPlan& p) {
  const auto plain = [](const WindowAxis& a) {
    return a.kernel == 1 && a.stride == 1 && a.front == 0 && a.in == a.out;
  };
  return p.groups == 1 && plain(p.h) && plain(p.w);
}
bool is_depthwise(const ConvPlan& p) { return p.groups > 1 && p.group_channels() == 1 && p.group_filters() == 1; }

std::int64_t window_size(const ConvPlan& p) { return p.h.kernel * p.w.kernel * p.group_channels(); }

// An output position.
struct Position {
  std::int64_t n, oy, ox;

  Position(const ConvPlan& p, std::int64_t at)
      : n(at / (p.h.out * p.w.out)), oy(at / p.w.out % p.h.out), ox(at % p.w.out) {}
  void advance(const ConvPlan& p) {
    if (++ox < p.w.out) return;
    ox = 0;
    if (++oy < p.h.out) return;
    oy = 0;
    ++n;
  }
};

// Calls inside(ky, first kx, end kx, offset of the first in x) for each row of the window, with what of it is in x.
template <class Body>
void each_window_row(const ConvPlan& p, const Position& at, const Body& body) {
  const std::int64_t top = at.oy * p.h.stride - p.h.front, left = at.ox * p.w.stride - p.w.front, step = p.w.dilation;
  const std::int64_t first = left < 0 ? std::min((-left + step - 1) / step, p.w.kernel) : 0;
  const std::int64_t room = p.w.in - left;
  const std::int64_t end = room <= 0 ? 0 : std::min(p.w.kernel, (room + step - 1) / step);
  for (std::int64_t ky = 0; ky < p.h.kernel; ++ky) {
    const std::int64_t y = top + ky * p.h.dilation;
    const bool inside = y >= 0 && y < p.h.in && first < end;
    body(ky, inside ? first : 0, inside ? end : 0,
         inside ? ((at.n * p.h.in + y) * p.w.in + left + first * step) * p.channels : 0);
  }
}

// Rows of windows from x, whose channels begin at the group's.
template <class S>
void gather(const ConvPlan& p, const S* x, std::int64_t begin, std::int64_t end, S* rows) {
  const std::int64_t c = p.group_channels(), line = p.w.kernel * c, step = p.w.dilation * p.channels;
  const bool together = step == c;
  Position at(p, begin);
  for (std::int64_t r = begin; r < end; ++r, at.advance(p))
    each_window_row(p, at, [&](std::int64_t, std::int64_t first, std::int64_t last, std::int64_t offset) {
      std::fill_n(rows, first * c, S(0));
      if (together)
        std::copy_n(x + offset, (last - first) * c, rows + first * c);
      else
        for (std::int64_t k = first; k < last; ++k) std::copy_n(x + offset + (k - first) * step, c, rows + k * c);
      std::fill_n(rows + last * c, line - last * c, S(0));
      rows += line;
    });
}

// Adds rows of windows to where gather reads them.
template <class S>
void scatter(const ConvPlan& p, const S* rows, std::int64_t begin, std::int64_t end, S* x) {
  const std::int64_t c = p.group_channels(), line = p.w.kernel * c, step = p.w.dilation * p.channels;
  const bool together = step == c;
  const auto add = [](const S* from, std::int64_t n, S* to) {
    for (std::int64_t i = 0; i < n; ++i) to[i] += from[i];
  };
  Position at(p, begin);
  for (std::int64_t r = begin; r < end; ++r, at.advance(p))
    each_window_row(p, at, [&](std::int64_t, std::int64_t first, std::int64_t last, std::int64_t offset) {
      if (together)
        add(rows + first * c, (last - first) * c, x + offset);
      else
        for (std::int64_t k = first; k < last; ++k) add(rows + k * c, c, x + offset + (k - first) * step);
      rows += line;
    });
}

// Memory for a tile, and body(begin, end, tile) for all output positions.
template <class S, class Body>
void each_tile(const ConvPlan& p, const Body& body) {
  const std::int64_t size = std::max<std::int64_t>(window_size(p), 1), all = p.positions();
  const std::int64_t rows = std::clamp<std::int64_t>(tile_bytes / (size * static_cast<std::int64_t>(sizeof(S))), 16,
                                                     std::max<std::int64_t>(all, 16));
  Tensor memory = make_tensor(make_shape({std::min(rows, std::max<std::int64_t>(all, 1)) * size}),
                              sizeof(S) == sizeof(float) ? DType::float32 : DType::float64);
  for (std::int64_t begin = 0; begin < all; begin += rows) body(begin, std::min(begin + rows, all), raw_out<S>(memory));
}

// Calls body(element of x, element of the kernel, element of y), each the first of all channels.
template <class Body>
void each_depthwise(const ConvPlan& p, const Body& body) {
  if (p.positions() == 0) return;
  Position at(p, 0);
  for (std::int64_t r = 0; r < p.positions(); ++r, at.advance(p))
    each_window_row(p, at, [&](std::int64_t ky, std::int64_t first, std::int64_t last, std::int64_t offset) {
      for (std::int64_t k = first; k < last; ++k)
        body(offset + (k - first) * p.w.dilation * p.channels, (ky * p.w.kernel + k) * p.channels, r * p.channels);
    });
}

// to_i += a_i·b_i
template <class S>
void add_products(std::int64_t n, const S* a, const S* b, S* to) {
  for (std::int64_t i = 0; i < n; ++i) to[i] += a[i] * b[i];
}

}  // namespace

template <class S>
void conv_forward(const ConvPlan& p, const S* x, const S* kernel, const S* bias, S* y) {
  const std::int64_t f = p.filters;
  if (!is_product(p) && is_direct<S>(p)) return direct_forward(p, x, kernel, bias, y);
  if (bias)
    for (std::int64_t r = 0; r < p.positions(); ++r) std::copy_n(bias, f, y + r * f);
  if (is_product(p))  // [N·H·W,F] = [N·H·W,C] @ [C,F]
    return gemm(p.positions(), f, p.channels, {x, p.channels}, {kernel, f}, y, f, bias ? S(1) : S(0));
  if (is_depthwise(p)) {
    if (!bias) std::fill_n(y, p.positions() * f, S(0));
    return each_depthwise(p, [&](std::int64_t at_x, std::int64_t at_k, std::int64_t at_y) {
      add_products(p.channels, x + at_x, kernel + at_k, y + at_y);
    });
  }
  const std::int64_t k = window_size(p), gf = p.group_filters();
  each_tile<S>(p, [&](std::int64_t begin, std::int64_t end, S* rows) {
    for (std::int64_t group = 0; group < p.groups; ++group) {
      gather(p, x + group * p.group_channels(), begin, end, rows);
      // [R,F] = [R,KH·KW·C] @ [KH·KW·C,F]
      gemm(end - begin, gf, k, {rows, k}, {kernel + group * gf, f}, y + begin * f + group * gf, f, bias ? S(1) : S(0));
    }
  });
}

template <class S>
void conv_input_gradient(const ConvPlan& p, const S* g, const S* kernel, S* dx) {
  const std::int64_t f = p.filters;
  if (is_product(p))  // [N·H·W,C] = [N·H·W,F] @ [C,F]ᵀ
    return gemm(p.positions(), p.channels, f, {g, f}, {kernel, f, true}, dx, p.channels);
  if (p.h.stride == 1 && p.w.stride == 1 && is_direct<S>(backward_plan(p)))
    return direct_input_gradient(p, g, kernel, dx);
  std::fill_n(dx, p.batch * p.h.in * p.w.in * p.channels, S(0));
  if (is_depthwise(p))
    return each_depthwise(p, [&](std::int64_t at_x, std::int64_t at_k, std::int64_t at_y) {
      add_products(p.channels, g + at_y, kernel + at_k, dx + at_x);
    });
  const std::int64_t k = window_size(p), gf = p.group_filters();
  each_tile<S>(p, [&](std::int64_t begin, std::int64_t end, S* rows) {
    for (std::int64_t group = 0; group < p.groups; ++group) {
      // [R,KH·KW·C] = [R,F] @ [KH·KW·C,F]ᵀ
      gemm(end - begin, k, gf, {g + begin * f + group * gf, f}, {kernel + group * gf, f, true}, rows, k);
      scatter(p, rows, begin, end, dx + group * p.group_channels());
    }
  });
}

template <class S>
void conv_kernel_gradient(const ConvPlan& p, const S* x, const S* g, S* dkernel) {
  const std::int64_t f = p.filters;
  if (is_product(p))  // [C,F] = [N·H·W,C]ᵀ @ [N·H·W,F]
    return gemm(p.channels, f, p.positions(), {x, p.channels, true}, {g, f}, dkernel, f);
  if (is_direct<S>(p)) return direct_kernel_gradient(p, x, g, dkernel);
  const std::int64_t k = window_size(p), gf = p.group_filters();
  std::fill_n(dkernel, k * f, S(0));
  if (is_depthwise(p))
    return each_depthwise(p, [&](std::int64_t at_x, std::int64_t at_k, std::int64_t at_y) {
      add_products(p.channels, x + at_x, g + at_y, dkernel + at_k);
    });
  each_tile<S>(p, [&](std::int64_t begin, std::int64_t end, S* rows) {
    for (std::int64_t group = 0; group < p.groups; ++group) {
      gather(p, x + group * p.group_channels(), begin, end, rows);
      // [KH·KW·C,F] += [R,KH·KW·C]ᵀ @ [R,F]
      gemm(k, gf, end - begin, {rows, k, true}, {g + begin * f + group * gf, f}, dkernel + group * gf, f, S(1));
    }
  });
}

template void conv_forward(const ConvPlan&, const float*, const float*, const float*, float*);
template void conv_forward(const ConvPlan&, const double*, const double*, const double*, double*);
template void conv_input_gradient(const ConvPlan&, const float*, const float*, float*);
template void conv_input_gradient(const ConvPlan&, const double*, const double*, double*);
template void conv_kernel_gradient(const ConvPlan&, const float*, const float*, float*);
template void conv_kernel_gradient(const ConvPlan&, const double*, const double*, double*);

}  // namespace frost::detail
