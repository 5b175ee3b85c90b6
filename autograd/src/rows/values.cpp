#include <frost/autograd/ops/values.hpp>

#include "elementwise.hpp"
#include "journal.hpp"
#include "xt.hpp"

#include <frost/autograd/grad.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

// Questions about values as a whole: what differs from 0, which elements there are, how often, in which bins.
namespace frost {

using namespace detail;

namespace {

// The tensor as it is to be read. Throws: ValueError when it is absent or has a shape alone.
Tensor read(const char* op, const char* name, const Tensor& x) {
  expect(x.present(), "{}: {} is absent", op, name);
  expect(make_values(impl(x)), "{}: the result depends on values; a model needs one that follows from shapes", op);
  return as_seen_first(x);
}

template <class S>
bool is_nan(S value) {
  return value != value;
}

std::vector<double> doubles_of(const Tensor& x) {
  std::vector<double> values(static_cast<std::size_t>(x.size()));
  dispatch(x.dtype(), [&]<class S>(S) { std::copy_n(raw<S>(x), x.size(), values.begin()); });
  return values;
}

Tensor vector_of(std::int64_t n, DType dtype) { return make_tensor(make_shape({n}), dtype); }

// ------------------------------------------------------------------------------------------------------------- unique

template <class S>
Tensor distinct(const Tensor& x) {
  std::vector<S> numbers;
  std::copy_if(raw<S>(x), raw<S>(x) + x.size(), std::back_inserter(numbers), [](S v) { return !is_nan(v); });
  const auto found = xt::unique(as_vector(numbers));
  const auto n = static_cast<std::int64_t>(found.size());
  const bool has_nan = static_cast<std::int64_t>(numbers.size()) < x.size();
  Tensor y = vector_of(n + has_nan, x.dtype());
  std::copy(found.begin(), found.end(), raw_out<S>(y));
  if constexpr (std::is_floating_point_v<S>)
    if (has_nan) raw_out<S>(y)[n] = std::numeric_limits<S>::quiet_NaN();
  return y;
}

Tensor distinct_of(const Tensor& x) {
  Tensor y;
  dispatch(x.dtype(), [&]<class S>(S) { y = distinct<S>(x); });
  return y;
}

// ---------------------------------------------------------------------------------------------------------- histogram

Tensor sum_by_place(const std::vector<std::int64_t>& places, const Tensor& amounts, std::int64_t count) {
  Tensor sums = vector_of(count, amounts.dtype());
  dispatch(amounts.dtype(), [&]<class S>(S) {
    std::fill_n(raw_out<S>(sums), count, S(0));
    for (std::size_t i = 0; i < places.size(); ++i)
      if (places[i] >= 0) raw_out<S>(sums)[places[i]] += raw<S>(amounts)[i];
  });
  return sums;
}

// The bin of each value: that of the last edge that is not above it; −1 outside.
std::vector<std::int64_t> bins_of(const std::vector<double>& values, const std::vector<double>& edges) {
  std::vector<std::int64_t> bins(values.size(), -1);
  const auto last = static_cast<std::int64_t>(edges.size()) - 2;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] >= edges.front() && values[i] <= edges.back())
      bins[i] = std::min(std::upper_bound(edges.begin(), edges.end(), values[i]) - edges.begin() - 1, last);
  return bins;
}

DType edge_dtype(const Tensor& x) { return is_floating(x.dtype()) ? x.dtype() : DType::float64; }

