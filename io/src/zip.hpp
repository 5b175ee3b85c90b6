#pragma once
#include "elements.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

struct zip;

namespace frost::io {

/// A zip archive that is open for reading, stored or deflated. Every error is a FileError with the file's name.
class ZipReader {
 public:
  struct Entry {
    std::string name;
    std::uint64_t bytes;  // when read
  };

  /// Throws: FileError for what is no archive, for two entries of one name, and for entries that are compressed in
  /// another way or claim more bytes than deflating can have made of so small a file.
  explicit ZipReader(const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<Entry>& entries() const { return entries_; }
  /// Hands the bytes of an entry, in order, to whoever reads them; what is left is read, too, so that its checksum is
  /// checked.
  void read(std::size_t entry, const std::function<void(const ReadBytes&)>& consume) const;

 private:
  struct Close {
    void operator()(zip* archive) const;
  };
  std::string path_;
  std::unique_ptr<zip, Close> archive_;
  std::vector<Entry> entries_;
};

/// What is written as one entry: pieces that follow one another.
using ZipPieces = std::vector<std::span<const std::byte>>;

/// Writes an archive of stored entries, whole or not at all. The same entries give the same bytes.
/// Throws: FileError.
void write_zip(const std::string& path, const std::map<std::string, ZipPieces>& entries);

}  // namespace frost::io
