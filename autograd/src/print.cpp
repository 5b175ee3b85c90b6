#include "check.hpp"

#include <frost/autograd/tensor.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <mutex>
#include <ostream>

// How NumPy prints: numpy/core/arrayprint.py.
namespace frost {

namespace {

std::mutex options_mutex;
PrintOptions current_options;

// ------------------------------------------------------------------------------------------------------ one number

// ±d.ddd·10^exponent
struct Decimal {
  bool negative;
  std::string digits;
  int exponent;
};

template <class S>
Decimal decimal(S x, int most = -1) {
  char text[512];
  const char *begin = text, *end;
  if (most < 0)  // the fewest digits that identify x within its type
    end = std::to_chars(text, text + sizeof text, x, std::chars_format::scientific).ptr;
  else
    end = std::to_chars(text, text + sizeof text, x, std::chars_format::scientific, most).ptr;
  Decimal d{*begin == '-', {}, 0};
  const char* e = std::find(begin, end, 'e');
  for (const char* c = begin; c != e; ++c)
    if (*c >= '0' && *c <= '9') d.digits += *c;
  std::from_chars(e + (e[1] == '+' ? 2 : 1), end, d.exponent);
  return d;
}

// What stands before the point, sign included, behind it, and in the exponent.
struct Parts {
  std::string whole, fraction, exponent;
};

Parts positional(const Decimal& d) {
  std::string whole = d.negative ? "-" : "", fraction;
  const int count = static_cast<int>(d.digits.size());
  if (d.exponent < 0) {
    whole += '0';
    fraction = std::string(static_cast<std::size_t>(-1 - d.exponent), '0') + d.digits;
  } else if (count <= d.exponent + 1) {
    whole += d.digits + std::string(static_cast<std::size_t>(d.exponent + 1 - count), '0');
  } else {
    whole += d.digits.substr(0, static_cast<std::size_t>(d.exponent + 1));
    fraction = d.digits.substr(static_cast<std::size_t>(d.exponent + 1));
  }
  return {whole, fraction, {}};
}

// An element below 1e8: rounded behind the point, with all its digits before it.
template <class S>
Parts positional(S x, int precision) {
  const Decimal d = decimal(x);
  const int behind = static_cast<int>(d.digits.size()) - 1 - d.exponent;
  if (behind >= 0 && behind <= precision) return positional(d);
  char text[128];
  const char* begin = text;
  const char* end =
      std::to_chars(text, text + sizeof text, x, std::chars_format::fixed, std::clamp(behind, 0, precision)).ptr;
  const char* point = std::find(begin, end, '.');
  Parts parts{std::string(begin, point), std::string(point + (point != end), end), {}};
  parts.fraction.erase(parts.fraction.find_last_not_of('0') + 1);
  return parts;
}

Parts scientific(const Decimal& d) {
  return {fmt::format("{}{}", d.negative ? "-" : "", d.digits[0]), d.digits.substr(1),
          fmt::format("{}{:02}", d.exponent < 0 ? '-' : '+', std::abs(d.exponent))};
}

template <class S>
Parts scientific(S x, int precision) {
  Decimal d = decimal(x);
  if (static_cast<int>(d.digits.size()) - 1 > precision) d = decimal(x, precision);
  while (d.digits.size() > 1 && d.digits.back() == '0') d.digits.pop_back();
  return scientific(d);
}

template <class S>
std::string not_finite(S x) {
  return std::isnan(x) ? "nan" : x < 0 ? "-inf" : "inf";
}

// A scalar, as Python prints NumPy's.
std::string scalar(bool x) { return x ? "True" : "False"; }
std::string scalar(std::int64_t x) { return std::to_string(x); }
template <class S>
std::string scalar(S x) {
  if (!std::isfinite(x)) return not_finite(x);
  const double size = std::abs(static_cast<double>(x));
  if (size == 0 || (size >= 1e-4 && size < 1e16)) {
    const Parts p = positional(decimal(x));
    return p.whole + '.' + (p.fraction.empty() ? "0" : p.fraction);
  }
  const Parts p = scientific(decimal(x));
  return p.whole + (p.fraction.empty() ? "" : ".") + p.fraction + 'e' + p.exponent;
}

// ------------------------------------------------------------------------------------------ numbers of one width

std::vector<std::string> words(const std::vector<bool>& values, const PrintOptions&) {
  std::vector<std::string> words;
  for (const bool v : values) words.emplace_back(v ? " True" : "False");
  return words;
}

std::vector<std::string> words(const std::vector<std::int64_t>& values, const PrintOptions&) {
  std::vector<std::string> words;
  std::size_t width = 0;
  for (const std::int64_t v : values) {
    words.push_back(std::to_string(v));
    width = std::max(width, words.back().size());
  }
  for (std::string& word : words) word.insert(0, width - word.size(), ' ');
  return words;
}

template <class S>
bool needs_exponents(const std::vector<S>& values) {
  S least = 0, most = 0;
  for (const S v : values) {
    if (!std::isfinite(v) || v == 0) continue;
    most = std::max(most, std::abs(v));
    least = least == 0 ? std::abs(v) : std::min(least, std::abs(v));
  }
  return most > 0 && (static_cast<double>(most) >= 1e8 || static_cast<double>(least) < 1e-4 || most / least > S(1000));
}

template <class S>
std::vector<std::string> words(const std::vector<S>& values, const PrintOptions& options) {
  const bool exponents = !options.suppress && needs_exponents(values);
  std::vector<Parts> parts;
  std::size_t whole = 0, fraction = 0, exponent = 0, special = 0;
  for (const S v : values) {
    if (!std::isfinite(v)) {
      special = std::max(special, not_finite(v).size());
      parts.emplace_back();
      continue;
    }
    parts.push_back(exponents ? scientific(v, options.precision) : positional(v, options.precision));
    whole = std::max(whole, parts.back().whole.size());
    fraction = std::max(fraction, parts.back().fraction.size());
    exponent = std::max(exponent, parts.back().exponent.size());
  }
  const std::size_t behind = 1 + fraction + (exponents ? 1 + exponent : 0);
  if (exponents)  // NumPy fills up with the value's own digits, not with zeros
    for (std::size_t i = 0; i < values.size(); ++i)
      if (std::isfinite(values[i]) && parts[i].fraction.size() < fraction)
        parts[i] = scientific(decimal(values[i], static_cast<int>(fraction)));
  if (special > behind) whole = std::max(whole, special - behind);

  std::vector<std::string> words;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Parts& p = parts[i];
    if (!std::isfinite(values[i])) {
      words.push_back(fmt::format("{:>{}}", not_finite(values[i]), whole + behind));
    } else if (exponents) {  // the exponent's sign stands before its zeros
      words.push_back(fmt::format("{:>{}}.{}e{}{:0>{}}", p.whole, whole, p.fraction, p.exponent[0],
                                  p.exponent.substr(1), exponent - 1));
    } else {
      words.push_back(fmt::format("{:>{}}.{:<{}}", p.whole, whole, p.fraction, fraction));
    }
  }
  return words;
}

// ------------------------------------------------------------------------------------------------- rows and brackets

class Printer {
 public:
  Printer(const Shape& shape, bool summarise, const PrintOptions& options)
      : shape_(shape), options_(options), summarise_(summarise) {}

