#include "kernels/reduce.hpp"

#include "kernels/level.hpp"

namespace frost::kernels {

const ReduceTable& reduce_table() { return at_level(FROST_TABLES(reduce_)); }

namespace {

template <class In, class Out, class Join>
void fold(const In* x, Out* y, ReduceShape shape, Out start, Join join) {
  for (std::int64_t o = 0; o < shape.outer; ++o) {
    Out* const result = y + o * shape.inner;
    for (std::int64_t j = 0; j < shape.inner; ++j) result[j] = start;
    for (std::int64_t k = 0; k < shape.n; ++k, x += shape.inner) {
      for (std::int64_t j = 0; j < shape.inner; ++j) result[j] = join(result[j], static_cast<Out>(x[j]));
    }
  }
}

// Integers wrap around, which is defined for unsigned ones only.
std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
std::int64_t wrapping_multiply(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

void sum_int64(const std::int64_t* x, std::int64_t* y, ReduceShape shape) {
  fold(x, y, shape, std::int64_t{0}, wrapping_add);
}

void sum_of_squares_int64(const std::int64_t* x, std::int64_t* y, ReduceShape shape) {
  fold(x, y, shape, std::int64_t{0},
       [](std::int64_t a, std::int64_t b) { return wrapping_add(a, wrapping_multiply(b, b)); });
}

void prod_int64(const std::int64_t* x, std::int64_t* y, ReduceShape shape) {
  fold(x, y, shape, std::int64_t{1}, wrapping_multiply);
}

void max_int64(const std::int64_t* x, std::int64_t* y, ReduceShape shape) {
  fold(x, y, shape, INT64_MIN, [](std::int64_t a, std::int64_t b) { return a > b ? a : b; });
}

void min_int64(const std::int64_t* x, std::int64_t* y, ReduceShape shape) {
  fold(x, y, shape, INT64_MAX, [](std::int64_t a, std::int64_t b) { return a < b ? a : b; });
}

/// For each column the first k whose element is better than all before it, or NaN.
template <class S, class Better>
void first_best(const S* x, std::int64_t* y, ReduceShape shape, Better better) {
  constexpr std::int64_t width = 64;
  for (std::int64_t o = 0; o < shape.outer; ++o) {
    const S* const rows = x + o * shape.n * shape.inner;
    for (std::int64_t j = 0; j < shape.inner; j += width) {
      const std::int64_t columns = shape.inner - j < width ? shape.inner - j : width;
      S best[width];
      std::int64_t* const place = y + o * shape.inner + j;
      for (std::int64_t i = 0; i < columns; ++i) {
        best[i] = rows[j + i];
        place[i] = 0;
      }
      for (std::int64_t k = 1; k < shape.n; ++k) {
        for (std::int64_t i = 0; i < columns; ++i) {
          const S value = rows[k * shape.inner + j + i];
          if (better(value, best[i]) || (value != value && best[i] == best[i])) {
            best[i] = value;
            place[i] = k;
          }
        }
      }
    }
  }
}

}  // namespace

const ReduceLoops<std::int64_t> reduce_int64{sum_int64, sum_of_squares_int64, prod_int64, max_int64, min_int64};

void sum_bool(const std::uint8_t* x, std::int64_t* y, ReduceShape shape) {
  fold(x, y, shape, std::int64_t{0}, [](std::int64_t a, std::int64_t b) { return a + (b != 0 ? 1 : 0); });
}

void max_bool(const std::uint8_t* x, std::uint8_t* y, ReduceShape shape) {
  fold(x, y, shape, std::uint8_t{0}, [](std::uint8_t a, std::uint8_t b) -> std::uint8_t { return a || b; });
}

void min_bool(const std::uint8_t* x, std::uint8_t* y, ReduceShape shape) {
  fold(x, y, shape, std::uint8_t{1}, [](std::uint8_t a, std::uint8_t b) -> std::uint8_t { return a && b; });
}

template <class S>
void argmax(const S* x, std::int64_t* y, ReduceShape shape) {
  first_best(x, y, shape, [](S a, S b) { return a > b; });
}

template <class S>
void argmin(const S* x, std::int64_t* y, ReduceShape shape) {
  first_best(x, y, shape, [](S a, S b) { return a < b; });
}

template void argmax<float>(const float*, std::int64_t*, ReduceShape);
template void argmax<double>(const double*, std::int64_t*, ReduceShape);
template void argmax<std::int64_t>(const std::int64_t*, std::int64_t*, ReduceShape);
template void argmax<std::uint8_t>(const std::uint8_t*, std::int64_t*, ReduceShape);
template void argmin<float>(const float*, std::int64_t*, ReduceShape);
template void argmin<double>(const double*, std::int64_t*, ReduceShape);
template void argmin<std::int64_t>(const std::int64_t*, std::int64_t*, ReduceShape);
template void argmin<std::uint8_t>(const std::uint8_t*, std::int64_t*, ReduceShape);

}  // namespace frost::kernels
