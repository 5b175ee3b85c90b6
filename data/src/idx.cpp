#include <frost/data/idx.hpp>

#include "expect.hpp"
#include "gzip.hpp"

#include <frost/autograd/make.hpp>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <vector>

namespace frost {

using data::expect;

namespace {

class IdxReader {
 public:
  explicit IdxReader(const std::string& path) : path_(path), file_(data::open_gzip("load_idx", path)) {}

  // The next bytes; false when there are fewer.
  bool read(unsigned char* out, std::size_t count) {
    while (count > 0) {
      const int got = gzread(file_.get(), out, static_cast<unsigned>(std::min(count, std::size_t{1} << 30)));
      int code = Z_OK;
      const char* reason = gzerror(file_.get(), &code);
      expect<FileError>(got >= 0 && code != Z_BUF_ERROR, "load_idx: '{}': {}", path_,
                        code == Z_BUF_ERROR ? "the compressed data ends too early"
                        : code == Z_ERRNO   ? std::strerror(errno)
                                            : reason);
      if (got == 0) return false;
      out += got;
      count -= static_cast<std::size_t>(got);
    }
    return true;
  }

 private:
  std::string path_;
  data::GzipFile file_;
};

struct Kind {
  unsigned char code;
  std::size_t bytes;
};
constexpr Kind kinds[] = {{0x08, 1}, {0x09, 1}, {0x0B, 2}, {0x0C, 4}, {0x0D, 4}, {0x0E, 8}};

std::uint64_t big_endian(const unsigned char* p, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | p[i];
  return value;
}

std::int64_t integer_of(unsigned char code, std::uint64_t bits) {
  switch (code) {
    case 0x09:
      return static_cast<std::int8_t>(bits);
    case 0x0B:
      return static_cast<std::int16_t>(bits);
    case 0x0C:
      return static_cast<std::int32_t>(bits);
  }
  return static_cast<std::int64_t>(bits);  // a byte without sign
}

template <class S, class F>
Tensor decode(const std::vector<unsigned char>& raw, std::size_t bytes, const Shape& shape, const F& value) {
  std::vector<S> values(raw.size() / bytes);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = value(big_endian(raw.data() + i * bytes, bytes));
  return from_vector(values, shape);
}

}  // namespace

namespace {

// What is in the file, as it is there.
struct Idx {
  Kind kind;
  Shape shape;
  std::vector<unsigned char> raw;
};

Idx read_idx(const std::string& path) {
  IdxReader file(path);
  unsigned char head[4];
  expect<FileError>(file.read(head, 4), "load_idx: '{}' ends within the header of 4 bytes", path);
  expect<FileError>(head[0] == 0 && head[1] == 0,
                    "load_idx: '{}' is no IDX file; it begins with bytes {} and {}; expected 0 and 0", path, head[0],
                    head[1]);
  const Kind* kind = std::find_if(std::begin(kinds), std::end(kinds), [&](const Kind& k) { return k.code == head[2]; });
  expect<FileError>(kind != std::end(kinds), "load_idx: '{}' has elements of type {}; expected 8, 9, 11, 12, 13 or 14",
                    path, head[2]);
  Shape shape;
  std::uint64_t elements = 1;
  for (int axis = 0; axis < head[3]; ++axis) {
    unsigned char size[4];
    expect<FileError>(file.read(size, 4), "load_idx: '{}' ends within the sizes of its {} axes", path, head[3]);
    shape.push_back(static_cast<std::int64_t>(big_endian(size, 4)));
    const auto n = static_cast<std::uint64_t>(shape.back());
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max() / 8;
    expect<FileError>(n == 0 || elements <= most / n, "load_idx: '{}' has the shape {}…; expected fewer elements", path,
                      to_string(shape));
    elements *= n;
  }
  // Block by block: a damaged header does not ask for memory that the file has no use for.
  std::vector<unsigned char> raw;
  for (std::uint64_t left = elements * kind->bytes; left > 0;) {
    const std::size_t block = static_cast<std::size_t>(std::min<std::uint64_t>(left, 1 << 24)), before = raw.size();
    raw.resize(before + block);
    expect<FileError>(file.read(raw.data() + before, block), "load_idx: '{}' ends early; expected {} elements of {}",
                      path, elements, to_string(shape));
    left -= block;
  }
  unsigned char more;
  expect<FileError>(!file.read(&more, 1),
                    "load_idx: '{}' has bytes behind its last element; expected {} elements of {}", path, elements,
                    to_string(shape));
  return {*kind, shape, std::move(raw)};
}

}  // namespace

Tensor load_idx(const std::string& path) {
  const auto [kind, shape, raw] = read_idx(path);
  const unsigned char code = kind.code;
  if (code == 0x0D)
    return decode<float>(raw, 4, shape,
                         [](std::uint64_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits)); });
  if (code == 0x0E)
    return decode<double>(raw, 8, shape, [](std::uint64_t bits) { return std::bit_cast<double>(bits); });
  return decode<std::int64_t>(raw, kind.bytes, shape, [code](std::uint64_t bits) { return integer_of(code, bits); });
}

