#include "fail.hpp"
#include "load_report.hpp"
#include "safetensors.hpp"
#include "weight_paths.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/identity.hpp>
#include <frost/io/model_file.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <set>

namespace frost {

namespace io {

namespace {

constexpr const char* version_key = "frost.delta";
constexpr const char* hash_key = "base.sha256";

// SHA-256 (FIPS 180-4) of weights: of each its path, dtype and shape, then its bytes.
class WeightHash {
 public:
  WeightHash() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void add(const NamedWeight& w) {
    const std::string head =
        fmt::format("{} {} {}\n", w.path(), name_of(w.parameter.dtype()), to_string(w.parameter.shape()));
    update(head.data(), head.size());
    const auto bytes = bytes_of(w.parameter);
    update(bytes.data(), bytes.size());
  }
  std::string hexadecimal() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &size);
    std::string text;
    for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
  }

 private:
  void update(const void* data, std::size_t bytes) { EVP_DigestUpdate(context_.get(), data, bytes); }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

// The hash of the weights that a delta does not hold.
std::string hash_of_base(const std::vector<NamedWeight>& weights, const std::set<std::string>& in_delta) {
  WeightHash hash;
  for (const NamedWeight& w : weights)
    if (!in_delta.count(w.path())) hash.add(w);
  return hash.hexadecimal();
}

}  // namespace

}  // namespace io

void save_delta(const Model& model, const std::string& path) {
  io::expect_not_keras("save_delta", path, "delta.safetensors");
  const std::vector<io::NamedWeight> weights = io::named_weights(model, "save_delta");
  const auto trainable = detail::identities(model.trainable_weights());
  std::map<std::string, Tensor> tensors;
  std::set<std::string> names;
  for (const io::NamedWeight& w : weights) {
    if (!trainable.count(detail::identity(w.parameter))) continue;
    tensors[w.path()] = w.parameter;
    names.insert(w.path());
  }
  if (tensors.empty())
    throw ValueError(fmt::format("save_delta: {}: nothing of the model '{}' is trainable", path, model.name()));
  io::write_safetensors(path, tensors, {{io::version_key, "1"}, {io::hash_key, io::hash_of_base(weights, names)}});
}

void load_delta(const Model& model, const std::string& path) {
  const io::SafetensorsReader file(path);
  const auto version = file.metadata().find(io::version_key), hash = file.metadata().find(io::hash_key);
  if (version == file.metadata().end() || hash == file.metadata().end())
    io::fail(path, "this is no delta: its metadata has no '{}' or no '{}'", io::version_key, io::hash_key);
  if (version->second != "1") io::fail(path, "the delta is of version '{}'; expected 1", version->second.substr(0, 40));

  const std::vector<io::NamedWeight> weights = io::named_weights(model, "load_delta");
  std::set<std::string> names;
  for (const auto& [name, entry] : file.entries()) names.insert(name);
  io::Comparison comparison;
  std::size_t matched = 0;
  for (const io::NamedWeight& w : weights) {
    const auto at = file.entries().find(w.path());
    if (at == file.entries().end()) continue;
    names.erase(w.path());
    if (at->second.shape == w.parameter.shape() && io::read_as(at->second.element) == w.parameter.dtype())
      ++matched;
    else
      comparison.misshapen(w.path(), at->second.shape, io::read_as(at->second.element), w.parameter);
  }
  comparison.report.unexpected.assign(names.begin(), names.end());
  io::expect_loadable("load_delta", path, model, comparison, weights.size(), matched, true);

  std::set<std::string> in_delta;
  for (const auto& [name, entry] : file.entries()) in_delta.insert(name);
  const std::string base = io::hash_of_base(weights, in_delta);
  if (base != hash->second)
    io::fail(path, "the delta belongs to another base: its SHA-256 is {}; expected {}", base, hash->second);
  std::vector<Tensor> values;
  for (const io::NamedWeight& w : weights)
    if (in_delta.count(w.path())) values.push_back(file.read(w.path()));
  const NoGrad guard;
  std::size_t i = 0;
  for (const io::NamedWeight& w : weights)
    if (in_delta.count(w.path())) w.parameter.assign(values[i++]);
}

}  // namespace frost
