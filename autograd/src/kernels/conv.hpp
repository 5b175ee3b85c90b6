#pragma once

#include "kernels/tables.hpp"

#include <cstdint>
#include <type_traits>

namespace frost::kernels {

/// A convolution of one image, whose margins are there, with some filters: y_{oy,ox} = Σ x_{window + (ky, kx)}·kernel.
/// All distances are in elements. The kernel lies in blocks of 2·lanes filters, the last of lanes where they are odd:
/// [block][ky][kx][channel][filter of the block].
template <class S>
struct DirectConv {
  std::int64_t channels = 0, filters = 0;  ///< filters: a multiple of lanes
  std::int64_t kernel_h = 0, kernel_w = 0;
  std::int64_t out_h = 0, out_w = 0;
  std::int64_t stride_h = 0, stride_w = 0;  ///< in x, from a window to the next
  std::int64_t step_h = 0, step_w = 0;      ///< in x, from a window's element to the next
  std::int64_t pixel = 0;                   ///< in y, from a pixel to the next; rows follow one another
};

template <class S>
struct ConvLoops {
  std::int64_t lanes;
  /// y = bias + the convolution; bias may be null.
  void (*forward)(const DirectConv<S>&, const S* x, const S* kernel, const S* bias, S* y);
  /// Adds what x was under each g, g lying as y, to the part (ky, kx) of dkernel, which lies as the kernel.
  void (*kernel_gradient)(const DirectConv<S>&, const S* x, const S* g, std::int64_t ky, std::int64_t kx, S* dkernel);
};

struct ConvTable {
  ConvLoops<float> f32;
  ConvLoops<double> f64;
};

extern const ConvTable FROST_TABLES(conv_);

const ConvTable& conv_table();

/// The active level's loops.
template <class S>
const ConvLoops<S>& conv_loops() {
  if constexpr (std::is_same_v<S, float>)
    return conv_table().f32;
  else
    return conv_table().f64;
}

}  // namespace frost::kernels
