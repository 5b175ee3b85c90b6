#include <frost/data/csv.hpp>

#include "expect.hpp"
#include "gzip.hpp"

#include <frost/autograd/make.hpp>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <vector>

namespace frost {

using data::expect;

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t longest_line = std::size_t{1} << 24;

// The lines of a file, plain or compressed, through one buffer.
class LineReader {
 public:
  explicit LineReader(const std::string& path) : path_(path), file_(data::open_gzip("load_csv", path)) {}

  std::int64_t line() const { return line_; }

  // The next line without its end; false at the end of the file.
  bool next(std::string_view& out) {
    kept_.clear();
    ++line_;
    for (;;) {
      const char* const begin = block_.data() + position_;
      if (const void* end = std::memchr(begin, '\n', filled_ - position_)) {
        const std::size_t length = static_cast<std::size_t>(static_cast<const char*>(end) - begin);
        position_ += length + 1;
        out = trimmed(std::string_view(begin, length));
        return true;
      }
      kept_.append(begin, filled_ - position_);
      expect<FileError>(kept_.size() < longest_line, "load_csv: '{}', line {}: the line is longer than {} bytes", path_,
                        line_, longest_line);
      if (!fill()) {
        out = trimmed({});
        return !kept_.empty();
      }
    }
  }

 private:
  std::string_view trimmed(std::string_view rest) {
    std::string_view line = rest;
    if (!kept_.empty()) line = kept_.append(rest);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }

  bool fill() {
    const int got = gzread(file_.get(), block_.data(), static_cast<unsigned>(block_.size()));
    int code = Z_OK;
    const char* reason = gzerror(file_.get(), &code);
    expect<FileError>(got >= 0 && code != Z_BUF_ERROR, "load_csv: '{}', line {}: {}", path_, line_,
                      code == Z_BUF_ERROR ? "the compressed data ends too early"
                      : code == Z_ERRNO   ? std::strerror(errno)
                                          : reason);
    position_ = 0;
    filled_ = static_cast<std::size_t>(got);
    return got > 0;
  }

  std::string path_;
  data::GzipFile file_;
  std::array<char, 1 << 16> block_;
  std::size_t position_ = 0;
  std::size_t filled_ = 0;
  std::string kept_;  // a line's beginning, from earlier blocks
  std::int64_t line_ = 0;
};

bool is_space(char c) { return c == ' ' || c == '\t'; }

std::string_view strip(std::string_view field) {
  while (!field.empty() && is_space(field.front())) field.remove_prefix(1);
  while (!field.empty() && is_space(field.back())) field.remove_suffix(1);
  return field;
}

bool parse(std::string_view field, double& value) {
  if (field.size() > 1 && field.front() == '+' && field[1] != '-') field.remove_prefix(1);
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return error == std::errc() && end == field.data() + field.size();
}

template <class S>
Tensor read(const std::string& path, const CsvOptions& options) {
  LineReader lines(path);
  std::vector<S> values;
  std::int64_t rows = 0, columns = 0;
  std::string_view line;
  while (lines.next(line)) {
    if (lines.line() == 1 && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
    if (lines.line() <= options.skip_rows || strip(line).empty()) continue;
    std::int64_t fields = 0;
    for (bool more = true; more;) {
      const std::size_t end = line.find(options.delimiter);
      const std::string_view field = strip(line.substr(0, end));
      more = end != std::string_view::npos;
      if (more) line.remove_prefix(end + 1);
      ++fields;
      double value = 0;
      expect<FileError>(parse(field, value), "load_csv: '{}', line {}: field {} is not a number; got '{}'", path,
                        lines.line(), fields, field.substr(0, 40));
      values.push_back(static_cast<S>(value));
    }
    if (rows == 0) columns = fields;
    expect<FileError>(fields == columns, "load_csv: '{}', line {}: got {} fields; expected {} as in the first row",
                      path, lines.line(), fields, columns);
    if (++rows == options.max_rows) break;
  }
  expect<FileError>(rows > 0, "load_csv: '{}', line {}: the file has no rows", path, lines.line());
  return from_vector(values, {rows, columns});
}

}  // namespace

Tensor load_csv(const std::string& path, const CsvOptions& options) {
  expect(is_floating(options.dtype),
         "load_csv: got dtype {}; expected float32 or float64; convert the result with to()", name_of(options.dtype));
  expect(options.skip_rows >= 0 && options.max_rows >= 0,
         "load_csv: got skip_rows {} and max_rows {}; expected numbers from 0", options.skip_rows, options.max_rows);
  return options.dtype == DType::float32 ? read<float>(path, options) : read<double>(path, options);
}

}  // namespace frost
