#include "axes.hpp"
#include "elementwise.hpp"
#include "families.hpp"

#include <algorithm>
#include <numeric>

// Order along an axis: one row finds it, and taking along the axis does the rest.
namespace frost {

using namespace detail;

namespace {

struct SortAttrs {
  int axis;
  bool descending;
};

// NaN is larger than every number.
template <class S>
bool is_less(S a, S b) {
  if constexpr (std::is_floating_point_v<S>) return a < b || (b != b && a == a);
  return a < b;
}

template <class S>
void order_rows(const Tensor& x, const SortAttrs& attrs, Tensor& y) {
  const kernels::ReduceShape shape = around(shape_of(x), attrs.axis);
  const S* from = raw<S>(x);
  auto* to = raw_out<std::int64_t>(y);
  parallel_for(
      shape.outer * shape.inner,
      [&](std::int64_t begin, std::int64_t end) {
        std::vector<std::int64_t> order(static_cast<std::size_t>(shape.n));
        for (std::int64_t row = begin; row < end; ++row) {
          const std::int64_t first = row / shape.inner * shape.n * shape.inner + row % shape.inner;
          const auto at = [&](std::int64_t i) { return from[first + i * shape.inner]; };
          std::iota(order.begin(), order.end(), std::int64_t{0});
          std::stable_sort(order.begin(), order.end(), [&](std::int64_t i, std::int64_t j) {
            return attrs.descending ? is_less(at(j), at(i)) : is_less(at(i), at(j));
          });
          for (std::int64_t i = 0; i < shape.n; ++i) to[first + i * shape.inner] = order[static_cast<std::size_t>(i)];
        }
      },
      parallel_grain / std::max<std::int64_t>(1, std::min(parallel_grain, shape.n)) + 1);
}

constinit const Op argsort_op{
    .name = "argsort",
    .differentiable = false,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {shape_of(x[0]), DType::int64};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch(x[0].dtype(), [&]<class S>(S) { order_rows<S>(x[0], attrs.as<SortAttrs>(), y[0]); });
        },
};

Tensor order_of(const char* op, const Tensor& x, std::int64_t axis, bool descending) {
  expect(x.present(), "{}: the tensor is absent", op);
  return apply(argsort_op, SortAttrs{normalize_axis(op, axis, shape_of(x).rank()), descending}, {&x});
}

struct SearchAttrs {
  bool right;
  std::int64_t rows;  // of which each has its own values
};

template <class S>
void search_rows(const Tensor& sorted, const Tensor& values, const SearchAttrs& attrs, Tensor& y) {
  const std::int64_t n = shape_of(sorted)[shape_of(sorted).rank() - 1];
  const std::int64_t of_a_row = attrs.rows > 0 ? shape_of(values).count() / attrs.rows : 0;
  auto* to = raw_out<std::int64_t>(y);
  parallel_for(shape_of(values).count(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const S* first = raw<S>(sorted) + i / of_a_row * n;
      const S value = raw<S>(values)[i];
      const S* place = attrs.right ? std::upper_bound(first, first + n, value, is_less<S>)
                                   : std::lower_bound(first, first + n, value, is_less<S>);
      to[i] = place - first;
    }
  });
}

constinit const Op searchsorted_op{
    .name = "searchsorted",
    .differentiable = false,
    .shape =
        [](const Inputs& x, const Attrs&, Specs& y) {
          y[0] = {shape_of(x[1]), DType::int64};
        },
    .compute =
        [](const Inputs& x, const Attrs& attrs, const Outputs& y) {
          dispatch(x[0].dtype(), [&]<class S>(S) { search_rows<S>(x[0], x[1], attrs.as<SearchAttrs>(), y[0]); });
        },
};

}  // namespace

Tensor argsort(const Tensor& x, std::int64_t axis, const SortOptions& options) {
  return order_of("argsort", x, axis, options.descending);
}

Tensor sort(const Tensor& x, std::int64_t axis, const SortOptions& options) {
  return take_along_axis(x, order_of("sort", x, axis, options.descending), axis);
}

TopK topk(const Tensor& x, std::int64_t k, std::int64_t axis, const TopKOptions& options) {
  const Tensor order = order_of("topk", x, axis, options.largest);
  const int along = normalize_axis("topk", axis, shape_of(x).rank());
  expect(k >= 0 && k <= shape_of(x)[along], "topk: got k = {} for axis {} of shape {}; expected 0 to {}", k, axis,
         text(x), shape_of(x)[along]);
  const Tensor indices = order.slice(along, 0, k);
  return {take_along_axis(x, indices, along), indices};
}

Tensor searchsorted(const Tensor& sorted, const Tensor& values, const SearchsortedOptions& options) {
  expect(sorted.present() && values.present(), "searchsorted: {} is absent", sorted.present() ? "values" : "sorted");
  expect_same_dtype("searchsorted", sorted, values);
  const Shape &rows = shape_of(sorted).dims(), &asked = shape_of(values).dims();
  expect<ShapeError>(!rows.empty(), "searchsorted: sorted is a scalar; expected a vector, or rows (…, n)");
  expect<ShapeError>(
      rows.size() == 1 || (rows.size() == asked.size() && std::equal(rows.begin(), rows.end() - 1, asked.begin())),
      "searchsorted: the rows do not fit; got sorted of shape {} and values of shape {}; expected a vector, or the "
      "same axes "
      "but for the last",
      text(sorted), text(values));
  std::int64_t count = 1;
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) count *= rows[i];
  return apply(searchsorted_op, SearchAttrs{options.right, count}, {&sorted, &values});
}

Tensor searchsorted(const Tensor& sorted, Scalar value, const SearchsortedOptions& options) {
  expect(sorted.present(), "searchsorted: sorted is absent");
  return searchsorted(sorted, scalar_like("searchsorted", value, sorted), options);
}

namespace detail {

Family sorting_rows() {
  static constexpr const Op* rows[] = {&argsort_op, &searchsorted_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
