#include "fuzz.hpp"

#include <frost/io/keras.hpp>

#include <filesystem>
#include <fstream>

namespace {

// A folder with model.json, which is under test, and a shard beside it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp") + std::string("/fuzz-XXXXXX");
    if (!::mkdtemp(name.data())) std::abort();
    path_ = name;
    write("weights.bin", std::string(48, '\0').data(), 48);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string write(const char* name, const char* bytes, std::size_t size) const {
    const std::string path = path_ + '/' + name;
    std::ofstream(path, std::ios::binary).write(bytes, static_cast<std::streamsize>(size));
    return path;
  }

 private:
  std::string path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  const std::string path = folder.write("model.json", reinterpret_cast<const char*>(data), size);
  try {
    frost::load_keras(path);
  } catch (const frost::FileError&) {
  } catch (const frost::ValueError&) {  // weights that are missing, unexpected or misshapen
  }
  return 0;
}
