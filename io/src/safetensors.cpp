#include <frost/io/safetensors.hpp>

#include "fail.hpp"
#include "file.hpp"
#include "safetensors.hpp"

#include <frost/autograd/foreign.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace frost::io {

namespace {

constexpr std::uint64_t largest_header = 100'000'000;  // as in the reference implementation
constexpr std::size_t alignment = 64;

const char* format_name(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "F32";
    case DType::float64:
      return "F64";
    case DType::int64:
      return "I64";
    case DType::boolean:
      break;
  }
  return "BOOL";
}

struct Item {
  const std::string* name;
  const Tensor* tensor;
  std::span<const std::byte> bytes;
};

std::string header_text(const std::string& path, const std::vector<Item>& items, const Metadata& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  // The names differ: looking for each among those before would take the square of their number.
  auto& members = header.get_ref<nlohmann::ordered_json::object_t&>();
  std::uint64_t offset = 0;
  for (const Item& item : items) {
    nlohmann::ordered_json entry = {{"dtype", format_name(item.tensor->dtype())},
                                    {"shape", static_cast<const std::vector<std::int64_t>&>(item.tensor->shape())},
                                    {"data_offsets", {offset, offset + item.bytes.size()}}};
    members.emplace_back(*item.name, std::move(entry));
    offset += item.bytes.size();
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception& error) {
    throw ValueError(
        fmt::format("save_safetensors: {}: a name or metadata is not UTF-8; got '{}'", path, error.what()));
  }
  text.append((2 * alignment - (sizeof(std::uint64_t) + text.size()) % alignment) % alignment, ' ');
  if (text.size() > largest_header)
    throw ValueError(fmt::format("save_safetensors: {}: the header is too large; got {} bytes; expected at most {}",
                                 path, text.size(), largest_header));
  return text;
}

// What a file that is no safetensors file begins as, as a hint.
const char* other_format(std::uint64_t first_bytes) {
  char bytes[sizeof first_bytes];
  std::memcpy(bytes, &first_bytes, sizeof bytes);
  const std::string_view text(bytes, sizeof bytes);
  if (text.starts_with("PK\3\4")) return ". It begins as a zip archive: PyTorch's .pt, Keras' .keras or NumPy's .npz";
  if (text.starts_with("\x89HDF")) return ". It begins as an HDF5 file, as Keras' .h5";
  if (text.starts_with("\x93NUMPY")) return ". It begins as a NumPy array: load_npy reads it";
  return "";
}

}  // namespace

SafetensorsReader::SafetensorsReader(const std::string& path) : file_(path) {
  std::uint64_t length = 0;
  if (file_.size() < sizeof length)
    fail(path, "is no safetensors file; got {} bytes; expected a length of 8 bytes and a header", file_.size());
  file_.read(0, &length, sizeof length);
  if (length > largest_header || length > file_.size() - sizeof length)
    fail(path, "the header's length at byte 0 does not fit; got {}; expected at most {}{}", length,
         std::min(largest_header, file_.size() - sizeof length), other_format(length));
  std::string text(static_cast<std::size_t>(length), '\0');
  file_.read(sizeof length, text.data(), text.size());
  data_start_ = sizeof length + length;
  header_ = parse_safetensors_header(path, text, file_.size() - data_start_);
}

Tensor SafetensorsReader::read(const std::string& name) const {
  const TensorEntry& entry = header_.tensors.at(name);
  std::uint64_t at = data_start_ + entry.begin;
  return read_elements(fmt::format("{}: tensor '{}'", path(), name), entry.element, entry.shape,
                       [&](void* to, std::size_t bytes) {
                         file_.read(at, to, bytes);
                         at += bytes;
                       });
}

Tensor SafetensorsReader::map(const std::string& name) {
  const TensorEntry& entry = header_.tensors.at(name);
  const std::uint64_t at = data_start_ + entry.begin;
  // Booleans are checked, so that every page of theirs would be read anyway.
  if (!is_native(entry.element) || entry.element == Element::boolean || entry.begin == entry.end ||
      at % size_of(entry.element) != 0)
    return read(name);
  if (!mapping_) mapping_.emplace(file_);
  auto keeper = std::make_unique<Mapping>(*mapping_);
  Tensor t = detail::make_foreign(
      keeper->data() + at, entry.shape, read_as(entry.element),
      [](void* context) { delete static_cast<Mapping*>(context); }, keeper.get());
  keeper.release();
  return t;
}

namespace {

std::map<std::string, Tensor> all_tensors(SafetensorsReader& reader, bool map) {
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, entry] : reader.entries()) tensors.emplace(name, map ? reader.map(name) : reader.read(name));
  return tensors;
}

}  // namespace

SafetensorsFile read_safetensors(const std::string& path) {
  SafetensorsReader reader(path);
  return {all_tensors(reader, false), reader.metadata()};
}

void write_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors,
                       const Metadata& metadata) {
  std::vector<Item> items;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.present()) throw ValueError(fmt::format("save_safetensors: {}: the tensor '{}' is absent", path, name));
    if (name == "__metadata__")
      throw ValueError(fmt::format("save_safetensors: {}: no tensor may be called '{}'", path, name));
    items.push_back({&name, &tensor, bytes_of(tensor)});
  }
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return size_of(a.tensor->dtype()) > size_of(b.tensor->dtype());
  });
  const std::string header = header_text(path, items, metadata);
  replace_file(path, [&](OutputFile& file) {
    const std::uint64_t length = header.size();
    file.write(&length, sizeof length);
    file.write(header.data(), header.size());
    for (const Item& item : items) file.write(item.bytes.data(), item.bytes.size());
  });
}

}  // namespace frost::io

namespace frost {

std::map<std::string, Tensor> load_safetensors(const std::string& path, const LoadSafetensorsOptions& options) {
  io::SafetensorsReader reader(path);
  return io::all_tensors(reader, options.map);
}

void save_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors) {
  io::expect_not_keras("save_safetensors", path, "tensors.safetensors");
  io::write_safetensors(path, tensors, {});
}

}  // namespace frost
