#include <frost/io/model_file.hpp>

#include "fail.hpp"
#include "freeze_mask.hpp"
#include "json.hpp"
#include "load_report.hpp"
#include "safetensors.hpp"
#include "weight_paths.hpp"

#include <frost/autograd/foreign.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/autograd/identity.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/weight_budget.hpp>
#include <frost/models/topology.hpp>
#include <frost/models/training.hpp>
#include <frost/optim/registry.hpp>

#include <algorithm>
#include <charconv>
#include <set>

// Note [A model's file]
// Tensors: each weight under its path; "@optimizer/K/PATH", the K-th tensor that the optimizer keeps for a weight;
// "@optimizer/steps/PATH", its elements' step counts where they differ; "@input/K" and "@output/K", test vectors.
// Metadata, all JSON but the version: frost.model (version), architecture, freeze, training. No layer's name begins
// with @.
namespace frost {

namespace io {

namespace {

constexpr int newest_version = 1;
const std::string optimizer_prefix = "@optimizer/";

std::string numbered(const char* prefix, std::size_t i) { return prefix + std::to_string(i); }

// ------------------------------------------------------------------------------------------------------------- writing

Config config_of(const LearningRateSchedule& schedule) {
  Config options = Config::object(), entry = Config::object();
  for (const auto& [name, numbers] : schedule.base().config()) {
    Config list = Config::list();
    for (const double x : numbers) list.add(x);
    options.set(name, list);
  }
  return entry.set("type", schedule.base().type()).set("config", options);
}

Config training_of(const Model& model, std::map<std::string, Tensor>& tensors) {
  Config training;
  try {
    training = training_config(model);
  } catch (const ValueError&) {
    return {};  // a function cannot be written: the model is saved as one that is not compiled
  }
  const Optimizer optimizer = model.optimizer();
  if (training.is_null() || !optimizer) return {};
  OptimizerBase& base = optimizer.base();
  Config options = Config::object(), steps = Config::object(), entry = Config::object();
  for (const auto& [name, value] : base.config()) options.set(name, value);
  const auto known = detail::identities(base.weights());
  for (const NamedWeight& w : named_weights(model, "save_model")) {
    if (!known.count(detail::identity(w.parameter))) continue;
    const OptimizerState state = base.state(w.parameter);
    if (state.tensors.empty() && state.steps == 0) continue;
    steps.set(w.path(), state.steps);
    for (std::size_t k = 0; k < state.tensors.size(); ++k)
      tensors[optimizer_prefix + std::to_string(k) + '/' + w.path()] = state.tensors[k];
    if (state.own_steps.present()) tensors[optimizer_prefix + "steps/" + w.path()] = state.own_steps;
  }
  entry.set("type", base.type()).set("config", options).set("steps", steps);
  if (base.schedule()) entry.set("schedule", config_of(base.schedule())).set("iterations", base.iterations());
  return training.set("optimizer", entry);
}

void add_test_vectors(const Model& model, const TensorList& inputs, std::map<std::string, Tensor>& tensors) {
  if (inputs.empty()) return;
  const Tensors outputs = model.predict_all(inputs);
  std::size_t i = 0;
  for (const Tensor& x : inputs) tensors[numbered("@input/", i++)] = x;
  for (std::size_t k = 0; k < outputs.size(); ++k) tensors[numbered("@output/", k)] = outputs[k];
}

// ------------------------------------------------------------------------------------------------------------- reading

const std::string& metadata_in(const SafetensorsReader& file, const char* key) {
  const auto at = file.metadata().find(key);
  if (at == file.metadata().end()) fail(file.path(), "the metadata has no '{}'", key);
  return at->second;
}

void expect_model_file(const SafetensorsReader& file) {
  const auto at = file.metadata().find("frost.model");
  if (at == file.metadata().end())
    fail(file.path(), "this is a safetensors file of another kind: it has no 'frost.model'; expected version {}",
         newest_version);
  int version = 0;
  const auto [end, error] = std::from_chars(at->second.data(), at->second.data() + at->second.size(), version);
  if (error != std::errc() || *end != '\0' || version < 1 || version > newest_version)
    fail(file.path(), "the model is of version '{}'; expected a version from 1 to {}", at->second.substr(0, 40),
         newest_version);
}

Config config_in(const SafetensorsReader& file, const char* key) {
  return parse_json(file.path() + ": " + key, metadata_in(file, key));
}

void expect_weights(const SafetensorsReader& file, const Model& model, const std::vector<NamedWeight>& weights) {
  Comparison comparison;
  std::size_t matched = 0;
  for (const NamedWeight& w : weights) {
    const auto at = file.entries().find(w.path());
    if (at == file.entries().end()) {
      comparison.report.missing.push_back(w.path());
    } else if (at->second.shape != w.parameter.shape() || read_as(at->second.element) != w.parameter.dtype()) {
      comparison.misshapen(w.path(), at->second.shape, read_as(at->second.element), w.parameter);
    } else {
      ++matched;
    }
  }
  std::set<std::string> paths;
  for (const NamedWeight& w : weights) paths.insert(w.path());
  for (const auto& [name, entry] : file.entries())
    if (name[0] != '@' && !paths.count(name)) comparison.report.unexpected.push_back(name);
  expect_loadable("load_model", file.path(), model, comparison, weights.size(), matched, true);
}

LearningRateSchedule schedule_from(const Config& entry) {
  const Config& options = entry.at("config");
  ScheduleConfig config;
  for (const std::string& key : options.keys()) {
    std::vector<double>& numbers = config[key];
    for (const Config& x : options.at(key).elements()) numbers.push_back(x.number());
  }
  return make_schedule(entry.at("type").text(), config);
}

void load_training(const SafetensorsReader& file, const Model& model, const std::vector<NamedWeight>& weights) {
  const Config training = config_in(file, "training");
  if (training.is_null()) return;
  const Config& entry = training.at("optimizer");
  const Config& options = entry.at("config");
  std::map<std::string, double> numbers;
  for (const std::string& key : options.keys()) numbers[key] = options.at(key).number();
  const Optimizer optimizer = make_optimizer(entry.at("type").text(), numbers);
  compile_from(model, optimizer, training);
  OptimizerBase& base = optimizer.base();
  if (const Config* schedule = entry.find("schedule")) {
    base.set_schedule(schedule_from(*schedule));
    base.set_iterations(entry.at("iterations").integer());
  }
  const Config& steps = entry.at("steps");
  for (const NamedWeight& w : weights) {
    const Config* count = steps.find(w.path());
    if (!count) continue;
    OptimizerState state;
    state.steps = count->integer();
    for (int k = 0; k < base.state_count(); ++k) {
      const std::string name = optimizer_prefix + std::to_string(k) + '/' + w.path();
      if (!file.entries().count(name)) fail(file.path(), "the optimizer's tensor '{}' is missing", name);
      state.tensors.push_back(file.read(name));
    }
    const std::string own_steps = optimizer_prefix + "steps/" + w.path();
    if (file.entries().count(own_steps)) state.own_steps = file.read(own_steps);
    base.set_state(w.parameter, state);
  }
}

Model load(SafetensorsReader& file, const LoadModelOptions& options) {
  const Config architecture = config_in(file, "architecture");
  std::int64_t elements = 0;  // of entries that lie in the file one behind the other: no sum of them overflows
  for (const auto& [name, entry] : file.entries())
    elements += static_cast<std::int64_t>((entry.end - entry.begin) / size_of(entry.element));
  const Model model = [&] {
    const detail::WeightBudget budget(detail::WeightBudget::for_file(elements));
    return make_model(architecture.at("class_name").text(), architecture.at("config"));
  }();
  std::vector<NamedWeight> weights;
  if (!model.Layer::weights().empty()) weights = named_weights(model, "load_model");
  expect_weights(file, model, weights);
  set_freeze_mask(model, config_in(file, "freeze"));
  const NoGrad guard;
  for (const NamedWeight& w : weights) {
    if (options.map && !w.parameter.requires_grad())
      detail::show_values(w.parameter, file.map(w.path()));
    else
      w.parameter.assign(file.read(w.path()));
  }
  load_training(file, model, weights);
  return model;
}

}  // namespace

}  // namespace io

void save_model(const Model& model, const std::string& path, const SaveOptions& options) {
  io::expect_not_keras("save_model", path, "model.frost");
  std::map<std::string, Tensor> tensors;
  for (const io::NamedWeight& w : io::named_weights(model, "save_model")) tensors[w.path()] = w.parameter;
  Config architecture = Config::object();
  architecture.set("class_name", model.type()).set("config", model.config());
  const Config training = io::training_of(model, tensors);
  io::add_test_vectors(model, options.test_inputs, tensors);
  io::write_safetensors(path, tensors,
                        {{"frost.model", std::to_string(io::newest_version)},
                         {"architecture", io::to_json(architecture)},
                         {"freeze", io::to_json(io::freeze_mask(model))},
                         {"training", io::to_json(training)}});
}

void Model::save(const std::string& path) const { save_model(*this, path); }
void Model::save(const std::string& path, const SaveOptions& options) const { save_model(*this, path, options); }

Model load_model(const std::string& path, const LoadModelOptions& options) {
  io::SafetensorsReader file(path);
  io::expect_model_file(file);
  try {
    return io::load(file, options);
  } catch (const FileError&) {
    throw;
  } catch (const Error& error) {
    io::fail(path, "{}", error.what());
  }
}

VerifyReport verify(const Model& model, const std::string& path) {
  const io::SafetensorsReader file(path);
  io::expect_model_file(file);
  Tensors inputs;
  while (file.entries().count(io::numbered("@input/", inputs.size())))
    inputs.push_back(file.read(io::numbered("@input/", inputs.size())));
  if (inputs.empty()) io::fail(path, "the file has no test vectors; save with {{.test_inputs = …}}");
  const Tensors outputs = model.predict_all(inputs);
  VerifyReport report;
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const std::string name = io::numbered("@output/", k);
    if (!file.entries().count(name)) io::fail(path, "the test vector '{}' is missing", name);
    const Tensor expected = file.read(name);
    if (expected.shape() != outputs[k].shape())
      throw ShapeError(fmt::format("verify: output {} has shape {}; expected {}", k, to_string(outputs[k].shape()),
                                   to_string(expected.shape())));
    ++report.outputs;
    if (expected.size() == 0) continue;
    const double scale = max(abs(expected)).item<double>();
    const double distance = max(abs(outputs[k] - expected)).item<double>();
    report.largest_error = std::max(report.largest_error, scale > 0 ? distance / scale : distance);
  }
  return report;
}

}  // namespace frost
