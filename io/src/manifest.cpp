#include "manifest.hpp"

#include "elements.hpp"
#include "fail.hpp"
#include "file.hpp"

#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

#include <cstring>
#include <filesystem>
#include <memory>

namespace frost::io {

namespace {

struct Entry {
  std::string name;
  Shape shape;
  Element element = Element::f32;
  bool is_quantized = false;
  double scale = 1, min = 0;
  std::uint64_t bytes = 0;
};

// The shards of a group, one behind the other.
class Shards {
 public:
  Shards(const std::string& path, const Config& names) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    for (const Config& c : names.elements()) {
      const std::string& name = c.text();
      const std::filesystem::path relative(name);
      bool leaves = relative.is_absolute() || name.empty();
      for (const auto& part : relative) leaves |= part == "..";
      if (leaves) fail(path, "the manifest names the shard '{}'; expected a file beside it", name.substr(0, 200));
      files_.push_back(std::make_unique<InputFile>((folder / relative).string()));
      size_ += files_.back()->size();
    }
  }
  std::uint64_t size() const { return size_; }
  void read(void* to, std::size_t bytes) {
    auto* at = static_cast<char*>(to);
    while (bytes > 0) {
      const std::uint64_t left = files_[file_]->size() - offset_;
      const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes));
      if (now > 0) files_[file_]->read(offset_, at, now);
      at += now;
      bytes -= now;
      offset_ += now;
      if (offset_ == files_[file_]->size() && bytes > 0) {
        ++file_;
        offset_ = 0;
      }
    }
  }

 private:
  std::vector<std::unique_ptr<InputFile>> files_;
  std::uint64_t size_ = 0, offset_ = 0;
  std::size_t file_ = 0;
};

Element element_named(const std::string& path, const std::string& weight, const std::string& name) {
  if (name == "float32") return Element::f32;
  if (name == "float16") return Element::f16;
  if (name == "int32") return Element::i32;
  if (name == "uint8") return Element::u8;
  if (name == "uint16") return Element::u16;
  if (name == "bool") return Element::boolean;
  fail(path, "weight '{}' has the dtype '{}'; expected float32, int32, uint8 or bool", weight, name);
}

Entry entry_of(const std::string& path, const Config& config) {
  Entry e;
  e.name = config.at("name").text();
  for (const Config& size : config.at("shape").elements()) {
    if (size.integer() < 0) fail(path, "weight '{}' has the size {}; expected 0 or more", e.name, size.integer());
    e.shape.push_back(size.integer());
  }
  const std::string& dtype = config.at("dtype").text();
  e.element = element_named(path, e.name, dtype);
  if (const Config* q = config.find("quantization"); q && !q->is_null()) {
    const std::string& stored = q->at("dtype").text();
    if (stored != "uint8" && stored != "uint16" && stored != "float16")
      fail(path, "weight '{}' is quantised to '{}'; expected uint8, uint16 or float16", e.name, stored);
    e.element = element_named(path, e.name, stored);
    e.is_quantized = stored != "float16";
    if (e.is_quantized) {
      e.scale = q->at("scale").number();
      e.min = q->at("min").number();
    }
  }
  if (!count_bytes(e.element, e.shape, e.bytes))
    fail(path, "weight '{}' of shape {} has more elements than can be counted", e.name, to_string(e.shape));
  return e;
}

Tensor dequantized(const Tensor& stored, double scale, double min) {
  Tensor values = zeros(stored.shape(), {.dtype = DType::float32});
  const auto from = stored.data<std::int64_t>();
  const auto to = values.mutable_data<float>();
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = static_cast<float>(static_cast<double>(from[i]) * scale + min);
  return values;
}

void read_group(const std::string& path, const Config& group, std::vector<ManifestWeight>& weights) {
  std::vector<Entry> entries;
  std::uint64_t expected = 0;
  Shards shards(path, group.at("paths"));
  for (const Config& config : group.at("weights").elements()) {
    entries.push_back(entry_of(path, config));
    // No sum of sizes overflows: each is checked against the shards before the next is added.
    if (entries.back().bytes > shards.size() - expected)
      fail(path, "weight '{}' of shape {} ends behind its shards, which have {} bytes", entries.back().name,
           to_string(entries.back().shape), shards.size());
    expected += entries.back().bytes;
  }
  if (expected != shards.size())
    fail(path, "the shards have {} bytes; expected {} for the {} weights of the manifest", shards.size(), expected,
         entries.size());
  for (const Entry& e : entries) {
    const Tensor stored = read_elements(path + ": weight '" + e.name + "'", e.element, e.shape,
                                        [&](void* to, std::size_t bytes) { shards.read(to, bytes); });
    weights.push_back({e.name, e.is_quantized ? dequantized(stored, e.scale, e.min) : stored});
  }
}

}  // namespace

std::vector<ManifestWeight> read_manifest(const std::string& path, const Config& manifest) {
  std::vector<ManifestWeight> weights;
  for (const Config& group : manifest.elements()) read_group(path, group, weights);
  return weights;
}

}  // namespace frost::io
