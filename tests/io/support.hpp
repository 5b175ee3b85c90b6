#pragma once
#include <frost/autograd.hpp>
#include <frost/io.hpp>

#include <stdlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

// What the tests of files share.
namespace io_test {

namespace fs = std::filesystem;

/// Where files are memory, if there is such a place: for tests that write thousands.
inline fs::path in_memory() { return fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path(); }

/// A folder that goes with the object.
class Folder {
 public:
  explicit Folder(const fs::path& parent = fs::temp_directory_path()) {
    std::string name = (parent / "frost-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::size_t count() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), {})); }

 private:
  fs::path path_;
};

inline std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

template <class T>
bool same_bits(const frost::Tensor& a, const frost::Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         (a.size() == 0 || std::memcmp(a.data<T>().data(), b.data<T>().data(), a.data<T>().size_bytes()) == 0);
}
inline bool same_bits(const frost::Tensors& a, const frost::Tensors& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (!same_bits<float>(a[i], b[i])) return false;
  return a.size() == b.size();
}

/// The greatest distance of two tensors' elements.
inline double distance(const frost::Tensor& a, const frost::Tensor& b) {
  return frost::abs(a - b).max().item<double>();
}

/// The bytes of a safetensors file: a header of JSON and data.
inline std::string safetensors_of(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

/// How much memory the process has that it shares with no other, in bytes: from /proc/self/smaps.
inline std::int64_t private_bytes() {
  std::ifstream in("/proc/self/smaps");
  std::int64_t sum = 0, kilobytes = 0;
  for (std::string word; in >> word;)
    if ((word == "Private_Dirty:" || word == "Private_Clean:") && in >> kilobytes) sum += kilobytes;
  return sum * 1024;
}

}  // namespace io_test
