#pragma once
#include "expect.hpp"

#include <frost/layers/activation_function.hpp>
#include <frost/layers/config.hpp>
#include <frost/layers/layer.hpp>

#include <fmt/ranges.h>

#include <algorithm>

// Note [One table of fields]
// A layer lists its options once, under Keras' names: `template <class V> void fields(V& v, DenseOptions& o)`. Writing
// and reading a config are two visitors of that list. Name, trainable and dtype are every layer's and not in it.
namespace frost::detail {

// ------------------------------------------------------------------------------------------------------------- writing

Config to_config(const Initializer& initializer);
Config to_config(const Regularizer& regularizer);
Config to_config(const Constraint& constraint);
Config to_config(const ActivationFunction& activation);
/// {"class_name": …, "config": {…}}
Config to_config(const Layer& layer);
Config to_config(const std::vector<std::int64_t>& sizes);
Config to_config(const Axes& axes);
inline Config to_config(const Config& config) { return config; }
inline Config to_config(bool value) { return value; }
inline Config to_config(std::int64_t value) { return value; }
inline Config to_config(std::uint64_t value) { return value; }
inline Config to_config(double value) { return value; }
inline Config to_config(const std::string& value) { return value; }
template <class T>
requires std::is_arithmetic_v<T> Config to_config(const FirstOption<T>& value) {
  return to_config(static_cast<T>(value));
}
template <class T>
Config to_config(const std::optional<T>& value) {
  return value ? to_config(*value) : Config();
}

struct FieldWriter {
  Config config = Config::object();
  template <class T>
  void operator()(const char* name, const T& value) {
    config.set(name, to_config(value));
  }
};

/// A layer's options as its config; name, trainable and dtype are added by Layer::config.
template <class Options>
Config config_of(const Options& options) {
  FieldWriter writer;
  Options copy = options;
  fields(writer, copy);
  return writer.config;
}

// ------------------------------------------------------------------------------------------------------------- reading

void read(const Config& config, Initializer& initializer);
void read(const Config& config, Regularizer& regularizer);
void read(const Config& config, Constraint& constraint);
void read(const Config& config, ActivationFunction& activation);
void read(const Config& config, Layer& layer);
void read(const Config& config, std::vector<std::int64_t>& sizes);
void read(const Config& config, Axes& axes);
inline void read(const Config& config, Config& value) { value = config; }
inline void read(const Config& config, bool& value) { value = config.boolean(); }
inline void read(const Config& config, std::int64_t& value) { value = config.integer(); }
inline void read(const Config& config, std::uint64_t& value) { value = static_cast<std::uint64_t>(config.integer()); }
inline void read(const Config& config, double& value) { value = config.number(); }
inline void read(const Config& config, std::string& value) { value = config.is_null() ? "" : config.text(); }
template <class T>
void read(const Config& config, FirstOption<T>& value) {
  T given;
  read(config, given);
  value = given;
}
template <class T>
void read(const Config& config, std::optional<T>& value) {
  if (config.is_null()) return value.reset();
  read(config, value.emplace());
}

DType dtype_from(const std::string& name);

class FieldReader {
 public:
  FieldReader(const char* type, const Config& config) : type_(type), config_(config) {}

  /// A key that is absent leaves the option's default.
  template <class T>
  void operator()(const char* name, T& value) {
    known_.emplace_back(name);
    const Config* given = config_.find(name);
    if (!given) return;
    try {
      read(*given, value);
    } catch (const Error& error) {
      fail("{}: option '{}': {}", type_, name, error.what());
    }
  }
  /// Throws: ValueError that names the keys that no option has.
  void finish() const {
    for (const std::string& key : config_.keys())
      expect(std::find(known_.begin(), known_.end(), key) != known_.end(),
             "{}: the option '{}' is not known; expected one of {}", type_, key, fmt::join(known_, ", "));
  }

 private:
  const char* type_;
  const Config& config_;
  std::vector<std::string> known_;
};

/// The options that a config holds.
template <class Options>
Options options_from(const char* type, const Config& config) {
  FieldReader reader(type, config);
  Options options;
  fields(reader, options);
  if constexpr (requires { options.name; }) reader("name", options.name);
  bool trainable = true;
  reader("trainable", trainable);
  if constexpr (requires { options.trainable; }) options.trainable = trainable;
  std::string dtype;
  reader("dtype", dtype);
  if constexpr (requires { options.dtype; })
    if (!dtype.empty()) options.dtype = dtype_from(dtype);
  reader.finish();
  return options;
}

template <class L, class Options>
Layer from_config(const char* type, const Config& config) {
  return L(options_from<Options>(type, config));
}

}  // namespace frost::detail
