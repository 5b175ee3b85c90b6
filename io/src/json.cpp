#include "json.hpp"

#include "fail.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace frost::io {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t deepest = 200;

// Builds the Config as the parser meets its parts: without recursion, so that depth is bounded by us alone.
class Builder final : public nlohmann::json_sax<json> {
 public:
  explicit Builder(const std::string& path) : path_(path) {}
  Config take() { return std::move(root_); }

  bool null() override { return put({}); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(std::int64_t value) override { return put(value); }
  bool number_unsigned(std::uint64_t value) override {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return put(static_cast<double>(value));
    return put(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string& text) override {
    if (!std::isfinite(value)) fail(path_, "the JSON has the number {}, which is out of range", text);
    return put(value);
  }
  bool string(std::string& value) override { return put(std::move(value)); }
  bool binary(json::binary_t&) override { fail(path_, "the JSON has binary values"); }
  bool start_object(std::size_t) override { return open(Config::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Config::list()); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    if (open_.back().value.find(name)) fail(path_, "the JSON has the key '{}' twice in one object", name.substr(0, 80));
    open_.back().key = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const json::exception& error) override {
    fail(path_, "the text is no JSON at byte {}: {}", position, error.what());
  }

 private:
  struct Level {
    Config value;
    std::string key;  // of what comes next
  };
  bool put(Config value) {
    if (open_.empty())
      root_ = std::move(value);
    else if (open_.back().value.is_list())
      open_.back().value.add(std::move(value));
    else
      open_.back().value.set(open_.back().key, std::move(value));
    return true;
  }
  bool open(Config value) {
    if (open_.size() == deepest) fail(path_, "the JSON is nested more than {} levels deep", deepest);
    open_.push_back({std::move(value), {}});
    return true;
  }
  bool close() {
    Config value = std::move(open_.back().value);
    open_.pop_back();
    return put(std::move(value));
  }

  const std::string& path_;
  Config root_;
  std::vector<Level> open_;
};

json written(const Config& config) {
  switch (config.kind()) {
    case Config::Kind::null:
      return nullptr;
    case Config::Kind::boolean:
      return config.boolean();
    case Config::Kind::integer:
      return config.integer();
    case Config::Kind::number:
      return config.number();
    case Config::Kind::text:
      return config.text();
    case Config::Kind::list: {
      json list = json::array();
      for (const Config& c : config.elements()) list.push_back(written(c));
      return list;
    }
    case Config::Kind::object:
      break;
  }
  json object = json::object();
  auto& members = object.get_ref<json::object_t&>();
  // Their keys differ: looking for each among those before would take the square of their number.
  for (std::size_t i = 0; i < config.keys().size(); ++i)
    members.emplace_back(config.keys()[i], written(config.elements()[i]));
  return object;
}

}  // namespace

Config parse_json(const std::string& path, const std::string& text) {
  Builder builder(path);
  json::sax_parse(text, &builder);
  return builder.take();
}

std::string to_json(const Config& config, bool indented) { return written(config).dump(indented ? 2 : -1); }

}  // namespace frost::io
