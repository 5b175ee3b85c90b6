#include "fail.hpp"
#include "npy.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace frost::io {

namespace {

constexpr std::size_t magic_bytes = 6;
constexpr char magic[magic_bytes + 1] = "\x93NUMPY";
constexpr std::uint64_t longest_header = 65536;
constexpr std::size_t most_axes = 64;

// Reads the Python literal of a header, {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }: its keys in any
// order, each once, and nothing else.
class Literal {
 public:
  Literal(const std::string& what, std::string_view text, std::uint64_t start)
      : what_(what), text_(text), start_(start) {}

  NpyHeader read() {
    expect('{');
    while (!take('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr")
        once(descr_, key, [&] { return string(); });
      else if (key == "fortran_order")
        once(fortran_, key, [&] { return boolean(); });
      else if (key == "shape")
        once(shape_, key, [&] { return tuple(); });
      else
        wrong(fmt::format("the key '{}'", key), "descr, fortran_order and shape");
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip_blanks();
    if (at_ != text_.size()) wrong(got(), "the end of the header");
    if (!descr_ || !fortran_ || !shape_) fail(what_, "the header lacks descr, fortran_order or shape");
    NpyHeader header;
    header.is_fortran = *fortran_;
    header.shape = Shape(*shape_);
    set_element(header, *descr_);
    return header;
  }

 private:
  template <class T, class Read>
  void once(std::optional<T>& value, const std::string& key, const Read& read) {
    if (value) fail(what_, "the header's '{}' stands twice", key);
    value = read();
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) wrong(got(), fmt::format("'{}'", c));
  }
  bool take_word(std::string_view word) {
    skip_blanks();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  std::string string() {
    skip_blanks();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    const std::size_t end = quote == '\'' || quote == '"' ? text_.find(quote, at_ + 1) : std::string_view::npos;
    if (end == std::string_view::npos) wrong(got(), "a string");
    const std::string value(text_.substr(at_ + 1, end - at_ - 1));
    if (value.size() > 64 || std::any_of(value.begin(), value.end(), [](char c) { return c < ' ' || c > '~'; }))
      wrong("a string that is long or not printable", "a name or a dtype");
    at_ = end + 1;
    return value;
  }
  bool boolean() {
    if (take_word("True")) return true;
    if (!take_word("False")) wrong(got(), "True or False");
    return false;
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> numbers;
    expect('(');
    while (!take(')')) {
      skip_blanks();
      std::int64_t n = -1;
      const char* begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), n);
      if (error != std::errc() || n < 0) wrong(got(), "a size of 0 or more");
      at_ += static_cast<std::size_t>(end - begin);
      take('L');  // as Python 2 wrote it
      if (numbers.size() == most_axes) fail(what_, "the header's shape has more than {} axes", most_axes);
      numbers.push_back(n);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return numbers;
  }

  void set_element(NpyHeader& header, const std::string& descr) {
    constexpr std::pair<const char*, Element> known[] = {
        {"f8", Element::f64}, {"f4", Element::f32}, {"f2", Element::f16},    {"i8", Element::i64},
        {"i4", Element::i32}, {"i2", Element::i16}, {"i1", Element::i8},     {"u4", Element::u32},
        {"u2", Element::u16}, {"u1", Element::u8},  {"b1", Element::boolean}};
    const auto* const found = std::find_if(std::begin(known), std::end(known), [&](const auto& k) {
      return descr.size() == 3 && descr.compare(1, 2, k.first) == 0;
    });
    const bool has_order = !descr.empty() && std::strchr("<>|=", descr[0]);
    if (found == std::end(known) || !has_order || (descr[0] == '|' && size_of(found->second) > 1))
      fail(what_,
           "the header's dtype is not known; got '{}'; expected <f8, <f4, <f2, <i8, <i4, <i2, |i1, <u4, <u2, "
           "|u1 or |b1, or > for <",
           descr);
    header.element = found->second;
    header.is_big_endian = descr[0] == '>';
  }

  std::string got() const {
    if (at_ == text_.size()) return "the end";
    const char c = text_[at_];
    return c >= ' ' && c <= '~' ? fmt::format("'{}'", c) : fmt::format("the byte {}", static_cast<unsigned char>(c));
  }
  [[noreturn]] void wrong(const std::string& got, const std::string& expected) const {
    fail(what_, "the header is malformed at byte {}; got {}; expected {}", start_ + at_, got, expected);
  }

  const std::string& what_;
  std::string_view text_;
  std::uint64_t start_;
  std::size_t at_ = 0;
  std::optional<std::string> descr_;
  std::optional<bool> fortran_;
  std::optional<std::vector<std::int64_t>> shape_;
};

}  // namespace

NpyHeader read_npy_header(const std::string& what, std::uint64_t size, const ReadBytes& read) {
  unsigned char start[magic_bytes + 2 + 4];
  if (size < magic_bytes + 4) fail(what, "is no npy file; got {} bytes; expected a header", size);
  read(start, magic_bytes + 4);
  if (std::memcmp(start, magic, magic_bytes) != 0) fail(what, "is no npy file; expected \\x93NUMPY at byte 0");
  const int version = start[magic_bytes];
  if (version < 1 || version > 3) fail(what, "the version is not known; got {}; expected 1, 2 or 3", version);
  const std::uint64_t length_bytes = version == 1 ? 2 : 4, prefix = magic_bytes + 2 + length_bytes;
  if (size < prefix) fail(what, "ends inside the header; got {} bytes; expected at least {}", size, prefix);
  if (version > 1) read(start + magic_bytes + 4, 2);
  std::uint64_t length = 0;
  for (std::uint64_t i = 0; i < length_bytes; ++i) length |= std::uint64_t{start[magic_bytes + 2 + i]} << 8 * i;
  if (length > longest_header || length > size - prefix)
    fail(what, "the header's length at byte 8 does not fit; got {}; expected at most {}", length,
         std::min(longest_header, size - prefix));
  std::string text(static_cast<std::size_t>(length), '\0');
  read(text.data(), text.size());

  NpyHeader header = Literal(what, text, prefix).read();
  header.data_start = prefix + length;
  if (!count_bytes(header.element, header.shape, header.data_bytes))
    fail(what, "the shape {} is more than any file holds", to_string(header.shape));
  if (header.data_bytes != size - header.data_start)
    fail(what, "the data do not fit the shape; got {} bytes; expected {} for {}", size - header.data_start,
         header.data_bytes, to_string(header.shape));
  return header;
}

std::string npy_header(const Tensor& tensor) {
  const char* descr = tensor.dtype() == DType::float32   ? "<f4"
                      : tensor.dtype() == DType::float64 ? "<f8"
                      : tensor.dtype() == DType::int64   ? "<i8"
                                                         : "|b1";
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", descr, to_string(tensor.shape()));
  constexpr std::size_t prefix = magic_bytes + 4, alignment = 64;
  text.append((2 * alignment - (prefix + text.size() + 1) % alignment) % alignment, ' ');
  text += '\n';
  std::string header(magic, magic_bytes);
  header += '\1';
  header += '\0';
  header += static_cast<char>(text.size() & 255);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

}  // namespace frost::io
