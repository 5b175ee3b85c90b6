#pragma once
#include <string>

namespace frost::detail {

/// An open file's number, which is closed with the object.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  /// Gives the number to whoever closes it.
  int release();

 private:
  int number_;
};

/// Throws a FileError, "who has a zero byte …": the system would take such a path for the part before the byte.
void expect_no_zero_byte(const std::string& who, const std::string& path);

/// Opens a regular file for reading. What would make a reader wait or never ends (a FIFO, a device, a socket) is
/// refused at once. Throws: FileError, "who cannot be opened; …" and the like.
Descriptor open_regular(const std::string& who, const std::string& path);

/// Throws a FileError unless a regular file is at the path, or nothing.
void expect_replaceable(const std::string& who, const std::string& path);

}  // namespace frost::detail