Tensor linear_edges(const Tensor& x, std::int64_t bins, const std::vector<double>& range) {
  double low = 0, high = 1;
  if (!range.empty()) {
    expect(range.size() == 2 && range[0] <= range[1],
           "histogram: got a range of {} numbers{}; expected the lowest and the "
           "highest edge",
           range.size(), range.size() == 2 ? fmt::format(", {} to {}", range[0], range[1]) : "");
    low = range[0];
    high = range[1];
  } else if (x.size() > 0) {
    const std::vector<double> values = doubles_of(x);
    low = high = values[0];
    for (const double v : values) {
      low = v < low || is_nan(v) ? v : low;
      high = v > high || is_nan(v) ? v : high;
    }
  }
  expect(std::isfinite(low) && std::isfinite(high),
         "histogram: the range from {} to {} is not finite; give one by .range", low, high);
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  Tensor edges = vector_of(bins + 1, DType::float64);
  const auto even = xt::linspace<double>(low, high, static_cast<std::size_t>(bins + 1));
  std::copy(even.begin(), even.end(), raw_out<double>(edges));
  raw_out<double>(edges)[bins] = high;
  return edges.to(edge_dtype(x));
}

Histogram histogram_within(const Tensor& x, const Tensor& edges, const HistogramOptions& options) {
  const std::vector<double> bounds = doubles_of(edges);
  for (std::size_t i = 1; i < bounds.size(); ++i)
    expect(bounds[i - 1] <= bounds[i], "histogram: the edges fall; got {} behind {}", bounds[i], bounds[i - 1]);
  Tensor weights;
  if (options.weights.present()) {
    weights = read("histogram", "weights", options.weights);
    expect<ShapeError>(shape_of(weights) == shape_of(x), "histogram: the weights have shape {}; expected x's shape {}",
                       text(weights), text(x));
    if (weights.dtype() == DType::boolean) weights = weights.to(DType::int64);
  } else {
    weights = ones(x.shape(), {.dtype = DType::int64});
  }
  const auto bins = static_cast<std::int64_t>(bounds.size()) - 1;
  Tensor counts = sum_by_place(bins_of(doubles_of(x), bounds), weights, bins);
  if (options.density) {
    const Tensor wide = edges.to(DType::float64), heights = counts.to(DType::float64);
    counts = (heights / sum(heights) / (wide.slice(0, 1, bins + 1) - wide.slice(0, 0, bins))).to(edge_dtype(x));
  }
  return {counts, edges};
}

void expect_tolerance(const char* name, double tolerance) {
  expect(tolerance >= 0, "allclose: got {} {}; expected 0 or more", name, tolerance);
}

}  // namespace

Tensor nonzero(const Tensor& x) {
  const Tensor seen = read("nonzero", "the tensor", x);
  const Shape& shape = seen.shape();
  const auto rank = static_cast<std::int64_t>(shape.size());
  std::vector<std::int64_t> places;
  dispatch(seen.dtype(), [&]<class S>(S) {
    for (std::int64_t i = 0; i < seen.size(); ++i)
      if (raw<S>(seen)[i] != 0) places.push_back(i);
  });
  Tensor y = make_tensor(make_shape({static_cast<std::int64_t>(places.size()), rank}), DType::int64);
  auto* to = raw_out<std::int64_t>(y);
  for (std::int64_t place : places) {
    for (std::int64_t axis = rank; axis-- > 0;) {
      const std::int64_t size = shape[static_cast<std::size_t>(axis)];
      to[axis] = place % size;
      place /= size;
    }
    to += rank;
  }
  return y;
}

Tensor unique(const Tensor& x) { return distinct_of(read("unique", "the tensor", x)); }

UniqueAll unique_all(const Tensor& x) {
  const NoGrad guard;
  const Tensor seen = read("unique_all", "the tensor", x);
  const Tensor values = distinct_of(seen), inverse = searchsorted(values, seen);
  const std::int64_t count = values.size();
  Tensor indices = vector_of(count, DType::int64), counts = vector_of(count, DType::int64);
  auto *first = raw_out<std::int64_t>(indices), *all = raw_out<std::int64_t>(counts);
  std::fill_n(all, count, 0);
  for (std::int64_t i = 0; i < seen.size(); ++i) {
    const std::int64_t place = raw<std::int64_t>(inverse)[i];
    if (all[place]++ == 0) first[place] = i;
  }
  return {values, indices, inverse, counts};
}

