#include "fields.hpp"

namespace frost::detail {

namespace {

// GlorotUniform from glorot_uniform. Keras' classes and functions differ by this alone.
std::string camel_case(const std::string& snake) {
  std::string camel;
  bool starts_word = true;
  for (const char c : snake) {
    if (c == '_') {
      starts_word = true;
      continue;
    }
    camel += starts_word ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    starts_word = false;
  }
  return camel;
}
std::string snake_case(const std::string& camel) {
  std::string snake;
  for (const char c : camel) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isupper(u) && !snake.empty()) snake += '_';
    snake += static_cast<char>(std::tolower(u));
  }
  return snake;
}

Config object_of(const std::string& class_name, const Config& config) {
  Config object = Config::object();
  object.set("class_name", class_name).set("config", config);
  return object;
}
// The snake-case name and the parameters of what stands as "name" or as {"class_name": …, "config": {…}}.
std::pair<std::string, Config> parts_of(const Config& config) {
  if (config.is_text()) return {snake_case(config.text()), Config::object()};
  const Config* parameters = config.find("config");
  return {snake_case(config.at("class_name").text()),
          parameters && parameters->is_object() ? *parameters : Config::object()};
}
double number_in(const Config& config, const char* key, double otherwise) {
  const Config* value = config.find(key);
  return value && !value->is_null() ? value->number() : otherwise;
}
std::string text_in(const Config& config, const char* key, const char* otherwise) {
  const Config* value = config.find(key);
  return value && !value->is_null() ? value->text() : otherwise;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------
// initializers

Config to_config(const Initializer& initializer) {
  expect(initializer.name() != "custom", "config: an initializer that is a function cannot be written; use a name");
  return object_of(camel_case(initializer.name()), initializer.parameters());
}

void read(const Config& config, Initializer& initializer) {
  const auto [name, p] = parts_of(config);
  if (name == "constant") {
    initializer = constant(number_in(p, "value", 0));
  } else if (name == "random_normal") {
    initializer = random_normal(number_in(p, "mean", 0), number_in(p, "stddev", 0.05));
  } else if (name == "random_uniform") {
    initializer = random_uniform(number_in(p, "minval", -0.05), number_in(p, "maxval", 0.05));
  } else if (name == "truncated_normal") {
    initializer = truncated_normal(number_in(p, "mean", 0), number_in(p, "stddev", 0.05));
  } else if (name == "orthogonal") {
    initializer = orthogonal(number_in(p, "gain", 1));
  } else if (name == "variance_scaling") {
    initializer = variance_scaling({.scale = number_in(p, "scale", 1),
                                    .mode = snake_case(text_in(p, "mode", "fan_in")),
                                    .distribution = text_in(p, "distribution", "truncated_normal")});
  } else {
    initializer = Initializer(name);
  }
}

// ------------------------------------------------------------------------------------------ regularizers, constraints

Config to_config(const Regularizer& regularizer) {
  if (regularizer.empty()) return {};
  Config p = Config::object();
  p.set("l1", regularizer.l1()).set("l2", regularizer.l2());
  return object_of("L1L2", p);
}
void read(const Config& config, Regularizer& regularizer) {
  if (config.is_null()) return void(regularizer = {});
  if (config.is_text()) return void(regularizer = Regularizer(parts_of(config).first));
  const auto [name, p] = parts_of(config);
  expect(name == "l1" || name == "l2" || name == "l1_l2" || name == "l1l2", "got '{}'; expected L1, L2 or L1L2", name);
  const double start = 0.01;
  regularizer = L1L2(name == "l2" ? 0 : number_in(p, "l1", start), name == "l1" ? 0 : number_in(p, "l2", start));
}

Config to_config(const Constraint& constraint) {
  if (constraint.empty()) return {};
  expect(constraint.name() != "custom", "config: a constraint that is a function cannot be written; use a name");
  return object_of(camel_case(constraint.name()), constraint.parameters());
}
void read(const Config& config, Constraint& constraint) {
  if (config.is_null()) return void(constraint = {});
  const auto [name, p] = parts_of(config);
  Axes axis = 0;
  if (const Config* given = p.find("axis")) read(*given, axis);
  if (name == "max_norm")
    constraint = max_norm(number_in(p, "max_value", 2), axis);
  else if (name == "unit_norm")
    constraint = unit_norm(axis);
  else
    constraint = Constraint(name);
}

// ------------------------------------------------------------------------------------------------------------- others

Config to_config(const ActivationFunction& activation) {
  expect(activation.name() != "custom", "config: an activation that is a function cannot be written; use a name");
  return activation.name();
}
void read(const Config& config, ActivationFunction& activation) {
  activation = config.is_null() ? ActivationFunction() : ActivationFunction(config.text());
}

Config to_config(const Layer& layer) { return object_of(layer.type(), layer.config()); }
void read(const Config& config, Layer& layer) {
  layer = make_layer(config.at("class_name").text(), config.at("config"));
}

Config to_config(const std::vector<std::int64_t>& sizes) {
  return Config::list(std::vector<Config>(sizes.begin(), sizes.end()));
}
void read(const Config& config, std::vector<std::int64_t>& sizes) {
  sizes.clear();
  for (const Config& c : config.elements()) sizes.push_back(c.integer());
}
// As Keras writes them: null for none, one as a number.
Config to_config(const Axes& axes) {
  if (axes.empty()) return {};
  if (axes.size() == 1) return axes[0];
  return to_config(std::vector<std::int64_t>(axes.begin(), axes.end()));
}
void read(const Config& config, Axes& axes) {
  if (config.is_null()) return void(axes = Axes());
  if (!config.is_list()) return void(axes = config.integer());
  std::vector<std::int64_t> list;
  read(config, list);
  axes = Axes(std::move(list));
}

DType dtype_from(const std::string& name) {
  for (const DType dtype : {DType::float32, DType::float64, DType::int64, DType::boolean})
    if (name == name_of(dtype)) return dtype;
  if (name == "bool") return DType::boolean;
  if (name == "int32" || name == "uint8") return DType::int64;
  fail("dtype: got '{}'; expected float32, float64, int64 or bool", name);
}

}  // namespace frost::detail
