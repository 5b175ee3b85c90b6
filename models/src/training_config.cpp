#include "expect.hpp"
#include "training_state.hpp"

#include <frost/models/topology.hpp>

#include <charconv>

namespace frost {

using models::Compiled;
using models::expect;

namespace {

// Keys have 64 bits, more than a number in JSON holds.
Config state_of(const Generator& stream) {
  return Config::list({std::to_string(stream.key()), std::to_string(stream.position())});
}
std::uint64_t number_in(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  expect(error == std::errc() && end == text.data() + text.size(), "training: a stream's state is '{}'", text);
  return value;
}
Generator stream_from(const Config& state) {
  expect(state.elements().size() == 2, "training: a stream's state has {} numbers; expected 2",
         state.elements().size());
  return Generator(number_in(state.elements()[0].text()), number_in(state.elements()[1].text()));
}

}  // namespace

Config training_config(const Model& model) {
  const ModelBase& base = ModelBase::in(model);
  const auto* compiled = dynamic_cast<const Compiled*>(base.training.get());
  if (!compiled) return {};
  Config losses = Config::list(), weights = Config::list(), metrics = Config::list();
  for (const models::ResolvedLoss& loss : compiled->losses) {
    if (!loss.is_there()) {
      losses.add(Config());
      continue;
    }
    expect(loss.kind() != models::LossKind::function, "training: a loss that is a function cannot be written");
    losses.add(loss.name());
  }
  for (const double weight : compiled->loss_weights) weights.add(weight);
  // One list for all outputs is written as it is, lists of outputs as such.
  for (const std::vector<models::ResolvedMetric>& list : compiled->metrics) {
    Config names = Config::list();
    for (const models::ResolvedMetric& metric : list) {
      expect(!metric.is_function(), "training: the metric '{}' is a function, which cannot be written", metric.name());
      names.add(metric.name());
    }
    if (compiled->metrics.size() == 1)
      metrics = names;
    else
      metrics.add(names);
  }
  Config config = Config::object();
  config.set("loss", losses).set("loss_weights", weights).set("metrics", metrics);
  config.set("shuffle", state_of(compiled->shuffle));
  if (base.stream_if_any()) config.set("stream", state_of(*base.stream_if_any()));
  return config;
}

void compile_from(const Model& model, const Optimizer& optimizer, const Config& training) {
  CompileOptions options = {.optimizer = optimizer};
  for (const Config& loss : training.at("loss").elements())
    options.loss.push_back(loss.is_null() ? Loss() : Loss(loss.text()));
  for (const Config& weight : training.at("loss_weights").elements())
    options.loss_weights.emplace_back(weight.number());
  const std::vector<std::string> outputs = ModelBase::in(model).output_names();
  for (const Config& metric : training.at("metrics").elements()) {
    if (!metric.is_list()) {
      options.metrics.emplace_back(metric.text());
      continue;
    }
    expect(options.metrics.size() < outputs.size(), "training: there are metrics of {} outputs; the model has {}",
           training.at("metrics").elements().size(), outputs.size());
    MetricList list;
    for (const Config& name : metric.elements()) list.emplace_back(name.text());
    options.metrics.emplace_back(outputs[options.metrics.size()], list);
  }
  const Generator shuffle = stream_from(training.at("shuffle"));
  const Config* stream = training.find("stream");
  std::optional<Generator> own;
  if (stream) own = stream_from(*stream);
  model.compile(options);
  ModelBase& base = ModelBase::in(model);
  models::compiled(base, "compile_from").shuffle = shuffle;
  if (own) base.set_stream(*own);
}

}  // namespace frost
