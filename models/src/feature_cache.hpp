#pragma once
#include "rows.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace frost::models {

/// A temporary file, already unlinked, that is mapped into memory.
class MappedFile {
 public:
  /// In TMPDIR, else in /tmp. All of its space is taken at once. Throws: FileError when there is none.
  explicit MappedFile(std::size_t bytes);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::byte* data() const { return data_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_;
};

/// Rows of tensors, written batch by batch in any order. They lie in memory or in a temporary file.
class FeatureCache {
 public:
  /// Room for tensors like these, which may be abstract; they have one row for each row of the data. What does not fit
  /// in `budget` bytes goes to files; the rest is taken off it. Throws: FileError when a file cannot be made.
  FeatureCache(const Tensors& like, std::int64_t& budget);

  static std::int64_t bytes_of(const Tensors& tensors);
  /// How much memory features may take unless the user says otherwise: a quarter of the machine's, at most 2 GiB.
  static std::int64_t default_budget();

  /// Whether all these rows have been written.
  bool holds(const RowRange& range) const;
  void write(const RowRange& range, const Tensors& values);
  Tensors read(const RowRange& range) const;

 private:
  struct Store {
    Shape shape;  // of all rows
    DType dtype;
    std::size_t row_bytes;
    Tensor memory = {};  // absent: the values are in `file`
    std::unique_ptr<MappedFile> file = {};
  };
  std::vector<Store> stores_;
  std::vector<bool> written_;
  std::int64_t missing_ = 0;
};

}  // namespace frost::models
