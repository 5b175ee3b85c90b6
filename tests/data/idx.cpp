#include "../support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/data.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

using Bytes = std::vector<int>;

// As gzip has it, of one block that is stored as it is.
std::string gzip(const std::string& text) {
  std::uint32_t check = ~std::uint32_t{0};
  for (const char c : text) {
    check ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) check = check >> 1 ^ (check & 1 ? 0xEDB88320u : 0u);
  }
  std::string out = {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, 0, '\xff', 1};
  const auto append = [&](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i & 255);
  };
  const auto size = static_cast<std::uint32_t>(text.size());
  append(size, 2);
  append(~size, 2);
  out += text;
  append(~check, 4);
  append(size, 4);
  return out;
}

// A folder that is gone when the test is over.
struct TemporaryFolder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("frost_idx_" + std::to_string(getpid()));
  TemporaryFolder() { std::filesystem::create_directories(path); }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::string write(const Bytes& bytes, const std::string& name = "file", bool packed = false) const {
    const std::string full = (path / name).string();
    const std::string text(bytes.begin(), bytes.end());
    std::ofstream(full, std::ios::binary) << (packed ? gzip(text) : text);
    return full;
  }
};

template <class S>
std::vector<S> values(const Tensor& x) {
  const auto data = x.data<S>();
  return {data.begin(), data.end()};
}

}  // namespace

TEST_CASE("an IDX file gives its array, plain or compressed") {
  const TemporaryFolder folder;
  const Bytes bytes = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255};
  for (const bool packed : {false, true}) {
    const Tensor x = load_idx(folder.write(bytes, "x", packed));
    CHECK(x.shape() == Shape{2, 3});
    CHECK(values<std::int64_t>(x) == std::vector<std::int64_t>{1, 2, 3, 4, 5, 255});
  }
}

TEST_CASE("every type of element of IDX is read, big-endian and with its sign") {
  const TemporaryFolder folder;
  const auto one = [&](int code, const Bytes& element) {
    Bytes bytes = {0, 0, code, 1, 0, 0, 0, 1};
    bytes.insert(bytes.end(), element.begin(), element.end());
    return load_idx(folder.write(bytes));
  };
  CHECK(one(0x08, {254}).item<std::int64_t>() == 254);
  CHECK(one(0x09, {254}).item<std::int64_t>() == -2);
  CHECK(one(0x0B, {255, 254}).item<std::int64_t>() == -2);
  CHECK(one(0x0B, {1, 2}).item<std::int64_t>() == 258);
  CHECK(one(0x0C, {255, 255, 255, 254}).item<std::int64_t>() == -2);
  const Tensor single = one(0x0D, {0x3F, 0xC0, 0, 0}), wide = one(0x0E, {0xC0, 0x04, 0, 0, 0, 0, 0, 0});
  CHECK(single.dtype() == DType::float32);
  CHECK(single.item<float>() == 1.5f);
  CHECK(wide.dtype() == DType::float64);
  CHECK(wide.item<double>() == -2.5);
  CHECK(load_idx(folder.write({0, 0, 8, 0, 7})).shape() == Shape{});
  CHECK(load_idx(folder.write({0, 0, 8, 1, 0, 0, 0, 0})).shape() == Shape{0});
}

TEST_CASE("what is wrong with an IDX file is said, with its path") {
  const TemporaryFolder folder;
  const auto says = [&](const Bytes& bytes, const std::string& text) {
    const std::string path = folder.write(bytes, "wrong");
    CHECK_THROWS_AS(load_idx(path), FileError);
    CHECK_THROWS_WITH(load_idx(path), Contains(path) && Contains(text));
  };
  says({}, "header");
  says({0, 0, 8}, "header");
  says({1, 0, 8, 1, 0, 0, 0, 1, 5}, "bytes 1 and 0");
  says({0, 0, 10, 1, 0, 0, 0, 1, 5}, "type 10");
  says({0, 0, 8, 2, 0, 0, 0, 1, 0}, "2 axes");
  says({0, 0, 8, 1, 0, 0, 0, 3, 5, 6}, "3 elements");
  says({0, 0, 8, 1, 0, 0, 0, 1, 5, 6}, "behind its last element");
  says({0, 0, 8, 1, 255, 255, 255, 255, 5}, "ends early");
  says({0, 0, 14, 2, 255, 255, 255, 255, 255, 255, 255, 255}, "fewer elements");
  CHECK_THROWS_WITH(load_idx((folder.path / "absent").string()), Contains("absent") && Contains("cannot be opened"));
  const std::string packed = folder.write({0, 0, 8, 1, 0, 0, 0, 3, 5, 6, 7}, "packed", true);
  std::filesystem::resize_file(packed, std::filesystem::file_size(packed) - 9);
  CHECK_THROWS_WITH(load_idx(packed), Contains("ends too early"));
  const std::string damaged = folder.write({0, 0, 8, 1, 0, 0, 0, 3, 5, 6, 7}, "damaged", true);
  std::fstream(damaged, std::ios::binary | std::ios::in | std::ios::out).seekp(25).put(9);
  CHECK_THROWS_AS(load_idx(damaged), FileError);
}

TEST_CASE("Fashion-MNIST is read from a folder of four files, its first rows alone if asked for") {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& which, int rows) {
    Bytes images = {0, 0, 8, 3, 0, 0, 0, rows, 0, 0, 0, 28, 0, 0, 0, 28}, labels = {0, 0, 8, 1, 0, 0, 0, rows};
    for (int row = 0; row < rows; ++row) {
      labels.push_back(row % 10);
      for (int pixel = 0; pixel < 784; ++pixel) images.push_back(pixel == row ? 255 : 0);
    }
    folder.write(images, which + "-images-idx3-ubyte.gz", true);
    folder.write(labels, which + "-labels-idx1-ubyte");
  };
  write("train", 4);
  write("t10k", 2);
  const std::string path = folder.path.string();
  const TrainTestSplit all = load_fashion_mnist({.folder = path});
  CHECK(all.x_train.shape() == Shape{4, 28, 28});
  CHECK(all.x_test.shape() == Shape{2, 28, 28});
  CHECK(all.x_train.dtype() == DType::float32);
  CHECK(values<std::int64_t>(all.y_train) == std::vector<std::int64_t>{0, 1, 2, 3});
  CHECK(all.x_train[3].reshape({784})[3].item<float>() == Approx(1));
  CHECK(load_fashion_mnist({.folder = path, .max_rows = 3}).x_train.shape() == Shape{3, 28, 28});
  CHECK_THROWS_WITH(load_fashion_mnist({.folder = path, .max_rows = -1}), Contains("max_rows -1"));

  folder.write({0, 0, 8, 1, 0, 0, 0, 1, 3}, "t10k-labels-idx1-ubyte");
  CHECK_THROWS_WITH(load_fashion_mnist({.folder = path}), Contains("(1,)") && Contains("2 bytes"));
  folder.write({0, 0, 8, 1, 0, 0, 0, 2, 3, 10}, "t10k-labels-idx1-ubyte");
  CHECK_THROWS_WITH(load_fashion_mnist({.folder = path}), Contains("0 to 9"));
  CHECK_THROWS_WITH(load_fashion_mnist({.folder = "/no/such/folder"}),
                    Contains("/no/such/folder") && Contains("package dataset-fashion-mnist"));
}
