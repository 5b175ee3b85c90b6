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

std::string read_text(const std::string& path) {
  const InputFile file(path);
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
  return make_model(type == "Model" ? "Functional" : type, from_keras(type, topology->at("config")));
}

}  // namespace

}  // namespace io

Model load_keras(const std::string& given) {
  const std::string path = std::filesystem::is_directory(given) ? given + "/model.json" : given;
  const std::string text = io::read_text(path);
  const Config root = io::parse_json(path, text);
  if (!root.is_object() || !root.find("modelTopology"))
    io::fail(path, "the JSON has no 'modelTopology'; expected a TensorFlow.js layers model");
  const Config* manifest = root.find("weightsManifest");
  const auto values = manifest ? io::as_file_error(path, [&] { return io::read_manifest(path, *manifest); })
                               : std::vector<io::ManifestWeight>();
  std::int64_t elements = 0;
  for (const io::ManifestWeight& v : values) elements += v.value.size();
  const Model model = io::as_file_error(path, [&] {
    const detail::WeightBudget budget(detail::WeightBudget::for_file(elements));
    return io::model_in(root);
  });
  if (manifest)
    io::fill(model, path, values);
  else if (!model.weights().empty())
    io::fail(path, "the JSON has no 'weightsManifest', and the model has weights");
  return model;
}

void save_keras(const Model& model, const std::string& path) {
  const std::filesystem::path file(path);
  const std::string shard = file.stem().string() + ".weights.bin";
  Config weights = Config::list();
  std::vector<Tensor> values;
  for (const io::NamedWeight& w : io::named_weights(model, "save_keras")) {
    Config entry = Config::object(), shape = Config::list();
    for (const std::int64_t size : w.parameter.shape()) shape.add(size);
    weights.add(entry.set("name", w.path()).set("shape", shape).set("dtype", "float32"));
    values.push_back(w.parameter.detach().to(DType::float32));
  }
  Config group = Config::object(), topology = Config::object(), root = Config::object();
  group.set("paths", Config::list({shard})).set("weights", weights);
  const std::string type = model.type();
  Config config = Config::object();
  config.set("name", model.name());
  const Config own = io::to_keras(type, model.base().config());
  for (const std::string& key : own.keys()) config.set(key, own.at(key));
  topology.set("class_name", type == "Functional" ? "Model" : type).set("config", config);
  topology.set("keras_version", "2.10.0").set("backend", "tensorflow");
  root.set("format", "layers-model").set("generatedBy", "Frost").set("modelTopology", topology);
  root.set("weightsManifest", Config::list({group}));
  io::replace_file((file.parent_path() / shard).string(), [&](io::OutputFile& out) {
    for (const Tensor& v : values) {
      const auto bytes = io::bytes_of(v);
      out.write(bytes.data(), bytes.size());
    }
  });
  io::replace_file(path, [&](io::OutputFile& out) {
    const std::string text = io::to_json(root, true);
    out.write(text.data(), text.size());
  });
}

}  // namespace frost
