#include "elements.hpp"
#include "fail.hpp"
#include "file.hpp"
#include "json.hpp"
#include "keras_config.hpp"
#include "weight_paths.hpp"

#include <frost/io/keras.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

// Note [Weights beside a topology]
// Two files cannot be replaced at once. So the weights go into a file that no topology names yet; the topology's own
// replacement is the one step, and the weights that it no longer names are removed after it. They are called
// NAME.weights.bin, or NAME.weights-K.bin while another has that name.
namespace frost {

namespace io {

namespace {

namespace fs = std::filesystem;

std::string shard_name(const fs::path& topology, int number) {
  const std::string ending = number == 0 ? ".bin" : fmt::format("-{}.bin", number);
  return topology.stem().string() + ".weights" + ending;
}

// Whether a file has a name of shard_name's, of any number.
bool is_shard(const fs::path& topology, const std::string& name) {
  const std::string start = topology.stem().string() + ".weights", end = ".bin";
  if (name.size() < start.size() + end.size() || !name.starts_with(start) || !name.ends_with(end)) return false;
  const std::string number = name.substr(start.size(), name.size() - start.size() - end.size());
  return number.empty() || (number.size() > 1 && number[0] == '-' &&
                            std::all_of(number.begin() + 1, number.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

// Whether a file is a JSON object that has the text of `name` in it.
bool mentions(const fs::path& path, const std::string& name) {
  constexpr std::uint64_t largest_topology = std::uint64_t{256} << 20;
  const InputFile file(path.string());
  std::string text(1, '\0');
  if (file.size() == 0 || file.size() > largest_topology) return false;
  file.read(0, text.data(), 1);
  if (text[0] != '{') return false;
  text.resize(file.size());
  file.read(0, text.data(), text.size());
  return text.find(name) != std::string::npos;
}

// Whether a topology in the folder names a shard: the one that stands at the path now, or a copy of an older one.
bool is_named(const fs::path& folder, const fs::path& topology, const std::string& shard) {
  const std::string name = to_json(shard);
  std::error_code error, ignored;
  try {
    if (fs::exists(topology, ignored) && mentions(topology, name)) return true;
  } catch (const FileError&) {
    return true;  // it cannot be read, and may name any
  }
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    try {
      if (at->is_regular_file(ignored) && mentions(at->path(), name)) return true;
    } catch (const FileError&) {  // another's file, which is gone or not for us to read
    }
  }
  return false;
}

// Removes shards of a topology that no longer has a name for them, and that nobody is about to name.
void sweep_shards(const fs::path& topology) {
  const fs::path folder = topology.has_parent_path() ? topology.parent_path() : ".";
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (is_shard(topology, name))
      detail::remove_abandoned(at->path().string(), [&] { return is_named(folder, topology, name); });
  }
}

}  // namespace

}  // namespace io

void save_keras(const Model& model, const std::string& path) {
  io::expect_not_keras("save_keras", path, "model.json");
  Config weights = Config::list();
  Tensors values;
  for (const io::NamedWeight& w : io::named_weights(model, "save_keras")) {
    Config entry = Config::object(), shape = Config::list();
    for (const std::int64_t size : w.parameter.shape()) shape.add(size);
    weights.add(entry.set("name", w.path()).set("shape", shape).set("dtype", "float32"));
    values.push_back(w.parameter.detach().to(DType::float32));
  }
  const std::string type = model.type();
  Config config = Config::object(), topology = Config::object(), root = Config::object();
  config.set("name", model.name());
  const Config own = io::to_keras(type, model.base().config());
  for (const std::string& key : own.keys()) config.set(key, own.at(key));
  topology.set("class_name", type == "Functional" ? "Model" : type).set("config", config);
  topology.set("keras_version", "2.10.0").set("backend", "tensorflow");
  root.set("format", "layers-model").set("generatedBy", "Frost").set("modelTopology", topology);

  const std::string who = path + ":";
  detail::expect_replaceable(who, path);
  io::sweep_shards(path);
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  detail::NewFile shard(
      who, [&](int i) { return (folder / io::shard_name(path, i)).string(); }, detail::mode_of(path));
  for (const Tensor& v : values) {
    const auto bytes = io::bytes_of(v);
    shard.out().write(bytes.data(), bytes.size());
  }
  shard.sync();
  Config group = Config::object();
  group.set("paths", Config::list({std::filesystem::path(shard.name()).filename().string()})).set("weights", weights);
  root.set("weightsManifest", Config::list({group}));
  const std::string text = io::to_json(root, true);
  io::replace_file(path, [&](io::OutputFile& out) { out.write(text); });
  shard.keep();
  io::sweep_shards(path);
}

}  // namespace frost
