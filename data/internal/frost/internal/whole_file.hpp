#pragma once
#include <cstddef>
#include <functional>
#include <string>

namespace frost::detail {

/// A file that is being written under a temporary name.
class OutputFile {
 public:
  /// Of an open file. Errors begin with `who`, which outlives it.
  OutputFile(const std::string& who, int descriptor) : who_(who), descriptor_(descriptor) {}
  void write(const void* from, std::size_t bytes);

 private:
  const std::string& who_;
  int descriptor_;
};

/// Writes a file so that a stop at any moment leaves the old or the new one, whole: under a temporary name in the same
/// folder, synced, renamed. Permissions and symbolic links stay. When `write` or the disk fails, the temporary file is
/// removed. Throws: FileError, "who cannot be …".
void replace_file(const std::string& who, const std::string& path, const std::function<void(OutputFile&)>& write);
/// The same where others write: `write` is given the temporary file's name, and may replace that file itself.
void replace_file_by_name(const std::string& who, const std::string& path,
                          const std::function<void(const std::string& temporary)>& write);
/// The same with this text.
void write_whole(const std::string& who, const std::string& path, const std::string& text);

}  // namespace frost::detail
