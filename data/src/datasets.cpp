#include <frost/data/datasets.hpp>

#include "expect.hpp"

#include <frost/autograd/make.hpp>
#include <frost/autograd/random.hpp>
#include <frost/data/batches.hpp>
#include <frost/data/csv.hpp>

#include <dlfcn.h>

#include <cmath>
#include <filesystem>
#include <vector>

namespace frost {

using data::expect;

Dataset load_digits(const std::string& path) {
  constexpr std::int64_t pixels = 64;
  const Tensor table = load_csv(path, {.dtype = DType::float64});
  const std::int64_t rows = table.shape()[0];
  expect<FileError>(table.shape()[1] == pixels + 1, "load_digits: '{}' has {} columns; expected {} pixels and a label",
                    path, table.shape()[1], pixels);
  const std::span<const double> values = table.data<double>();
  std::vector<double> images;
  std::vector<std::int64_t> labels;
  images.reserve(static_cast<std::size_t>(rows * pixels));
  for (std::int64_t row = 0; row < rows; ++row) {
    const double* p = values.data() + row * (pixels + 1);
    for (std::int64_t k = 0; k < pixels; ++k) {
      expect<FileError>(p[k] >= 0 && p[k] <= 16, "load_digits: '{}', row {}: got a pixel of {}; expected 0 to 16", path,
                        row, p[k]);
      images.push_back(p[k] / 16);
    }
    expect<FileError>(p[pixels] >= 0 && p[pixels] <= 9 && p[pixels] == std::floor(p[pixels]),
                      "load_digits: '{}', row {}: got the label {}; expected 0 to 9", path, row, p[pixels]);
    labels.push_back(static_cast<std::int64_t>(p[pixels]));
  }
  return {from_vector(images, {rows, 8, 8}).to(default_dtype()), from_vector(labels, {rows})};
}

namespace {

namespace fs = std::filesystem;

// The file that this code is in: the library, or the program that it was linked into.
fs::path own_file() {
  static const char own = 0;
  Dl_info info = {};
  if (!dladdr(&own, &info) || !info.dli_fname) return {};
  std::error_code unreadable;
  return fs::canonical(info.dli_fname, unreadable);
}

std::string shipped_file(const char* name) {
  std::vector<fs::path> places;
  fs::path folder = own_file().parent_path();
  constexpr int levels = 4;  // prefix/lib/x86_64-linux-gnu is two below the prefix
  for (int i = 0; i < levels && !folder.empty(); ++i, folder = folder.parent_path())
    places.push_back(folder / "share/frost" / name);
  places.push_back(fs::path(FROST_SHIPPED_DATA) / name);
  std::string looked;
  for (const fs::path& place : places) {
    std::error_code unreadable;
    if (fs::exists(place, unreadable)) return place.string();
    looked += (looked.empty() ? "'" : ", '") + place.string() + "'";
  }
  throw FileError(
      fmt::format("load_digits: the file that comes with Frost is not there; looked for {}. Hint: give its path: "
                  "load_digits(\"…/{}\")",
                  looked, name));
}

}  // namespace

Dataset load_digits() { return load_digits(shipped_file("digits.csv.gz")); }

TrainTestSplit train_test_split(const Tensor& x, const Tensor& y, const SplitOptions& options) {
  const std::int64_t rows = data::expect_rows("train_test_split", x, y);
  const double fraction = options.test_fraction;
  expect(fraction > 0 && fraction < 1, "train_test_split: test_fraction is out of range; got {}; expected 0 to 1",
         fraction);
  const std::int64_t test = static_cast<std::int64_t>(std::ceil(fraction * static_cast<double>(rows)));
  const std::int64_t train = rows - test;
  expect(train > 0, "train_test_split: no row is left to train on; got {} rows and test_fraction {}", rows, fraction);
  if (!options.shuffle)
    return {x.slice(0, 0, train), y.slice(0, 0, train), x.slice(0, train, rows), y.slice(0, train, rows)};
  Generator generator = options.seed ? Generator(*options.seed) : default_generator().split();
  const Tensor order = generator.permutation(rows);
  const Tensor first = order.slice(0, 0, train), last = order.slice(0, train, rows);
  return {gather_rows(x, first), gather_rows(y, first), gather_rows(x, last), gather_rows(y, last)};
}

}  // namespace frost
