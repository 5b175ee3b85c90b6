#include <frost/io/weights.hpp>

#include "fail.hpp"
#include "load_report.hpp"
#include "safetensors.hpp"
#include "weight_paths.hpp"

#include <frost/autograd/foreign.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/autograd/identity.hpp>

#include <algorithm>
#include <charconv>
#include <set>

namespace frost {

namespace io {

namespace {

constexpr int newest_version = 1;

// Files of other programs have no version; those that Frost wrote may be of a later one.
void expect_version(const SafetensorsReader& file) {
  const auto version = file.metadata().find("frost.weights");
  if (version == file.metadata().end()) return;
  const std::string& text = version->second;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > newest_version)
    fail(file.path(), "the weights are of version '{}'; expected a version from 1 to {}", text, newest_version);
}

struct Match {
  const Parameter* weight;
  std::string name;  // in the file
};

}  // namespace

}  // namespace io

void save_weights(const Model& model, const std::string& path, const SaveWeightsOptions& options) {
  io::expect_not_keras("save_weights", path, "weights.safetensors");
  const std::vector<io::NamedWeight> weights = io::named_weights(model, "save_weights");
  const auto trainable =
      detail::identities(options.only == Weights::trainable ? model.trainable_weights() : Parameters());
  std::map<std::string, Tensor> tensors;
  for (const io::NamedWeight& w : weights)
    if (options.only == Weights::all || trainable.count(detail::identity(w.parameter))) tensors[w.path()] = w.parameter;
  if (options.only == Weights::trainable && tensors.empty())
    throw ValueError(fmt::format("save_weights: {}: nothing of the model '{}' is trainable; got Weights::trainable",
                                 path, model.name()));
  io::write_safetensors(path, tensors, {{"frost.weights", std::to_string(io::newest_version)}});
}

LoadReport load_weights(const Model& model, const std::string& path, const LoadOptions& options) {
  const std::vector<io::NamedWeight> weights = io::named_weights(model, "load_weights");
  io::SafetensorsReader file(path);
  io::expect_version(file);

  io::Comparison comparison;
  std::vector<io::Match> matches;
  std::set<std::string> known;
  for (const io::NamedWeight& w : weights) {
    known.insert(w.paths.begin(), w.paths.end());
    const auto name =
        std::find_if(w.paths.begin(), w.paths.end(), [&](const std::string& p) { return file.entries().contains(p); });
    if (name == w.paths.end()) {
      comparison.report.missing.push_back(w.path());
      continue;
    }
    const io::TensorEntry& entry = file.entries().at(*name);
    const DType dtype = io::read_as(entry.element);
    if (entry.shape == w.parameter.shape() && io::converts(dtype, w.parameter.dtype()))
      matches.push_back({&w.parameter, *name});
    else
      comparison.misshapen(*name, entry.shape, dtype, w.parameter);
  }
  const bool is_model = file.metadata().contains("frost.model");  // its other tensors begin with @
  for (const auto& [name, entry] : file.entries())
    if (!known.contains(name) && !(is_model && name[0] == '@')) comparison.report.unexpected.push_back(name);
  io::expect_loadable("load_weights", path, model, comparison, weights.size(), matches.size(), options.strict);

  const NoGrad guard;
  Tensors values;
  for (const io::Match& m : matches)
    values.push_back((options.map ? file.map(m.name) : file.read(m.name)).to(m.weight->dtype()));
  for (std::size_t i = 0; i < matches.size(); ++i)
    options.map ? detail::show_values(*matches[i].weight, values[i]) : matches[i].weight->assign(values[i]);
  comparison.report.loaded = static_cast<std::int64_t>(matches.size());
  return std::move(comparison.report);
}

void Model::save_weights(const std::string& path) const { frost::save_weights(*this, path); }
LoadReport Model::load_weights(const std::string& path) const { return frost::load_weights(*this, path); }
LoadReport Model::load_weights(const std::string& path, const LoadOptions& options) const {
  return frost::load_weights(*this, path, options);
}

}  // namespace frost