namespace {

constexpr const char* fashion_mnist_folder = "/usr/share/datasets/fashion-mnist";

// One of the two sets.
Dataset fashion_mnist(const std::string& folder, const std::string& which, std::int64_t max_rows) {
  const auto path_of = [&](const std::string& part) {
    const std::string path = folder + "/" + which + "-" + part + "-ubyte";
    const std::string found = std::filesystem::exists(path + ".gz") ? path + ".gz" : path;
    expect<FileError>(std::filesystem::exists(found),
                      "load_fashion_mnist: '{}.gz' is not there; install the package dataset-fashion-mnist, or give "
                      "the folder of the four files",
                      path);
    return found;
  };
  const std::string images_path = path_of("images-idx3"), labels_path = path_of("labels-idx1");
  const Idx images = read_idx(images_path), labels = read_idx(labels_path);
  expect<FileError>(
      images.kind.code == 0x08 && images.shape.size() == 3 && images.shape[1] == 28 && images.shape[2] == 28,
      "load_fashion_mnist: '{}' has elements of type {} and shape {}; expected bytes (N, 28, 28)", images_path,
      images.kind.code, to_string(images.shape));
  expect<FileError>(labels.kind.code == 0x08 && labels.shape == Shape{images.shape[0]},
                    "load_fashion_mnist: '{}' has elements of type {} and shape {}; expected {} bytes, as there are "
                    "images",
                    labels_path, labels.kind.code, to_string(labels.shape), images.shape[0]);
  for (const unsigned char label : labels.raw)
    expect<FileError>(label <= 9, "load_fashion_mnist: '{}' has the label {}; expected 0 to 9", labels_path, label);
  const std::int64_t rows = max_rows > 0 ? std::min(max_rows, images.shape[0]) : images.shape[0];
  std::vector<float> pixels(static_cast<std::size_t>(rows * 28 * 28));
  std::transform(images.raw.begin(), images.raw.begin() + rows * 28 * 28, pixels.begin(),
                 [](unsigned char pixel) { return static_cast<float>(pixel) / 255.f; });
  const std::vector<std::int64_t> numbers(labels.raw.begin(), labels.raw.begin() + rows);
  return {from_vector(pixels, {rows, 28, 28}).to(default_dtype()), from_vector(numbers, {rows})};
}

}  // namespace

TrainTestSplit load_fashion_mnist(const FashionMnistOptions& options) {
  expect(options.max_rows >= 0, "load_fashion_mnist: got max_rows {}; expected 0 or more", options.max_rows);
  const std::string folder = options.folder.empty() ? fashion_mnist_folder : options.folder;
  detail::expect_no_zero_byte("load_fashion_mnist: '" + folder + "'", folder);
  const Dataset train = fashion_mnist(folder, "train", options.max_rows);
  const Dataset test = fashion_mnist(folder, "t10k", options.max_rows);
  return {train.x, train.y, test.x, test.y};
}

}  // namespace frost