Tensor bincount(const Tensor& x, const BincountOptions& options) {
  const Tensor seen = read("bincount", "the tensor", x);
  expect(!is_floating(seen.dtype()), "bincount: integers are counted; got {}; convert with to(DType::int64)",
         name_of(seen.dtype()));
  expect<ShapeError>(shape_of(seen).rank() == 1, "bincount: got shape {}; expected a vector", text(seen));
  expect(options.minlength >= 0, "bincount: got minlength {}; expected 0 or more", options.minlength);
  const Tensor places = seen.to(DType::int64);
  std::int64_t length = options.minlength;
  for (std::int64_t i = 0; i < places.size(); ++i) {
    const std::int64_t value = raw<std::int64_t>(places)[i];
    expect(value >= 0, "bincount: element {} is {}; expected 0 or more", i, value);
    length = std::max(length, value + 1);
  }
  const Tensor weights = !options.weights.present()                  ? ones(seen.shape(), {.dtype = DType::int64})
                         : options.weights.dtype() == DType::boolean ? options.weights.to(DType::int64)
                                                                     : options.weights;
  expect<ShapeError>(shape_of(weights) == shape_of(seen), "bincount: the weights have shape {}; expected x's shape {}",
                     text(weights), text(seen));
  return scatter_add(zeros({length}, {.dtype = weights.dtype()}), places, weights);
}

Histogram histogram(const Tensor& x, std::int64_t bins, const HistogramOptions& options) {
  const NoGrad guard;
  const Tensor seen = read("histogram", "the tensor", x);
  expect(bins > 0, "histogram: got {} bins; expected 1 or more", bins);
  return histogram_within(seen, linear_edges(seen, bins, options.range), options);
}

Histogram histogram(const Tensor& x, const Tensor& edges, const HistogramOptions& options) {
  const NoGrad guard;
  const Tensor seen = read("histogram", "the tensor", x), bounds = read("histogram", "edges", edges);
  expect<ShapeError>(shape_of(bounds).rank() == 1 && bounds.size() >= 2,
                     "histogram: got edges of shape {}; expected a vector of two or more", text(bounds));
  expect(options.range.empty(), "histogram: a range goes with a number of bins; got edges as well");
  return histogram_within(seen, bounds.detach(), options);
}

Histogram histogram(const Tensor& x, const std::vector<double>& edges, const HistogramOptions& options) {
  expect(x.present(), "histogram: the tensor is absent");
  return histogram(x, from_vector(edges, {edges.size()}).to(edge_dtype(x)), options);
}

bool allclose(const Tensor& x, const Tensor& y, const AllcloseOptions& options) {
  const NoGrad guard;
  expect_tolerance("rtol", options.rtol);
  expect_tolerance("atol", options.atol);
  Tensor a = read("allclose", "x", x), b = read("allclose", "y", y);
  const Shape shape = broadcast_shapes("allclose", shape_of(a), shape_of(b)).dims();
  for (Tensor* t : {&a, &b})
    if (t->shape() != shape) *t = broadcast_to(*t, shape);
  bool close = true;
  dispatch(a.dtype(), [&]<class A>(A) {
    dispatch(b.dtype(), [&]<class B>(B) {
      for (std::int64_t i = 0; close && i < a.size(); ++i) {
        const auto p = static_cast<long double>(raw<A>(a)[i]), q = static_cast<long double>(raw<B>(b)[i]);
        close = p == q || (options.equal_nan && is_nan(p) && is_nan(q)) ||
                (std::isfinite(p) && std::isfinite(q) &&
                 std::abs(p - q) <=
                     static_cast<long double>(options.atol + options.rtol * std::abs(static_cast<double>(q))));
      }
    });
  });
  return close;
}

bool allclose(const Tensor& x, Scalar y, const AllcloseOptions& options) {
  const bool is_exact = y.is_integer();
  return allclose(x, is_exact ? full({}, y, {.dtype = DType::int64}) : full({}, y, {.dtype = DType::float64}), options);
}

}  // namespace frost
