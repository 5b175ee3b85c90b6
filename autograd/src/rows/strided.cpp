#include "strided.hpp"

#include "parallel.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace frost::detail {

namespace {

constexpr std::int64_t tile = 32;

template <class T>
void copy_row(const T* from, T* to, std::int64_t n, std::int64_t step_from, std::int64_t step_to) {
  if (step_to == 1 && step_from == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
  } else if (step_to == 1 && step_from == 0) {
    std::fill_n(to, n, *from);
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i * step_to] = from[i * step_from];
  }
}

// to[i·step_to + j] = from[i + j·step_from]. Both sides are touched a whole line at a time: steps of a power of two
// would drive the lines of a tile out of the cache before they are used up.
template <class T>
void transpose_tile(const T* from, T* to, std::int64_t rows, std::int64_t columns, std::int64_t step_from,
                    std::int64_t step_to) {
  T turned[tile * (tile + 1)];
  for (std::int64_t j = 0; j < columns; ++j)
    for (std::int64_t i = 0; i < rows; ++i) turned[i * (tile + 1) + j] = from[i + j * step_from];
  for (std::int64_t i = 0; i < rows; ++i)
    std::memcpy(to + i * step_to, turned + i * (tile + 1), static_cast<std::size_t>(columns) * sizeof(T));
}

}  // namespace

template <class T>
void StridedCopy::run_typed(const T* from, T* to) const {
  Axis axes[max_axes];
  std::copy_n(axis_, axes_, axes);
  int outer = axes_;
  const Axis row = outer > 0 ? axes[--outer] : Axis{1, 1, 1};
  // A transposition: rows of one side are columns of the other. Square tiles use every cache line they load.
  Axis column{1, 0, 0};
  if (row.to == 1 && row.from != 1 && row.from != 0)
    for (int i = 0; i < outer; ++i)
      if (axes[i].from == 1) {
        column = axes[i];
        std::copy(axes + i + 1, axes + outer, axes + i);
        --outer;
        break;
      }
  const std::int64_t blocks = (column.size + tile - 1) / tile;
  std::int64_t pieces = blocks;
  for (int i = 0; i < outer; ++i) pieces *= axes[i].size;

  parallel_for(
      pieces,
      [&](std::int64_t begin, std::int64_t end) {
        std::int64_t index[max_axes], at_from = 0, at_to = 0;
        std::int64_t block = begin % blocks, rest = begin / blocks;
        for (int i = outer; i-- > 0; rest /= axes[i].size) {
          index[i] = rest % axes[i].size;
          at_from += index[i] * axes[i].from;
          at_to += index[i] * axes[i].to;
        }
        for (std::int64_t piece = begin; piece < end; ++piece) {
          const std::int64_t first = block * tile, last = std::min(first + tile, column.size);
          if (column.size == 1) {
            copy_row(from + at_from, to + at_to, row.size, row.from, row.to);
          } else {
            for (std::int64_t j = 0; j < row.size; j += tile)
              transpose_tile(from + at_from + first + j * row.from, to + at_to + first * column.to + j, last - first,
                             std::min(tile, row.size - j), row.from, column.to);
          }
          if (++block < blocks) continue;
          block = 0;
          for (int i = outer; i-- > 0;) {
            at_from += axes[i].from;
            at_to += axes[i].to;
            if (++index[i] < axes[i].size) break;
            at_from -= index[i] * axes[i].from;
            at_to -= index[i] * axes[i].to;
            index[i] = 0;
          }
        }
      },
      parallel_grain / std::min(parallel_grain, row.size * std::min(tile, column.size)) + 1);
}

void StridedCopy::run(const void* from, void* to, std::size_t bytes) const {
  if (count_ == 0) return;
  switch (bytes) {
    case 1:
      return run_typed(static_cast<const std::uint8_t*>(from), static_cast<std::uint8_t*>(to));
    case 4:
      return run_typed(static_cast<const std::uint32_t*>(from), static_cast<std::uint32_t*>(to));
    default:
      return run_typed(static_cast<const std::uint64_t*>(from), static_cast<std::uint64_t*>(to));
  }
}

void permute(const Tensor& x, const std::uint8_t* order, Tensor& y) {
  std::int64_t from[StridedCopy::max_axes], to[StridedCopy::max_axes];
  steps_of(shape_of(x), from);
  steps_of(shape_of(y), to);
  StridedCopy copy;
  for (int i = 0; i < shape_of(y).rank(); ++i) copy.axis(shape_of(y)[i], from[order[i]], to[i]);
  copy.run(impl(x)->data, impl(y)->data, size_of(y.dtype()));
}

Tensor permuted(const Tensor& x, const std::uint8_t* order) {
  std::int64_t dims[StridedCopy::max_axes];
  const int rank = shape_of(x).rank();
  for (int i = 0; i < rank; ++i) dims[i] = shape_of(x)[order[i]];
  Tensor y = make_tensor(make_shape(dims, static_cast<std::size_t>(rank)), x.dtype());
  permute(x, order, y);
  return y;
}

void broadcast(const Tensor& x, Tensor& y) {
  std::int64_t from[StridedCopy::max_axes], to[StridedCopy::max_axes];
  steps_of(shape_of(x), from);
  steps_of(shape_of(y), to);
  const int extra = shape_of(y).rank() - shape_of(x).rank();
  StridedCopy copy;
  for (int i = 0; i < shape_of(y).rank(); ++i) {
    const bool repeats = i < extra || shape_of(x)[i - extra] == 1;
    copy.axis(shape_of(y)[i], repeats ? 0 : from[i - extra], to[i]);
  }
  copy.run(impl(x)->data, impl(y)->data, size_of(y.dtype()));
}

}  // namespace frost::detail
