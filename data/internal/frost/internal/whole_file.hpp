#pragma once
#include <frost/internal/regular_file.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace frost::detail {

/// A file that is being written.
class OutputFile {
 public:
  /// Of an open file. Errors begin with `who`, which outlives it.
  OutputFile(const std::string& who, int descriptor) : who_(who), descriptor_(descriptor) {}
  void write(const void* from, std::size_t bytes);
  void write(const std::string& text) { write(text.data(), text.size()); }
  /// Where the next byte goes, from the start.
  void seek(std::uint64_t position);
  int descriptor() const { return descriptor_; }

 private:
  const std::string& who_;
  int descriptor_;
};

/// A file under a name that no other had. It is locked while the object lives, which tells others that its writer
/// lives, and removed with the object unless it was kept.
class NewFile {
 public:
  /// The first of these names that is free: `name(0)`, `name(1)`, …
  NewFile(const std::string& who, const std::function<std::string(int)>& name, unsigned mode);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  const std::string& name() const { return name_; }
  OutputFile& out() { return out_; }
  /// Waits until the disk has the bytes.
  void sync() const;
  void keep() { is_kept_ = true; }

 private:
  Descriptor open(const std::function<std::string(int)>& name, unsigned mode);

  const std::string& who_;
  std::string name_;
  Descriptor file_;
  OutputFile out_;
  bool is_kept_ = false;
};

/// The rights of a file that is to stand beside another or in its place: the other's, or the usual ones if there is
/// none.
unsigned mode_of(const std::string& path);

/// Removes a file whose writer is gone unless, once that is certain, it is still needed.
void remove_abandoned(const std::string& path, const std::function<bool()>& is_needed);

/// Writes a file so that a stop at any moment leaves the old or the new one, whole: under a temporary name in the same
/// folder, synced, renamed. Permissions and symbolic links stay; a link that leads to no file yet makes it. When
/// `write` or the disk fails, the temporary file is removed; those that killed writers left in the folder are, too.
/// Throws: FileError, "who cannot be …", and before anything is written where something stands that is no regular file.
void replace_file(const std::string& who, const std::string& path, const std::function<void(OutputFile&)>& write);
/// The same with this text.
void write_whole(const std::string& who, const std::string& path, const std::string& text);

}  // namespace frost::detail
