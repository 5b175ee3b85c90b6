#include <frost/io/keras.hpp>

#include "elements.hpp"
#include "fail.hpp"
#include "file.hpp"
#include "json.hpp"
#include "keras_config.hpp"
#include "load_report.hpp"
#include "manifest.hpp"
#include "weight_paths.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/layers/weight_budget.hpp>
#include <frost/models/topology.hpp>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <unordered_map>

namespace frost {

namespace io {

namespace {

constexpr std::uint64_t largest_topology = std::uint64_t{256} << 20;

std::string text_of(const InputFile& file) {
  const std::string& path = file.path();
  char magic[4] = {};
  file.read(0, magic, std::min<std::uint64_t>(file.size(), sizeof magic));
  constexpr const char* loads =
      "what loads is a TensorFlow.js layers model (model.json with its shards; `tensorflowjs_converter "
      "--input_format=keras` writes one) or model.frost";
  if (!std::memcmp(magic, "\x89HDF", 4))
    fail(path, "this is an HDF5 file, Keras' .h5, which does not load yet; {}", loads);
  if (!std::memcmp(magic, "PK\x03\x04", 4))
    fail(path, "this is a zip file, Keras' .keras, which does not load yet; {}", loads);
  if (file.size() > largest_topology)
    fail(path, "the topology has {} bytes; expected {} at most", file.size(), largest_topology);
  std::string text(file.size(), '\0');
  file.read(0, text.data(), text.size());
  return text;
}

// What is wrong in the file's JSON is the file's error.
template <class F>
auto as_file_error(const std::string& path, const F& read) {
  try {
    return read();
  } catch (const FileError&) {
    throw;
  } catch (const Error& error) {
    fail(path, "{}", error.what());
  }
}

// lstm/lstm_cell_3/kernel is lstm/kernel: whether a cell has a level of its own depends on the version that wrote it.
std::vector<std::string> parts_of(const std::string& name) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    const std::string part = name.substr(at, end - at);
    const bool is_cell =
        part.rfind("lstm_cell", 0) == 0 || part.rfind("gru_cell", 0) == 0 || part.rfind("simple_rnn_cell", 0) == 0;
    if (!is_cell && !part.empty()) parts.push_back(part);
    at = end + 1;
  }
  return parts;
}
// What two names must have in common: the last two parts. Empty for a name of one part, which is no weight's.
std::string ending_of(const std::vector<std::string>& parts) {
  return parts.size() < 2 ? "" : parts[parts.size() - 2] + '/' + parts.back();
}
// How many parts two names have in common when the shorter is the end of the longer; 0 when it is not.
std::size_t common_end(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const std::size_t n = std::min(a.size(), b.size());
  return std::equal(a.end() - static_cast<std::ptrdiff_t>(n), a.end(), b.end() - static_cast<std::ptrdiff_t>(n)) ? n
                                                                                                                 : 0;
}

void fill(const Model& model, const std::string& path, const std::vector<ManifestWeight>& values) {
  const std::vector<NamedWeight> weights = named_weights(model, "load_keras");
  std::vector<std::vector<std::string>> names;
  std::unordered_map<std::string, std::vector<std::size_t>> by_ending;
  for (const ManifestWeight& v : values) {
    names.push_back(parts_of(v.name));
    by_ending[ending_of(names.back())].push_back(names.size() - 1);
  }

  Comparison comparison;
  std::vector<std::pair<const Parameter*, std::size_t>> matches;
  std::vector<bool> is_used(values.size());
  for (const NamedWeight& w : weights) {
    std::size_t best = 0, at = 0, ties = 0;
    for (const std::string& p : w.paths) {
      const std::vector<std::string> ours = parts_of(p);
      const auto candidates = by_ending.find(ending_of(ours));
      if (candidates == by_ending.end()) continue;
      for (const std::size_t i : candidates->second) {
        const std::size_t common = common_end(ours, names[i]);
        if (common < 2 || common < best) continue;
        ties = common > best || i == at ? 0 : ties + 1;
        best = common;
        at = i;
      }
    }
    if (ties > 0)
      fail(path, "the manifest has {} weights that may be '{}', '{}' among them", ties + 1, w.path(), values[at].name);
    if (best == 0) {
      comparison.report.missing.push_back(w.path());
      continue;
    }
    is_used[at] = true;
    const Tensor& value = values[at].value;
    if (value.shape() == w.parameter.shape() && converts(value.dtype(), w.parameter.dtype()))
      matches.emplace_back(&w.parameter, at);
    else
      comparison.misshapen(values[at].name, value.shape(), value.dtype(), w.parameter);
  }
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!is_used[i]) comparison.report.unexpected.push_back(values[i].name);
  expect_loadable("load_keras", path, model, comparison, weights.size(), matches.size(), true);
  const NoGrad guard;
  for (const auto& [weight, at] : matches) weight->assign(values[at].value.to(weight->dtype()));
}

Model model_in(const Config& root) {
  const Config* topology = &root.at("modelTopology");
  if (const Config* inner = topology->find("model_config")) topology = inner;
  const std::string& type = topology->at("class_name").text();
  const Config& config = topology->at("config");
  const Model model = make_model(type == "Model" ? "Functional" : type, from_keras(type, config));
  const Config* trainable = config.is_object() ? config.find("trainable") : nullptr;
  if (trainable && !trainable->is_null() && !trainable->boolean()) model.set_trainable(false);
  return model;
}

// What a topology's file and its shards say, as they stood together.
struct KerasFile {
  Config root;
  std::vector<ManifestWeight> values;
};

const Config* manifest_in(const Config& root) { return root.find("weightsManifest"); }

KerasFile read_keras(const std::string& path) {
  // Whoever saves puts another topology here and removes the shards of the one before: then this one is read again.
  constexpr int most_tries = 100;
  for (int tries = 1;; ++tries) {
    const InputFile file(path);
    KerasFile read{parse_json(path, text_of(file)), {}};
    if (!read.root.is_object() || !read.root.find("modelTopology"))
      fail(path, "the JSON has no 'modelTopology'; expected a TensorFlow.js layers model");
    const Config* manifest = manifest_in(read.root);
    if (!manifest) return read;
    try {
      read.values = as_file_error(path, [&] { return read_manifest(path, *manifest); });
      if (file.is_current() || tries == most_tries) return read;
    } catch (const FileError&) {
      if (file.is_current() || tries == most_tries) throw;
    }
  }
}

}  // namespace

}  // namespace io

Model load_keras(const std::string& given) {
  const std::string path = std::filesystem::is_directory(given) ? given + "/model.json" : given;
  const io::KerasFile file = io::read_keras(path);
  std::int64_t elements = 0;
  for (const io::ManifestWeight& v : file.values) elements += v.value.size();
  const Model model = io::as_file_error(path, [&] {
    const detail::WeightBudget budget(detail::WeightBudget::for_file(elements));
    return io::model_in(file.root);
  });
  if (io::manifest_in(file.root))
    io::fill(model, path, file.values);
  else if (!model.weights().empty())
    io::fail(path, "the JSON has no 'weightsManifest', and the model has weights");
  return model;
}

}  // namespace frost
