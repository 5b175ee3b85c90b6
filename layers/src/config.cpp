#include <frost/layers/config.hpp>

#include "expect.hpp"

#include <algorithm>
#include <cmath>

namespace frost {

using detail::expect;

namespace {

const char* name_of_kind(Config::Kind kind) {
  constexpr const char* names[] = {"null", "a boolean", "an integer", "a number", "text", "a list", "an object"};
  return names[static_cast<std::size_t>(kind)];
}
void expect_kind(const Config& c, Config::Kind kind) {
  expect(c.kind() == kind, "config: got {}; expected {}", name_of_kind(c.kind()), name_of_kind(kind));
}

}  // namespace

Config::Config(const char* text) : Config(std::string(detail::given("Config", text))) {}

Config Config::list(std::vector<Config> elements) {
  Config c;
  c.kind_ = Kind::list;
  c.elements_ = std::move(elements);
  return c;
}
Config Config::object() {
  Config c;
  c.kind_ = Kind::object;
  return c;
}

bool Config::boolean() const {
  if (kind_ == Kind::integer && (integer_ == 0 || integer_ == 1)) return integer_ == 1;
  expect_kind(*this, Kind::boolean);
  return integer_ != 0;
}
std::int64_t Config::integer() const {
  // The conversion is defined from −2⁶³ to below 2⁶³ only; neither bound holds for NaN.
  if (kind_ == Kind::number && number_ >= -0x1p63 && number_ < 0x1p63 && number_ == std::trunc(number_))
    return static_cast<std::int64_t>(number_);
  expect_kind(*this, Kind::integer);
  return integer_;
}
double Config::number() const {
  if (kind_ == Kind::integer) return static_cast<double>(integer_);
  expect_kind(*this, Kind::number);
  return number_;
}
const std::string& Config::text() const {
  expect_kind(*this, Kind::text);
  return text_;
}
const std::vector<Config>& Config::elements() const {
  expect(is_list() || is_object(), "config: got {}; expected a list or an object", name_of_kind(kind_));
  return elements_;
}
const std::vector<std::string>& Config::keys() const {
  expect_kind(*this, Kind::object);
  return keys_;
}

// Behind the last one for a key that is not there.
std::size_t Config::place_of(const std::string& key) const {
  expect_kind(*this, Kind::object);
  if (places_.empty()) return static_cast<std::size_t>(std::find(keys_.begin(), keys_.end(), key) - keys_.begin());
  const auto at = places_.find(key);
  return at == places_.end() ? keys_.size() : at->second;
}
const Config* Config::find(const std::string& key) const {
  const std::size_t at = place_of(key);
  return at == keys_.size() ? nullptr : &elements_[at];
}
const Config& Config::at(const std::string& key) const {
  const Config* value = find(key);
  if (value) return *value;
  std::string there;
  for (const std::string& k : keys_) there += (there.empty() ? "" : ", ") + k;
  detail::fail("config: there is no '{}'; there are: {}", key, there);
}
Config& Config::set(const std::string& key, Config value) {
  constexpr std::size_t few = 16;
  const std::size_t at = place_of(key);
  if (at < keys_.size()) {
    elements_[at] = std::move(value);
    return *this;
  }
  keys_.push_back(key);
  elements_.push_back(std::move(value));
  if (keys_.size() > few)
    for (std::size_t i = places_.size(); i < keys_.size(); ++i) places_.emplace(keys_[i], i);
  return *this;
}
void Config::erase(const std::string& key) {
  const std::size_t at = place_of(key);
  if (at == keys_.size()) return;
  elements_.erase(elements_.begin() + static_cast<std::ptrdiff_t>(at));
  keys_.erase(keys_.begin() + static_cast<std::ptrdiff_t>(at));
  places_.clear();
}
Config& Config::add(Config element) {
  expect_kind(*this, Kind::list);
  elements_.push_back(std::move(element));
  return *this;
}

bool operator==(const Config& a, const Config& b) {
  return a.kind_ == b.kind_ && a.integer_ == b.integer_ && a.number_ == b.number_ && a.text_ == b.text_ &&
         a.keys_ == b.keys_ && a.elements_ == b.elements_;
}

}  // namespace frost
