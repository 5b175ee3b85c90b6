#include <frost/io/npy.hpp>

#include "fail.hpp"
#include "npy.hpp"
#include "zip.hpp"

namespace frost {

namespace {

constexpr std::string_view suffix = ".npy";

}  // namespace

std::map<std::string, Tensor> load_npz(const std::string& path, const LoadNpzOptions& options) {
  const io::ZipReader archive(path);
  std::map<std::string, Tensor> tensors;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < archive.entries().size(); ++i) {
    const auto& [name, bytes] = archive.entries()[i];
    if (!name.ends_with(suffix) || name.size() == suffix.size())
      io::fail(path, "entry '{}' is no array; expected a name and {}", name, suffix);
    const std::string what = fmt::format("{}: entry '{}'", path, name);
    archive.read(i, [&, &name = name, &bytes = bytes](const io::ReadBytes& read) {
      const io::NpyHeader header = io::read_npy_header(what, bytes, read);
      const std::uint64_t needed =
          header.data_bytes / io::size_of(header.element) * size_of(io::read_as(header.element));
      if (__builtin_add_overflow(total, needed, &total) || total > options.max_bytes)
        io::fail(what,
                 "the arrays need more memory than allowed; got {} bytes and more; expected at most max_bytes = {}",
                 total, options.max_bytes);
      tensors.emplace(name.substr(0, name.size() - suffix.size()), io::read_npy_elements(what, header, read));
    });
  }
  return tensors;
}

void save_npz(const std::string& path, const std::map<std::string, Tensor>& tensors) {
  std::vector<std::string> headers;
  headers.reserve(tensors.size());
  std::map<std::string, io::ZipPieces> entries;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.present()) throw ValueError(fmt::format("save_npz: {}: the tensor '{}' is absent", path, name));
    if (name.empty() || name.find('\0') != std::string::npos)
      throw ValueError(fmt::format("save_npz: {}: a name is empty or has a zero byte; got '{}'", path, name));
    headers.push_back(io::npy_header(tensor));
    entries[name + std::string(suffix)] = {std::as_bytes(std::span(headers.back())), io::bytes_of(tensor)};
  }
  io::write_zip(path, entries);
}

}  // namespace frost
