#include <frost/models/topology.hpp>

#include "expect.hpp"
#include "sequential.hpp"
#include "shared_layers.hpp"

#include <frost/layers/reshaping.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>

namespace frost {

using detail::Call;
using detail::Graph;
using models::expect;

namespace {

bool is_model(const std::string& type) { return type == "Functional" || type == "Model" || type == "Sequential"; }

// ------------------------------------------------------------------------------------------------------------- writing

Config batch_shape(const Shape& shape) {
  Config list = Config::list();
  for (const std::int64_t size : shape) list.add(size < 0 ? Config() : Config(size));
  return list;
}

// Where symbols come from: a layer's name, which of its calls, and which output.
class References {
 public:
  explicit References(const ModelBase& model) {
    for (std::size_t i = 0; i < model.inputs().size(); ++i) {
      const Symbol& s = model.inputs()[i];
      named_[{&Graph::call(s), Graph::output(s)}] = reference(model.input_layers()[i].name(), 0, 0);
    }
    std::map<const LayerBase*, std::int64_t> calls;
    for (const detail::Step& step : model.plan().steps) {
      const std::int64_t node = calls[step.base]++;
      for (std::size_t k = 0; k < step.call->outputs.size(); ++k)
        named_.try_emplace({step.call, static_cast<int>(k)},
                           reference(step.layer.name(), node, static_cast<std::int64_t>(k)));
    }
  }
  Config operator()(const Symbol& s) const { return named_.at({&Graph::call(s), Graph::output(s)}); }
  Config operator()(const Symbols& symbols) const {
    Config list = Config::list();
    for (const Symbol& s : symbols) list.add((*this)(s));
    return list;
  }
  static Config with_arguments(Config references) {
    Config list = Config::list();
    for (Config reference : references.elements()) list.add(reference.add(Config::object()));
    return list;
  }

 private:
  static Config reference(const std::string& name, std::int64_t node, std::int64_t output) {
    return Config::list({name, node, output});
  }
  std::map<std::pair<const Call*, int>, Config> named_;
};

Config entry_of(const Layer& layer) {
  Config entry = Config::object();
  entry.set("class_name", layer.type()).set("name", layer.name()).set("config", layer.config());
  return entry;
}
Config input_entry(const Symbol& symbol, const std::string& name) {
  Config options = Config::object();
  options.set("name", name).set("batch_input_shape", batch_shape(symbol.shape())).set("dtype", name_of(symbol.dtype()));
  Config entry = Config::object();
  entry.set("class_name", "InputLayer").set("name", name).set("config", options);
  return entry;
}

// Numbers what several models below this one hold; without models below there is nothing.
Config with_shared_layers(const ModelBase& model, Config config) {
  const std::vector<Layer>& layers = model.layers();
  const auto is_model = [](const Layer& layer) { return ModelBase::of(layer) != nullptr; };
  return std::any_of(layers.begin(), layers.end(), is_model) ? models::SharedLayers(model).numbered(model, config)
                                                             : config;
}

}  // namespace

Config ModelBase::config() const {
  const References references(*this);
  std::unordered_map<const LayerBase*, std::vector<const detail::Step*>> calls;
  for (const detail::Step& step : plan_.steps) calls[step.base].push_back(&step);
  Config entries = Config::list();
  for (const Layer& layer : layers()) {
    const auto at = std::find_if(input_layers_.begin(), input_layers_.end(),
                                 [&](const Layer& input) { return input.is_same(layer); });
    if (at != input_layers_.end()) {
      Config entry = input_entry(inputs_[static_cast<std::size_t>(at - input_layers_.begin())], layer.name());
      entries.add(entry.set("inbound_nodes", Config::list()));
      continue;
    }
    Config nodes = Config::list();
    for (const detail::Step* step : calls[&layer.base()])
      nodes.add(References::with_arguments(references(step->call->inputs)));
    entries.add(entry_of(layer).set("inbound_nodes", nodes));
  }
  Config config = Config::object();
  config.set("layers", entries);
  config.set("input_layers", references(inputs_)).set("output_layers", references(outputs_));
  return with_shared_layers(*this, std::move(config));
}

Config SequentialBase::config() const {
  Config entries = Config::list();
  if (!inputs().empty() && checks_shapes()) entries.add(input_entry(inputs()[0], input_layers()[0].name()));
  for (const Layer& layer : layers()) entries.add(entry_of(layer));
  Config config = Config::object();
  config.set("layers", entries);
  if (!inputs().empty() && !checks_shapes())
    config.set("build_input_shape", batch_shape(inputs()[0].shape()))
        .set("build_input_dtype", name_of(inputs()[0].dtype()));
  return with_shared_layers(*this, std::move(config));
}

// ------------------------------------------------------------------------------------------------------------- reading

namespace {

std::string name_in(const Config& config) {
  const Config* name = config.find("name");
  return name && !name->is_null() ? name->text() : "";
}

Shape row_shape(const Config& batch) {
  Shape row;
  for (const Config& size : batch.elements()) row.push_back(size.is_null() ? -1 : size.integer());
  expect<ShapeError>(!row.empty(), "make_model: an input's shape has no batch axis");
  row.erase(row.begin());
  return row;
}
// Absent where the config says none that there is.
std::optional<DType> dtype_in(const Config& config, const char* key) {
  const Config* dtype = config.find(key);
  if (!dtype || !dtype->is_text()) return {};
  for (const DType d : {DType::float32, DType::float64, DType::int64, DType::boolean})
    if (dtype->text() == name_of(d)) return d;
  if (dtype->text() == "int32" || dtype->text() == "uint8") return DType::int64;
  return {};
}
InputOptions input_options(const Config& options) {
  InputOptions made;
  made.name = name_in(options);
  made.dtype = dtype_in(options, "dtype").value_or(made.dtype);
  return made;
}

// What is said of a layer that cannot be made.
template <class F>
auto with_layer_named(const std::string& name, const std::string& type, const F& make) {
  try {
    return make();
  } catch (const Error& error) {
    expect(false, "make_model: layer '{}' of type {}: {}", name, type, error.what());
    throw;
  }
}

Model read_model(const std::string& type, const Config& config, models::MadeLayers& made);

Layer make_part(const std::string& type, const Config& config, models::MadeLayers& made) {
  if (!is_model(type)) return make_layer(type, config);
  const Model model = read_model(type, config, made);
  const Config* trainable = config.is_object() ? config.find("trainable") : nullptr;
  if (trainable && !trainable->is_null() && !trainable->boolean()) model.set_trainable(false);
  return model;
}

// A reference [name, node, output] or [name, node, output, {arguments}].
struct Reference {
  std::string name;
  std::int64_t node = 0, output = 0;

