#include "feature_cache.hpp"

#include "expect.hpp"

#include <frost/autograd/make.hpp>
#include <frost/data/batches.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace frost::models {

namespace {

std::size_t bytes_of(const Tensor& t) { return static_cast<std::size_t>(t.size()) * size_of(t.dtype()); }

std::byte* writable_bytes(Tensor& t) {
  switch (t.dtype()) {
    case DType::float32:
      return std::as_writable_bytes(t.mutable_data<float>()).data();
    case DType::float64:
      return std::as_writable_bytes(t.mutable_data<double>()).data();
    case DType::int64:
      return std::as_writable_bytes(t.mutable_data<std::int64_t>()).data();
    case DType::boolean:
      return std::as_writable_bytes(t.mutable_data<bool>()).data();
  }
  return nullptr;
}

const std::byte* bytes(const Tensor& t) {
  switch (t.dtype()) {
    case DType::float32:
      return std::as_bytes(t.data<float>()).data();
    case DType::float64:
      return std::as_bytes(t.data<double>()).data();
    case DType::int64:
      return std::as_bytes(t.data<std::int64_t>()).data();
    case DType::boolean:
      return std::as_bytes(t.data<bool>()).data();
  }
  return nullptr;
}

// Calls `use(i, row)` with each place in a batch and the row that stands there.
template <class F>
void each_row(const RowRange& range, const F& use) {
  const std::int64_t* order = range.order.present() ? range.order.data<std::int64_t>().data() : nullptr;
  for (std::int64_t i = range.start; i < range.stop; ++i)
    use(static_cast<std::size_t>(i - range.start), static_cast<std::size_t>(order ? order[i] : i));
}

}  // namespace

MappedFile::MappedFile(std::size_t bytes) : bytes_(std::max<std::size_t>(bytes, 1)) {
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder && *folder ? folder : "/tmp") + "/frost-features-XXXXXX";
  const int file = ::mkostemp(path.data(), O_CLOEXEC);
  expect<FileError>(file >= 0, "{}: a temporary file cannot be made: {}", path, std::strerror(errno));
  ::unlink(path.c_str());
  // Without its space a write to the mapping would be a signal, not an error.
  const int error = ::posix_fallocate(file, 0, static_cast<off_t>(bytes_));
  void* mapped = error ? MAP_FAILED : ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  const int reason = error ? error : errno;
  ::close(file);
  expect<FileError>(mapped != MAP_FAILED, "{}: {} bytes cannot be had: {}", path, bytes_, std::strerror(reason));
  data_ = static_cast<std::byte*>(mapped);
}
MappedFile::~MappedFile() { ::munmap(data_, bytes_); }

std::int64_t FeatureCache::bytes_of(const Tensors& tensors) {
  std::size_t all = 0;
  for (const Tensor& t : tensors) all += models::bytes_of(t);
  return static_cast<std::int64_t>(all);
}

std::int64_t FeatureCache::default_budget() {
  const std::int64_t memory = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE);
  constexpr std::int64_t most = std::int64_t{2} << 30;
  return memory > 0 ? std::min(memory / 4, most) : most;
}

FeatureCache::FeatureCache(const Tensors& like, std::int64_t& budget) {
  const std::int64_t rows = like[0].shape()[0];
  for (const Tensor& t : like) {
    const std::size_t bytes = models::bytes_of(t);
    Store store{
        .shape = t.shape(), .dtype = t.dtype(), .row_bytes = rows > 0 ? bytes / static_cast<std::size_t>(rows) : 0};
    if (static_cast<std::int64_t>(bytes) <= budget) {
      store.memory = zeros(t.shape(), {.dtype = t.dtype()});
      budget -= static_cast<std::int64_t>(bytes);
    } else {
      store.file = std::make_unique<MappedFile>(bytes);
    }
    stores_.push_back(std::move(store));
  }
  written_.resize(static_cast<std::size_t>(rows));
  missing_ = rows;
}

bool FeatureCache::holds(const RowRange& range) const {
  if (missing_ == 0) return true;
  bool all = true;
  each_row(range, [&](std::size_t, std::size_t row) { all = all && written_[row]; });
  return all;
}

void FeatureCache::write(const RowRange& range, const Tensors& values) {
  for (std::size_t k = 0; k < stores_.size(); ++k) {
    Store& store = stores_[k];
    Shape expected = store.shape;
    expected[0] = range.count();
    expect<ShapeError>(values[k].shape() == expected && values[k].dtype() == store.dtype,
                       "fit: a frozen layer gave {} of shape {} for a batch; expected {} of shape {}",
                       name_of(values[k].dtype()), to_string(values[k].shape()), name_of(store.dtype),
                       to_string(expected));
    const std::byte* from = bytes(values[k]);
    std::byte* to = store.file ? store.file->data() : writable_bytes(store.memory);
    const std::size_t n = store.row_bytes;
    each_row(range, [&](std::size_t i, std::size_t row) { std::memcpy(to + row * n, from + i * n, n); });
  }
  each_row(range, [&](std::size_t, std::size_t row) {
    missing_ -= !written_[row];
    written_[row] = true;
  });
}

Tensors FeatureCache::read(const RowRange& range) const {
  Tensors values;
  values.reserve(stores_.size());
  for (const Store& store : stores_) {
    if (!store.file) {
      values.push_back(range.order.present() ? gather_rows(store.memory, range.order.slice(0, range.start, range.stop))
                                             : store.memory.slice(0, range.start, range.stop));
      continue;
    }
    Shape shape = store.shape;
    shape[0] = range.count();
    Tensor part = zeros(shape, {.dtype = store.dtype});
    std::byte* to = writable_bytes(part);
    const std::byte* from = store.file->data();
    const std::size_t n = store.row_bytes;
    each_row(range, [&](std::size_t i, std::size_t row) { std::memcpy(to + i * n, from + row * n, n); });
    values.push_back(std::move(part));
  }
  return values;
}

}  // namespace frost::models
