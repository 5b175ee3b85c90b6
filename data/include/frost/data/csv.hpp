#pragma once
#include <frost/autograd/tensor.hpp>

#include <cstdint>
#include <string>

namespace frost {

struct CsvOptions {
  char delimiter = ',';
  std::int64_t skip_rows = 0;  ///< lines to leave out at the start, such as a heading
  std::int64_t max_rows = 0;   ///< rows to read at most; 0: all
  DType dtype = default_dtype();
};

/// The numbers of a text file, a line a row, plain or compressed by gzip. Blank lines are left out.
/// Shapes: (rows, columns).
/// Throws: FileError, which says file and line, when it cannot be read, is truncated, or a line has a field that is no
/// number or another number of fields than the first; ValueError for a dtype that is not floating.
FROST_API Tensor load_csv(const std::string& path, const CsvOptions& options = {});

}  // namespace frost
