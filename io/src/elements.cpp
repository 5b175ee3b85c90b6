#include "elements.hpp"

#include "fail.hpp"

#include <frost/autograd/make.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>

namespace frost::io {

static_assert(std::endian::native == std::endian::little, "files are little-endian");

std::size_t size_of(Element element) {
  switch (element) {
    case Element::f64:
    case Element::i64:
      return 8;
    case Element::f32:
    case Element::i32:
    case Element::u32:
      return 4;
    case Element::f16:
    case Element::bf16:
    case Element::i16:
    case Element::u16:
      return 2;
    default:
      return 1;
  }
}

DType read_as(Element element) {
  switch (element) {
    case Element::f64:
      return DType::float64;
    case Element::f32:
    case Element::f16:
    case Element::bf16:
      return DType::float32;
    case Element::boolean:
      return DType::boolean;
    default:
      return DType::int64;
  }
}

bool is_native(Element element) { return size_of(element) == frost::size_of(read_as(element)); }

bool count_bytes(Element element, const Shape& shape, std::uint64_t& bytes) {
  auto count = static_cast<std::int64_t>(size_of(element));
  bool fits = true, is_empty = false;
  for (const std::int64_t n : shape) {
    is_empty |= n == 0;
    fits &= n >= 0 && !__builtin_mul_overflow(count, n, &count);
  }
  bytes = is_empty ? 0 : static_cast<std::uint64_t>(count);
  return fits;
}

namespace {

float from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | static_cast<std::uint32_t>(mantissa) << 13);
  const float size = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                                   : std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
  return sign ? -size : size;
}
float from_bfloat(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

template <class From, class To, class Convert>
void read_widened(std::span<To> to, const ReadBytes& read, const Convert& convert) {
  constexpr std::size_t most = 65536 / sizeof(From);
  const auto block = std::make_unique<From[]>(std::min(most, std::max<std::size_t>(to.size(), 1)));
  for (std::size_t at = 0; at < to.size();) {
    const std::size_t n = std::min(most, to.size() - at);
    read(block.get(), n * sizeof(From));
    std::transform(block.get(), block.get() + n, to.begin() + static_cast<std::ptrdiff_t>(at), convert);
    at += n;
  }
}

template <class From>
void read_integers(Tensor& t, const ReadBytes& read) {
  read_widened<From>(t.mutable_data<std::int64_t>(), read, [](From x) { return static_cast<std::int64_t>(x); });
}

void read_booleans(const std::string& what, Tensor& t, const ReadBytes& read) {
  auto* bytes = reinterpret_cast<unsigned char*>(t.mutable_data<bool>().data());
  read(bytes, static_cast<std::size_t>(t.size()));
  const std::span<const unsigned char> elements(bytes, static_cast<std::size_t>(t.size()));
  const auto bad = std::find_if(elements.begin(), elements.end(), [](unsigned char b) { return b > 1; });
  if (bad != elements.end())
    throw FileError(
        fmt::format("{}: element {} is no boolean; got {}; expected 0 or 1", what, bad - elements.begin(), *bad));
}

template <class S>
void read_native(Tensor& t, const ReadBytes& read) {
  const std::span<S> to = t.mutable_data<S>();
  read(to.data(), to.size_bytes());
}

}  // namespace

Tensor read_elements(const std::string& what, Element element, const Shape& shape, const ReadBytes& read) {
  Tensor t = zeros(shape, {.dtype = read_as(element)});
  switch (element) {
    case Element::f64:
      read_native<double>(t, read);
      break;
    case Element::f32:
      read_native<float>(t, read);
      break;
    case Element::i64:
      read_native<std::int64_t>(t, read);
      break;
    case Element::f16:
      read_widened<std::uint16_t>(t.mutable_data<float>(), read, from_half);
      break;
    case Element::bf16:
      read_widened<std::uint16_t>(t.mutable_data<float>(), read, from_bfloat);
      break;
    case Element::i32:
      read_integers<std::int32_t>(t, read);
      break;
    case Element::i16:
      read_integers<std::int16_t>(t, read);
      break;
    case Element::i8:
      read_integers<std::int8_t>(t, read);
      break;
    case Element::u32:
      read_integers<std::uint32_t>(t, read);
      break;
    case Element::u16:
      read_integers<std::uint16_t>(t, read);
      break;
    case Element::u8:
      read_integers<std::uint8_t>(t, read);
      break;
    case Element::boolean:
      read_booleans(what, t, read);
  }
  return t;
}

std::span<const std::byte> bytes_of(const Tensor& t) {
  switch (t.dtype()) {
    case DType::float32:
      return std::as_bytes(t.data<float>());
    case DType::float64:
      return std::as_bytes(t.data<double>());
    case DType::int64:
      return std::as_bytes(t.data<std::int64_t>());
    case DType::boolean:
      break;
  }
  return std::as_bytes(t.data<bool>());
}

}  // namespace frost::io