  /// The elements that are shown, in the order of printing.
  template <class S>
  std::vector<S> shown(const S* values) const {
    std::vector<S> list;
    gather(values, 0, 0, list);
    return list;
  }

  std::string print(const std::vector<std::string>& words) {
    word_ = words.data();
    return print(0, " ", options_.line_width);
  }

 private:
  bool is_cut(std::size_t axis) const { return summarise_ && shape_[axis] > 2 * options_.edge_items; }

  // Calls body with the indices shown along an axis, and gap between the two ends.
  template <class Body, class Gap>
  void walk(std::size_t axis, const Body& body, const Gap& gap) const {
    const bool cut = is_cut(axis);
    for (std::int64_t i = 0; i < shape_[axis]; ++i) {
      if (cut && i == options_.edge_items) {
        gap();
        i = shape_[axis] - options_.edge_items;
        if (i == shape_[axis]) break;
      }
      body(i);
    }
  }

  template <class S>
  void gather(const S* values, std::size_t axis, std::int64_t offset, std::vector<S>& list) const {
    if (axis == shape_.size()) return list.push_back(values[offset]);
    walk(
        axis, [&](std::int64_t i) { gather(values, axis + 1, offset * shape_[axis] + i, list); }, [] {});
  }

  std::string print(std::size_t axis, const std::string& indent, std::int64_t width) {
    std::string text;
    const std::size_t left = shape_.size() - axis;
    if (left == 1) {
      std::string line = indent;
      const auto append = [&](const std::string& word) {
        if (line.size() > indent.size()) {
          line += ' ';
          if (static_cast<std::int64_t>(line.size() + word.size()) >= width) {
            text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
            line = indent;
          }
        }
        line += word;
      };
      walk(
          axis, [&](std::int64_t) { append(*word_++); }, [&] { append("..."); });
      text += line;
    } else {
      const std::string separator(left - 1, '\n');
      walk(
          axis,
          [&](std::int64_t i) {
            text += indent + print(axis + 1, indent + ' ', width - 1) + (i + 1 < shape_[axis] ? separator : "");
          },
          [&] { text += indent + "..." + separator; });
    }
    return '[' + text.substr(indent.size()) + ']';
  }

  const Shape& shape_;
  const PrintOptions& options_;
  bool summarise_;
  const std::string* word_ = nullptr;
};

template <class S>
std::string print(const Tensor& t) {
  const S* values = detail::raw<S>(t);
  if (t.rank() == 0) return scalar(*values);
  if (t.size() == 0) return "[]";
  const PrintOptions options = print_options();
  const Shape shape = t.shape();
  Printer printer(shape, t.size() > options.threshold, options);
  return printer.print(words(printer.shown(values), options));
}

}  // namespace

void set_print_options(const PrintOptions& options) {
  detail::expect(options.precision >= 0 && options.precision <= 64,
                 "set_print_options: got precision {}; expected 0 to 64", options.precision);
  detail::expect(options.threshold >= 0, "set_print_options: got threshold {}; expected 0 or more", options.threshold);
  detail::expect(options.edge_items >= 0, "set_print_options: got edge_items {}; expected 0 or more",
                 options.edge_items);
  detail::expect(options.line_width > 0, "set_print_options: got line_width {}; expected 1 or more",
                 options.line_width);
  const std::lock_guard lock(options_mutex);
  current_options = options;
}
PrintOptions print_options() {
  const std::lock_guard lock(options_mutex);
  return current_options;
}

std::string to_string(const Tensor& tensor) {
  if (!tensor.present()) return "Tensor()";
  if (detail::is_abstract(tensor))
    return fmt::format("Tensor({}, {})", to_string(tensor.shape()), name_of(tensor.dtype()));
  switch (tensor.dtype()) {
    case DType::float32:
      return print<float>(tensor);
    case DType::float64:
      return print<double>(tensor);
    case DType::int64:
      return print<std::int64_t>(tensor);
    case DType::boolean:
      break;
  }
  return print<bool>(tensor);
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << to_string(tensor); }

}  // namespace frost
