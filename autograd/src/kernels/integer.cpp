#include "kernels/integer.hpp"

namespace frost::kernels {
namespace {

/// Calls out(i, a, b) for n elements of two operands.
template <class S, class Out>
void zip(Operands operands, const S* a, const S* b, std::int64_t n, Out out) {
  switch (operands) {
    case Operands::vector_vector:
      for (std::int64_t i = 0; i < n; ++i) out(i, a[i], b[i]);
      break;
    case Operands::vector_scalar:
      for (std::int64_t i = 0; i < n; ++i) out(i, a[i], *b);
      break;
    case Operands::scalar_vector:
      for (std::int64_t i = 0; i < n; ++i) out(i, *a, b[i]);
      break;
  }
}

template <class To, class From>
To convert(From x) {
  if constexpr (std::is_same_v<To, std::uint8_t>) {
    return x != From(0) ? 1 : 0;
  } else if constexpr (std::is_same_v<From, std::uint8_t>) {
    return static_cast<To>(x != 0);
  } else {
    return static_cast<To>(x);
  }
}

}  // namespace

template <class S>
void compare(Comparison comparison, Operands operands, const S* a, const S* b, std::uint8_t* y, std::int64_t n) {
  const auto run = [&](auto holds) { zip(operands, a, b, n, [=](std::int64_t i, S p, S q) { y[i] = holds(p, q); }); };
  switch (comparison) {
    case Comparison::less:
      return run([](S p, S q) { return p < q; });
    case Comparison::less_equal:
      return run([](S p, S q) { return p <= q; });
    case Comparison::greater:
      return run([](S p, S q) { return p > q; });
    case Comparison::greater_equal:
      return run([](S p, S q) { return p >= q; });
    case Comparison::equal:
      return run([](S p, S q) { return p == q; });
    case Comparison::not_equal:
      return run([](S p, S q) { return p != q; });
  }
}

template <class S>
void select(Operands operands, const std::uint8_t* condition, const S* a, const S* b, S* y, std::int64_t n) {
  zip(operands, a, b, n, [=](std::int64_t i, S p, S q) { y[i] = condition[i] ? p : q; });
}

template <class From, class To>
void cast(const From* x, To* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = convert<To>(x[i]);
}

void integer_binary(IntegerBinary operation, Operands operands, const std::int64_t* a, const std::int64_t* b,
                    std::int64_t* y, std::int64_t n) {
  using U = std::uint64_t;
  const auto run = [&](auto f) {
    zip(operands, a, b, n,
        [=](std::int64_t i, std::int64_t p, std::int64_t q) { y[i] = static_cast<std::int64_t>(f(p, q)); });
  };
  switch (operation) {
    case IntegerBinary::add:
      return run([](std::int64_t p, std::int64_t q) { return U(p) + U(q); });
    case IntegerBinary::subtract:
      return run([](std::int64_t p, std::int64_t q) { return U(p) - U(q); });
    case IntegerBinary::multiply:
      return run([](std::int64_t p, std::int64_t q) { return U(p) * U(q); });
    case IntegerBinary::maximum:
      return run([](std::int64_t p, std::int64_t q) { return p > q ? p : q; });
    case IntegerBinary::minimum:
      return run([](std::int64_t p, std::int64_t q) { return p < q ? p : q; });
  }
}

template void compare<float>(Comparison, Operands, const float*, const float*, std::uint8_t*, std::int64_t);
template void compare<double>(Comparison, Operands, const double*, const double*, std::uint8_t*, std::int64_t);
template void compare<std::int64_t>(Comparison, Operands, const std::int64_t*, const std::int64_t*, std::uint8_t*,
                                    std::int64_t);
template void compare<std::uint8_t>(Comparison, Operands, const std::uint8_t*, const std::uint8_t*, std::uint8_t*,
                                    std::int64_t);
template void select<float>(Operands, const std::uint8_t*, const float*, const float*, float*, std::int64_t);
template void select<double>(Operands, const std::uint8_t*, const double*, const double*, double*, std::int64_t);
template void select<std::int64_t>(Operands, const std::uint8_t*, const std::int64_t*, const std::int64_t*,
                                   std::int64_t*, std::int64_t);
template void select<std::uint8_t>(Operands, const std::uint8_t*, const std::uint8_t*, const std::uint8_t*,
                                   std::uint8_t*, std::int64_t);
template void cast<float, float>(const float*, float*, std::int64_t);
template void cast<float, double>(const float*, double*, std::int64_t);
template void cast<float, std::int64_t>(const float*, std::int64_t*, std::int64_t);
template void cast<float, std::uint8_t>(const float*, std::uint8_t*, std::int64_t);
template void cast<double, float>(const double*, float*, std::int64_t);
template void cast<double, double>(const double*, double*, std::int64_t);
template void cast<double, std::int64_t>(const double*, std::int64_t*, std::int64_t);
template void cast<double, std::uint8_t>(const double*, std::uint8_t*, std::int64_t);
template void cast<std::int64_t, float>(const std::int64_t*, float*, std::int64_t);
template void cast<std::int64_t, double>(const std::int64_t*, double*, std::int64_t);
template void cast<std::int64_t, std::int64_t>(const std::int64_t*, std::int64_t*, std::int64_t);
template void cast<std::int64_t, std::uint8_t>(const std::int64_t*, std::uint8_t*, std::int64_t);
template void cast<std::uint8_t, float>(const std::uint8_t*, float*, std::int64_t);
template void cast<std::uint8_t, double>(const std::uint8_t*, double*, std::int64_t);
template void cast<std::uint8_t, std::int64_t>(const std::uint8_t*, std::int64_t*, std::int64_t);
template void cast<std::uint8_t, std::uint8_t>(const std::uint8_t*, std::uint8_t*, std::int64_t);

}  // namespace frost::kernels
