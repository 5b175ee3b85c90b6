#include <frost/io/safetensors.hpp>

#include "fail.hpp"
#include "file.hpp"
#include "safetensors.hpp"

#include <frost/autograd/make.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <span>
#include <vector>

namespace frost::io {

namespace {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

constexpr std::uint64_t largest_header = 100'000'000;  // as in the reference implementation
constexpr std::size_t alignment = 64;

Tensor read_tensor(const InputFile& file, const std::string& name, const TensorEntry& entry, std::uint64_t data_start) {
  Tensor t = zeros(entry.shape, {.dtype = entry.dtype});
  const auto read = [&](void* to) {
    file.read(data_start + entry.begin, to, static_cast<std::size_t>(entry.end - entry.begin));
  };
  switch (entry.dtype) {
    case DType::float32:
      read(t.mutable_data<float>().data());
      break;
    case DType::float64:
      read(t.mutable_data<double>().data());
      break;
    case DType::int64:
      read(t.mutable_data<std::int64_t>().data());
      break;
    case DType::boolean: {
      auto* bytes = reinterpret_cast<unsigned char*>(t.mutable_data<bool>().data());
      read(bytes);
      const std::span<const unsigned char> elements(bytes, static_cast<std::size_t>(t.size()));
      const auto bad = std::find_if(elements.begin(), elements.end(), [](unsigned char b) { return b > 1; });
      if (bad != elements.end())
        fail(file.path(), "tensor '{}': element {} is no boolean; got {}; expected 0 or 1", name,
             bad - elements.begin(), *bad);
    }
  }
  return t;
}

std::span<const std::byte> bytes_of(const Tensor& t) {
  switch (t.dtype()) {
    case DType::float32:
      return std::as_bytes(t.data<float>());
    case DType::float64:
      return std::as_bytes(t.data<double>());
    case DType::int64:
      return std::as_bytes(t.data<std::int64_t>());
    case DType::boolean:
      break;
  }
  return std::as_bytes(t.data<bool>());
}

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
  std::uint64_t offset = 0;
  for (const Item& item : items) {
    header[*item.name] = {{"dtype", format_name(item.tensor->dtype())},
                          {"shape", static_cast<const std::vector<std::int64_t>&>(item.tensor->shape())},
                          {"data_offsets", {offset, offset + item.bytes.size()}}};
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

}  // namespace

SafetensorsFile read_safetensors(const std::string& path) {
  const InputFile file(path);
  std::uint64_t length = 0;
  if (file.size() < sizeof length)
    fail(path, "is no safetensors file; got {} bytes; expected a length of 8 bytes and a header", file.size());
  file.read(0, &length, sizeof length);
  if (length > largest_header || length > file.size() - sizeof length)
    fail(path, "the header's length at byte 0 does not fit; got {}; expected at most {}", length,
         std::min(largest_header, file.size() - sizeof length));
  std::string text(static_cast<std::size_t>(length), '\0');
  file.read(sizeof length, text.data(), text.size());

  const std::uint64_t data_start = sizeof length + length;
  SafetensorsHeader header = parse_safetensors_header(path, text, file.size() - data_start);
  SafetensorsFile contents{{}, std::move(header.metadata)};
  for (const auto& [name, entry] : header.tensors)
    contents.tensors.emplace(name, read_tensor(file, name, entry, data_start));
  return contents;
}

void write_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors,
                       const Metadata& metadata) {
  std::vector<Item> items;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor) throw ValueError(fmt::format("save_safetensors: {}: the tensor '{}' is absent", path, name));
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

std::map<std::string, Tensor> load_safetensors(const std::string& path) { return io::read_safetensors(path).tensors; }

void save_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors) {
  io::write_safetensors(path, tensors, {});
}

}  // namespace frost
