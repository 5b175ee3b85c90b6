#pragma once
#include "elementwise.hpp"
#include "kernels/norm.hpp"

#include <algorithm>

// What norms over the last axis' columns or rows share.
namespace frost::detail {

struct NormAttrs {
  double epsilon = 1e-3;

  NormAttrs(const char* op, double e) : epsilon(e) { expect(e > 0, "{}: got epsilon {}; expected more than 0", op, e); }
};

/// x as rows of its last axis.
struct NormSizes {
  std::int64_t rows = 1, channels;
  explicit NormSizes(const ShapeRef& x) : channels(x[x.rank() - 1]) {
    for (int i = 0; i + 1 < x.rank(); ++i) rows *= x[i];
  }
};

/// Throws unless x is floating with a last axis and the others, by these names, are absent or have x's dtype and one
/// element a channel.
inline void norm_shape(const char* op, const Inputs& x, std::initializer_list<const char*> names, Specs& y) {
  expect(x[0].present(), "{}: the tensor is absent", op);
  expect_floating(op, x[0]);
  const ShapeRef& shape = shape_of(x[0]);
  expect<ShapeError>(shape.rank() >= 1, "{}: got a scalar; expected a last axis, of channels", op);
  for (int i = 1; i < x.size(); ++i) {
    if (!x[i].present()) continue;
    const char* name = names.begin()[i - 1];
    expect(x[i].dtype() == x[0].dtype(), "{}: the dtypes of x and {} differ; got {} and {}", op, name,
           name_of(x[0].dtype()), name_of(x[i].dtype()));
    const ShapeRef& got = shape_of(x[i]);
    expect<ShapeError>(got.rank() == 1 && got[0] == shape[shape.rank() - 1],
                       "{}: {} has the wrong shape; got {}; expected ({},) for x of shape {}", op, name, text(got),
                       shape[shape.rank() - 1], text(shape));
  }
  y[0] = {shape, x[0].dtype()};
}

template <class S>
const S* raw_or_null(const Tensor& t) {
  return t.present() ? raw<S>(t) : nullptr;
}

/// The rows in pieces that depend on the sizes alone, each of blocks that fit a cache: results do not depend on the
/// number of threads, and sums stay accurate.
struct NormPieces {
  std::int64_t rows_per_block, rows_per_piece, count;

  explicit NormPieces(const NormSizes& s) {
    const std::int64_t channels = std::max<std::int64_t>(s.channels, 1);
    rows_per_block = std::clamp<std::int64_t>(16384 / channels, 64, 256);
    const std::int64_t pieces = std::clamp<std::int64_t>(s.rows * channels / parallel_grain, 1, 32);
    const std::int64_t blocks = (s.rows + rows_per_block - 1) / rows_per_block;
    rows_per_piece = std::max<std::int64_t>((blocks + pieces - 1) / pieces, 1) * rows_per_block;
    count = std::max<std::int64_t>((s.rows + rows_per_piece - 1) / rows_per_piece, 1);
  }

  /// Calls body(piece, first row, end row).
  template <class Body>
  void each(const NormSizes& s, const Body& body) const {
    const std::int64_t threads = count > 1 ? loop_threads() : 1;
    const std::int64_t size = rows_per_piece;
    each_of(count, threads, [&](std::int64_t p) { body(p, p * size, std::min((p + 1) * size, s.rows)); });
  }
};

/// Memory for the length of a call: n numbers, not written.
template <class S>
Tensor scratch(std::int64_t n) {
  return make_tensor(make_shape(&n, 1), dtype_of<S>::value);
}

/// Each column's Σ g and Σ g·(what the loop makes of x).
struct ColumnSums {
  Tensor memory;
  const double* g;
  const double* gx;
};

/// loop(first row, rows, sum_g, sum_gx) sums a block. Without x it writes no sum_gx.
template <class S, class Loop>
ColumnSums column_sums(const NormSizes& s, bool has_x, const Loop& loop) {
  const NormPieces pieces(s);
  const std::int64_t n = s.channels, width = has_x ? 2 * n : n;
  Tensor parts = scratch<double>(width * pieces.count), blocks = scratch<S>(width * pieces.count);
  double* const totals = raw_out<double>(parts);
  std::fill_n(totals, width * pieces.count, 0.);
  pieces.each(s, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
    double* const total = totals + width * piece;
    S* const block = raw_out<S>(blocks) + width * piece;
    for (std::int64_t row = begin; row < end; row += pieces.rows_per_block) {
      loop(row, std::min(pieces.rows_per_block, end - row), block, block + n);
      for (std::int64_t j = 0; j < width; ++j) total[j] += static_cast<double>(block[j]);
    }
  });
  for (std::int64_t p = 1; p < pieces.count; ++p)
    for (std::int64_t j = 0; j < width; ++j) totals[j] += totals[width * p + j];
  return {parts, totals, totals + n};
}

/// Calls body(first row, rows) for pieces of all rows.
template <class Body>
void each_rows(const NormSizes& s, const Body& body) {
  parallel_for(
      s.rows, [&](std::int64_t begin, std::int64_t end) { body(begin, end - begin); },
      parallel_grain / std::max<std::int64_t>(s.channels, 1) + 1);
}

/// A tensor of one element a channel.
template <class S, class F>
Tensor make_channels(const NormSizes& s, DType dtype, const F& value) {
  Tensor t = make_tensor(make_shape(&s.channels, 1), dtype);
  S* to = raw_out<S>(t);
  for (std::int64_t j = 0; j < s.channels; ++j) to[j] = static_cast<S>(value(j));
  return t;
}

}  // namespace frost::detail