  explicit Reference(const Config& config) {
    const auto& parts = config.elements();
    expect<GraphError>(parts.size() >= 3 && parts.size() <= 4, "make_model: a node refers to {} parts; expected 3 or 4",
                       parts.size());
    name = parts[0].text();
    node = parts[1].integer();
    output = parts[2].integer();
    expect<GraphError>(parts.size() == 3 || !parts[3].is_object() || parts[3].keys().empty(),
                       "make_model: a call on '{}' has the argument '{}', which is not supported", name,
                       parts.size() == 4 && parts[3].is_object() && !parts[3].keys().empty() ? parts[3].keys()[0] : "");
  }
};
// One reference or a list of them.
std::vector<Reference> references_in(const Config& config) {
  std::vector<Reference> all;
  if (!config.elements().empty() && config.elements()[0].is_text()) {
    all.emplace_back(config);
  } else {
    for (const Config& c : config.elements()) all.emplace_back(c);
  }
  return all;
}

class GraphReader {
 public:
  explicit GraphReader(models::MadeLayers& made) : made_(made) {}
  Model read(const Config& config) {
    for (const Config& entry : config.at("layers").elements()) add(entry);
    connect_all();
    for (const Part& p : parts_)
      for (const std::vector<Reference>& inputs : p.waiting)
        for (const Reference& r : inputs)
          expect<GraphError>(find(r) != nullptr, "make_model: layer '{}' is called on output {} of call {} of '{}', {}",
                             p.layer.name(), r.output, r.node, r.name,
                             by_name_.count(r.name) ? "which never comes to be" : "a layer that is not there");
    const Model model(symbols(references_in(config.at("input_layers"))),
                      symbols(references_in(config.at("output_layers"))), {.name = name_in(config)});
    keep_order(model);
    return model;
  }

 private:
  struct Part {
    std::string name;
    Layer layer;
    std::vector<std::vector<Reference>> waiting;  // calls to be made, the next one last
    std::vector<Symbols> outputs;                 // of the calls that were made
  };

  void add(const Config& entry) {
    const Config& options = entry.at("config");
    const std::string type = entry.at("class_name").text();
    const std::string name = entry.find("name") ? name_in(entry) : name_in(options);
    expect(by_name_.emplace(name, parts_.size()).second, "make_model: two layers are called '{}'", name);
    Part part;
    part.name = name;
    if (type == "InputLayer") {
      with_layer_named(name, type, [&] {
        InputOptions made = input_options(options);
        made.name = name;
        const Symbol s = Input(row_shape(options.at("batch_input_shape")), made);
        part.layer = s.layer();
        part.outputs.push_back({s});
        return 0;
      });
    } else {
      part.layer = with_layer_named(name, type, [&] {
        return made_.get(entry, type, name, [&] {
          const Layer layer = make_part(type, options, made_);
          if (layer.name() != name) layer.set_name(name);
          return layer;
        });
      });
      const auto& nodes = entry.at("inbound_nodes").elements();
      for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) part.waiting.push_back(references_in(*node));
    }
    parts_.push_back(std::move(part));
  }

