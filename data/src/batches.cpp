#include <frost/data/batches.hpp>

#include "expect.hpp"

#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

#include <algorithm>

namespace frost {

using data::expect;

std::int64_t data::expect_rows(const char* what, const Tensor& x, const Tensor& y) {
  expect(x.present() && y.present(), "{}: {} is absent", what, x.present() ? "y" : "x");
  expect<ShapeError>(x.rank() > 0 && y.rank() > 0, "{}: got a scalar; expected rows; shapes of x and y: {} and {}",
                     what, to_string(x.shape()), to_string(y.shape()));
  const std::int64_t rows = x.shape()[0];
  expect<ShapeError>(rows == y.shape()[0],
                     "{}: x and y have different numbers of rows; got {} and {}; shapes: {} and {}", what, rows,
                     y.shape()[0], to_string(x.shape()), to_string(y.shape()));
  expect<ShapeError>(rows > 0, "{}: there are no rows; got x of shape {}; expected one at least", what,
                     to_string(x.shape()));
  return rows;
}

Batches::Batches(const Tensor& x, const Tensor& y, const BatchOptions& options) : x_(x), y_(y), options_(options) {
  data::expect_rows("batches", x, y);
  expect(options.batch_size >= 1, "batches: batch_size is out of range; got {}; expected 1 at least",
         options.batch_size);
  if (options.shuffle) generator_ = options.seed ? Generator(*options.seed) : default_generator().split();
}

std::int64_t Batches::size() const {
  const std::int64_t rows = x_.shape()[0], batch = options_.batch_size;
  return options_.drop_last ? rows / batch : (rows - 1) / batch + 1;
}

Batches::Iterator Batches::begin() const {
  const std::int64_t rows = x_.shape()[0];
  return {this, 0, options_.shuffle ? generator_.permutation(rows) : Tensor()};
}

Batch Batches::Iterator::operator*() const {
  expect(batches_ != nullptr, "batches: the iterator is absent; expected one of begin()");
  const Tensor& x = batches_->x_;
  const Tensor& y = batches_->y_;
  const std::int64_t start = index_ * batches_->options_.batch_size;
  const std::int64_t stop = std::min(start + batches_->options_.batch_size, x.shape()[0]);
  if (!order_.present()) return {x.slice(0, start, stop), y.slice(0, start, stop)};
  const Tensor rows = order_.slice(0, start, stop);
  return {gather_rows(x, rows), gather_rows(y, rows)};
}

Batches batches(const Tensor& x, const Tensor& y, const BatchOptions& options) { return {x, y, options}; }

Tensor gather_rows(const Tensor& x, const Tensor& rows) { return take(x, rows, 0); }

}  // namespace frost
