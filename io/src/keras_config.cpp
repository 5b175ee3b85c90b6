#include "keras_config.hpp"

#include "keras_operation.hpp"

#include <frost/autograd/error.hpp>

#include <fmt/format.h>

#include <string_view>

namespace frost::io {

namespace {

bool is_model(std::string_view type) { return type == "Functional" || type == "Model" || type == "Sequential"; }

[[noreturn]] void refuse(const std::string& type, const std::string& field, const Config& value) {
  std::string text;
  switch (value.kind()) {
    case Config::Kind::text:
      text = "'" + value.text() + "'";
      break;
    case Config::Kind::boolean:
      text = value.boolean() ? "true" : "false";
      break;
    case Config::Kind::integer:
      text = std::to_string(value.integer());
      break;
    case Config::Kind::number:
      text = fmt::format("{}", value.number());
      break;
    default:
      text = value.is_null() ? "null" : value.is_list() ? "a list" : "an object";
  }
  throw ValueError(fmt::format("{}: the field '{}' is {}, which is not supported", type, field, text));
}

// Note [Conventions of files]
// Each row is a field that files have and our options do not, or have otherwise. An empty type means every layer's.

// Fields that say how something is computed or stored, not what.
constexpr std::string_view meaningless[] = {"implementation", "unroll",      "fused",
                                            "autocast",       "input_dtype", "input_length",
                                            "build_config",   "input_spec",  "registered_name"};

// Fields that may only have the value that means what we do anyway.
struct Only {
  std::string_view type, field, value;  // value as text; "null" and "false" are what they say
};
constexpr Only only[] = {
    {"", "data_format", "channels_last"},
    {"", "time_major", "false"},
    {"", "ragged", "false"},
    {"", "sparse", "false"},
    {"Dropout", "noise_shape", "null"},
    {"BatchNormalization", "renorm", "false"},
    {"", "virtual_batch_size", "null"},
    {"", "zero_output_for_mask", "false"},
    {"BatchNormalization", "synchronized", "false"},
    {"", "supports_masking", "true"},
    {"ReLU", "shared_axes", "null"},
    {"", "pad_to_aspect_ratio", "false"},
    {"UpSampling2D", "align_corners", "false"},
};

// Fields of another name.
struct Renamed {
  std::string_view type, theirs, ours;
};
constexpr Renamed renamed[] = {
    {"InputLayer", "batch_shape", "batch_input_shape"},
    {"LeakyReLU", "negative_slope", "alpha"},
    {"MaxPooling1D", "pool_length", "pool_size"},
};

// What a field means that a file leaves out, where it differs from our default.
struct Absent {
  std::string_view type, field, value;
};
constexpr Absent absent[] = {
    {"GRU", "reset_after", "false"},
    {"GRU", "recurrent_activation", "hard_sigmoid"},
    {"LSTM", "recurrent_activation", "hard_sigmoid"},
};

// Activations of another name. Keras 2's hard_sigmoid has the slope 0.2, ours Keras 3's 1/6.
constexpr std::pair<std::string_view, std::string_view> activations[] = {
    {"hard_sigmoid", "keras2_hard_sigmoid"},
    {"hardSigmoid", "keras2_hard_sigmoid"},
    {"logSoftmax", "log_softmax"},
    {"swish", "silu"},
};
constexpr std::string_view activation_fields[] = {"activation", "recurrent_activation"};

bool says(const Config& value, std::string_view text) {
  if (value.is_null()) return text == "null";
  if (value.kind() == Config::Kind::boolean) return (value.boolean() ? "true" : "false") == text;
  return value.is_text() && value.text() == text;
}
Config value_of(std::string_view text) {
  if (text == "null") return {};
  if (text == "true" || text == "false") return text == "true";
  return std::string(text);
}
bool applies(std::string_view row_type, const std::string& type) { return row_type.empty() || row_type == type; }

// A list of one axis is that axis; a policy is its dtype.
Config simplified(const std::string& type, const std::string& field, const Config& value) {
  if (type == "BatchNormalization" && field == "axis" && value.is_list() && value.elements().size() == 1)
    return value.elements()[0];
  if (field == "dtype" && value.is_object()) return value.at("config").at("name");
  return value;
}

Config entry_from_keras(const Config& entry) {
  Config result = entry;
  const std::string& type = entry.at("class_name").text();
  result.set("config", from_keras(type, entry.at("config")));
  if (type == "Model") result.set("class_name", "Functional");
  return result;
}

Config layers_from_keras(const Config& entries) {
  Config list = Config::list();
  for (const Config& entry : entries.elements()) list.add(entry_from_keras(entry));
  return list;
}

// A Sequential's first layer may say the input's shape itself.
Config with_input_layer(const Config& entries) {
  if (entries.elements().empty()) return entries;
  const Config& first = entries.elements()[0];
  const Config& options = first.at("config");
  if (first.at("class_name").text() == "InputLayer" || !options.is_object()) return entries;
  const Config* shape = options.find("batch_input_shape");
  if (!shape) shape = options.find("batch_shape");
  if (!shape || shape->is_null()) return entries;
  Config input = Config::object(), entry = Config::object();
  input.set("batch_input_shape", *shape);
  if (const Config* dtype = options.find("dtype")) input.set("dtype", *dtype);
  entry.set("class_name", "InputLayer").set("config", input);
  Config list = Config::list({entry});
  for (const Config& e : entries.elements()) list.add(e);
  return list;
}

Config model_from_keras(const std::string& type, const Config& config) {
  if (config.is_list()) {  // the oldest form of a Sequential
    Config made = Config::object();
    return made.set("layers", layers_from_keras(with_input_layer(config)));
  }
  Config made = Config::object();
  for (const char* key : {"name", "trainable", "input_layers", "output_layers"})
    if (const Config* value = config.find(key)) made.set(key, *value);
  const Config& entries = config.at("layers");
  made.set("layers", layers_from_keras(type == "Sequential" ? with_input_layer(entries) : entries));
  if (const Config* shape = config.find("build_input_shape"); shape && type == "Sequential") {
    bool has_input = false;
    for (const Config& e : made.at("layers").elements()) has_input |= e.at("class_name").text() == "InputLayer";
    if (!has_input) made.set("build_input_shape", *shape);
  }
  return made;
}

bool is_left_out(const std::string& type, const std::string& field, const Config& value) {
  for (const std::string_view name : meaningless)
    if (field == name) return true;
  if (type != "InputLayer" && (field == "batch_input_shape" || field == "batch_shape")) return true;
  for (const Only& row : only) {
    if (field != row.field || !applies(row.type, type)) continue;
    if (!says(value, row.value) && !value.is_null()) refuse(type, field, value);
    return true;
  }
  return false;
}

std::string our_name(const std::string& type, const std::string& field) {
  for (const Renamed& row : renamed)
    if (field == row.theirs && applies(row.type, type)) return std::string(row.ours);
  return field;
}

Config our_value(const std::string& type, const std::string& field, const Config& value) {
  if ((field == "layer" || field == "backward_layer" || field == "cell") && value.is_object())
    return entry_from_keras(value);
  for (const std::string_view name : activation_fields) {
    if (field != name) continue;
    if (value.is_object()) refuse(type, field, value.at("class_name"));
    for (const auto& [theirs, ours] : activations)
      if (value.is_text() && value.text() == theirs) return std::string(ours);
  }
  return simplified(type, field, value);
}

}  // namespace

Config from_keras(const std::string& type, const Config& config) {
  if (is_model(type)) return model_from_keras(type, config);
  Config made = Config::object();
  for (const std::string& key : config.keys()) {
    const Config& value = config.at(key);
    if (is_left_out(type, key, value)) continue;
    const std::string field = our_name(type, key);
    made.set(field, our_value(type, field, value));
  }
  for (const Absent& row : absent)
    if (type == row.type && !config.find(std::string(row.field))) {
      const std::string field(row.field);
      made.set(field, our_value(type, field, value_of(row.value)));
    }
  return made;
}

// ----------------------------------------------------------------------------------------------------------- the other
// way

namespace {

Config entry_to_keras(const Config& entry) {
  Config result = entry;
  const std::string& type = entry.at("class_name").text();
  if (type == "Operation") {
    const auto [class_name, config] = keras_layer_of_operation(entry.at("config"));
    return result.set("class_name", class_name).set("config", to_keras(class_name, config));
  }
  result.set("config", to_keras(type, entry.at("config")));
  if (type == "Functional") result.set("class_name", "Model");
  return result;
}

Config their_value(const std::string& type, const std::string& field, const Config& value) {
  if ((field == "layer" || field == "backward_layer" || field == "cell") && value.is_object())
    return entry_to_keras(value);
  for (const std::string_view name : activation_fields) {
    if (field != name || !value.is_text()) continue;
    if (value.text() == "hard_sigmoid") refuse(type, field, value);
    if (value.text() == "log_softmax") return "logSoftmax";
    for (const auto& [theirs, ours] : activations)
      if (value.text() == ours) return std::string(theirs);
  }
  return value;
}

}  // namespace

Config to_keras(const std::string& type, const Config& config) {
  Config made = Config::object();
  for (const std::string& key : config.keys()) {
    const Config& value = config.at(key);
    if (key == "layers" && is_model(type)) {
      Config list = Config::list();
      for (const Config& entry : value.elements()) list.add(entry_to_keras(entry));
      made.set(key, list);
      continue;
    }
    if (type == "Sequential" && key == "build_input_dtype") continue;
    if (type == "BatchNormalization" && key == "unbiased_statistics") {
      if (value.boolean()) refuse(type, key, value);
      continue;
    }
    made.set(key, their_value(type, key, value));
  }
  return made;
}

}  // namespace frost::io