  const Symbol* find(const Reference& r) const {
    const auto at = by_name_.find(r.name);
    if (at == by_name_.end()) return nullptr;
    const auto& calls = parts_[at->second].outputs;
    if (r.node < 0 || r.output < 0 || static_cast<std::size_t>(r.node) >= calls.size()) return nullptr;
    const Symbols& outputs = calls[static_cast<std::size_t>(r.node)];
    return static_cast<std::size_t>(r.output) < outputs.size() ? &outputs[static_cast<std::size_t>(r.output)] : nullptr;
  }
  Symbols symbols(const std::vector<Reference>& references) const {
    Symbols all;
    for (const Reference& r : references) {
      const Symbol* s = find(r);
      expect<GraphError>(s != nullptr, "make_model: the model begins or ends at output {} of call {} of '{}', {}",
                         r.output, r.node, r.name, "which is not there");
      all.push_back(*s);
    }
    return all;
  }
  // The first of the inputs that is not there yet, or null.
  const Reference* missing(const std::vector<Reference>& inputs) const {
    const auto at = std::find_if(inputs.begin(), inputs.end(), [&](const Reference& r) { return !find(r); });
    return at == inputs.end() ? nullptr : &*at;
  }
  // Makes the calls whose inputs are there, or come to be. A layer that must wait is looked at again when the call
  // that it waits for has been made: the time is that of the references, in whatever order the layers stand.
  void connect_all() {
    std::map<std::pair<std::string, std::int64_t>, std::vector<std::size_t>> waiting_for;
    std::deque<std::size_t> open;
    for (std::size_t i = 0; i < parts_.size(); ++i) open.push_back(i);
    for (; !open.empty(); open.pop_front()) {
      const std::size_t index = open.front();
      Part& p = parts_[index];
      while (!p.waiting.empty()) {
        if (const Reference* r = missing(p.waiting.back())) {
          waiting_for[{r->name, r->node}].push_back(index);
          break;
        }
        p.outputs.push_back(Graph::connect(p.layer, symbols(p.waiting.back())));
        p.waiting.pop_back();
        const auto woken = waiting_for.find({p.name, static_cast<std::int64_t>(p.outputs.size()) - 1});
        if (woken == waiting_for.end()) continue;
        open.insert(open.end(), woken->second.begin(), woken->second.end());
        waiting_for.erase(woken);
      }
    }
  }
  void keep_order(const Model& model) const {
    const std::vector<Layer> there = model.layers();
    std::unordered_map<const LayerBase*, std::size_t> place;
    for (std::size_t i = 0; i < there.size(); ++i) place[&there[i].base()] = i;
    std::vector<Layer> ordered;
    for (const Part& p : parts_)
      if (const auto at = place.find(&p.layer.base()); at != place.end()) ordered.push_back(there[at->second]);
    if (ordered.size() == there.size()) Graph::set_sublayers(model.base(), std::move(ordered));
  }

  models::MadeLayers& made_;
  std::vector<Part> parts_;
  std::map<std::string, std::size_t> by_name_;
};

Model read_sequential(const Config& config, models::MadeLayers& made) {
  const Config& entries = config.is_list() ? config : config.at("layers");
  const Sequential model({}, {.name = config.is_list() ? "" : name_in(config)});
  for (const Config& entry : entries.elements()) {
    const std::string type = entry.at("class_name").text();
    const Config& options = entry.at("config");
    const std::string name = options.is_object() ? name_in(options) : "";
    with_layer_named(name.empty() ? type : name, type, [&] {
      if (type == "InputLayer")
        model.add(InputLayer(row_shape(options.at("batch_input_shape")), input_options(options)));
      else
        model.add(made.get(entry, type, name, [&] { return make_part(type, options, made); }));
      return 0;
    });
  }
  const Config* shape = config.is_object() ? config.find("build_input_shape") : nullptr;
  SequentialBase& base = static_cast<SequentialBase&>(model.base());
  if (shape && !shape->is_null() && base.inputs().empty()) {
    base.build_rows(row_shape(*shape), dtype_in(config, "build_input_dtype").value_or(default_dtype()));
    base.set_checks_shapes(false);  // it is the shape of what came along first
  }
  return model;
}

Model read_model(const std::string& type, const Config& config, models::MadeLayers& made) {
  return type == "Sequential" ? read_sequential(config, made) : GraphReader(made).read(config);
}

bool looks_counted(const std::string& input) {
  const std::string base = "input_";
  return input.starts_with(base) && input.size() > base.size() &&
         input.find_first_not_of("0123456789", base.size()) == std::string::npos;
}

}  // namespace

Model make_model(const std::string& type, const Config& config) {
  // So that layers around a model, as TimeDistributed, can make it.
  static const bool are_registered = [] {
    register_layer("Functional", [](const Config& c) -> Layer { return make_model("Functional", c); });
    register_layer("Sequential", [](const Config& c) -> Layer { return make_model("Sequential", c); });
    return true;
  }();
  static_cast<void>(are_registered);
  expect(is_model(type), "make_model: got the type '{}'; expected Functional, Model or Sequential", type);
  models::MadeLayers made;
  Model model = read_model(type, config, made);
  Graph::count_names(model.base());
  for (const Layer& input : static_cast<ModelBase&>(model.base()).input_layers())  // a Sequential does not list its own
    if (looks_counted(input.name())) Graph::set_name(input.base(), input.name(), Graph::Name::counted);
  return model;
}

}  // namespace frost
