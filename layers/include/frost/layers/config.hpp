#pragma once
#include <frost/autograd/tensor.hpp>

#include <concepts>
#include <unordered_map>

namespace frost {

/// A layer's options as Keras writes them into JSON: null, a boolean, a number, text, a list, or an object whose keys
/// keep their order. Numbers know whether they are integers. Reading another kind than is there is a ValueError.
class FROST_API Config {
 public:
  enum class Kind : std::uint8_t { null, boolean, integer, number, text, list, object };

  Config() = default;
  template <class T>
  requires std::same_as<T, bool> Config(T value) : kind_(Kind::boolean), integer_(value) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Config(T value) : kind_(Kind::integer), integer_(static_cast<std::int64_t>(value)) {}
  Config(double value) : kind_(Kind::number), number_(value) {}
  Config(const char* text);
  Config(std::string text) : kind_(Kind::text), text_(std::move(text)) {}

  static Config list(std::vector<Config> elements = {});
  static Config object();

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_text() const { return kind_ == Kind::text; }
  bool is_list() const { return kind_ == Kind::list; }
  bool is_object() const { return kind_ == Kind::object; }

  bool boolean() const;
  std::int64_t integer() const;
  double number() const;  // of an integer too
  const std::string& text() const;
  /// A list's elements, or an object's values in the order of keys().
  const std::vector<Config>& elements() const;
  const std::vector<std::string>& keys() const;

  /// An object's value, or null when it has no such key: a pointer that is null.
  const Config* find(const std::string& key) const;
  /// Throws: ValueError that names the key and lists those there are.
  const Config& at(const std::string& key) const;
  /// Sets an object's value; a new key comes last.
  Config& set(const std::string& key, Config value);
  void erase(const std::string& key);
  /// Adds to a list.
  Config& add(Config element);

  friend FROST_API bool operator==(const Config& a, const Config& b);

 private:
  Kind kind_ = Kind::null;
  std::int64_t integer_ = 0;
  double number_ = 0;
  std::string text_;
  std::size_t place_of(const std::string& key) const;

  std::vector<std::string> keys_;
  std::vector<Config> elements_;
  std::unordered_map<std::string, std::size_t> places_;  // of the keys, once there are many
};

class Layer;

/// Makes a layer from what `layer.config()` gave: `make_layer("Dense", config)`. Keys that the class does not know are
/// a ValueError that lists them. The layer is not built.
FROST_API Layer make_layer(const std::string& type, const Config& config);

/// Makes a class of yours known to make_layer, and so to files of models. Its name is `layer.type()`; the factory gets
/// what its `config()` gave, with `name`, `trainable` and `dtype`, which it may leave to make_layer.
/// Throws: ValueError when the name is a built-in layer's.
FROST_API void register_layer(const std::string& type, Layer (*make)(const Config&));

}  // namespace frost
