#include "support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/data.hpp>

#include <unistd.h>
#include <cmath>
#include <filesystem>
#include <fstream>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

class File {
 public:
  explicit File(const std::string& text)
      : path_(
            (std::filesystem::temp_directory_path() / ("frost_csv_" + std::to_string(::getpid()) + ".csv")).string()) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~File() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Tensor parse(const std::string& text, const CsvOptions& options = {}) { return load_csv(File(text).path(), options); }
std::string digits() { return std::string(FROST_DATA_DIR) + "/../../data/digits.csv.gz"; }
std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a CSV file becomes a matrix") {
  const Tensor t = parse("1,2,3\n4, -5.5 ,+6e1\n");
  CHECK(t.shape() == Shape{2, 3});
  CHECK(t.dtype() == DType::float32);
  CHECK(t[1][1].item<double>() == -5.5);
  CHECK(t[1][2].item<double>() == 60);
  CHECK(parse("0.1\n", {.dtype = DType::float64}).item<double>() == 0.1);
}

TEST_CASE("line ends of any system, blank lines, a mark of the byte order and a missing last line end are fine") {
  CHECK(parse("1,2\r\n\r\n3,4\r\n").shape() == Shape{2, 2});
  CHECK(parse("1,2\n3,4").shape() == Shape{2, 2});
  CHECK(parse("\xEF\xBB\xBF"
              "1,2\n")
            .shape() == Shape{1, 2});
  CHECK(std::isnan(parse("nan,inf\n")[0][0].item<double>()));
}

TEST_CASE("delimiter, heading and number of rows are options") {
  CHECK(parse("a;b\n1;2\n3;4\n5;6\n", {.delimiter = ';', .skip_rows = 1, .max_rows = 2}).shape() == Shape{2, 2});
}

TEST_CASE("a line longer than the reader's buffer is read whole") {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += std::to_string(i % 1000) + (i == 49999 ? "\n" : ",");
  const Tensor t = parse(text + text);
  CHECK(t.shape() == Shape{2, 50000});
  CHECK(t[1][49999].item<int>() == 999);
}

TEST_CASE("what cannot be read is an error that names file, line and reason") {
  CHECK_THROWS_WITH(load_csv("/nowhere/x.csv"), Contains("/nowhere/x.csv") && Contains("No such file"));
  CHECK_THROWS_WITH(parse("1,2\n3,x\n"), Contains("line 2") && Contains("field 2") && Contains("'x'"));
  CHECK_THROWS_WITH(parse("1,2\n3,\n"), Contains("line 2") && Contains("field 2"));
  CHECK_THROWS_WITH(parse("1,2\n3\n"), Contains("line 2") && Contains("got 1 fields") && Contains("expected 2"));
  CHECK_THROWS_WITH(parse(""), Contains("no rows"));
  CHECK_THROWS_AS(parse("a,b\n"), FileError);
  CHECK_THROWS_AS(parse("1\n", {.dtype = DType::int64}), ValueError);
  CHECK_THROWS_AS(parse("1\n", {.skip_rows = -1}), ValueError);
}

TEST_CASE("compressed files are read, and truncated ones are an error") {
  CHECK(load_csv(digits()).shape() == Shape{1797, 65});
  const std::string whole = bytes_of(digits());
  CHECK_THROWS_AS(parse(whole.substr(0, whole.size() / 2)), FileError);
  std::string damaged = whole;
  damaged[damaged.size() / 2] ^= 0x55;
  CHECK_THROWS_AS(parse(damaged), FileError);
}

TEST_CASE("the digits are images between 0 and 1 with labels from 0 to 9") {
  const Dataset d = load_digits(digits());
  CHECK(d.x.shape() == Shape{1797, 8, 8});
  CHECK(d.y.shape() == Shape{1797});
  CHECK(d.y.dtype() == DType::int64);
  CHECK(max(d.x).item<double>() == 1);
  CHECK(min(d.x).item<double>() == 0);
  CHECK(d.y[0].item<int>() == 0);
  CHECK(d.y[1796].item<int>() == 8);
  CHECK_THROWS_AS(load_digits(File("1,2\n").path()), FileError);
}

TEST_CASE("the digits that come with the library are found wherever the program runs") {
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path("/");
  const Dataset found = load_digits();
  std::filesystem::current_path(here);
  CHECK(found.x.shape() == Shape{1797, 8, 8});
  CHECK(max(abs(found.x - load_digits(digits()).x)).item<double>() == 0);
}
