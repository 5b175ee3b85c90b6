#include <frost/optim/registry.hpp>

#include "entries.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <mutex>

namespace frost {

using optim::expect;

namespace {

using Options = optim::NumbersByName;

const optim::Entry* find(const std::string& type) {
  const auto at = std::find_if(std::begin(optim::entries), std::end(optim::entries),
                               [&](const optim::Entry* e) { return type == e->type; });
  return at == std::end(optim::entries) ? nullptr : *at;
}

std::string known_types() {
  std::vector<std::string> types;
  for (const optim::Entry* entry : optim::entries) types.emplace_back(entry->type);
  return fmt::format("{}", fmt::join(types, ", "));
}

struct Registered {
  std::mutex mutex;
  std::map<std::string, Optimizer (*)(const Options&)> makers;
};
Registered& registered() {
  static Registered all;
  return all;
}

}  // namespace

std::string optim::lower(const std::string& text) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string optim::known_names() {
  std::vector<std::string> names;
  for (const Entry* entry : entries) names.push_back('\'' + lower(entry->type) + '\'');
  return fmt::format("{}", fmt::join(names, ", "));
}

Optimizer make_optimizer(const std::string& type, const Options& config) {
  if (const optim::Entry* entry = find(type)) return Optimizer(entry->make(config));
  Optimizer (*make)(const Options&) = nullptr;
  {
    const std::lock_guard lock(registered().mutex);
    const auto at = registered().makers.find(type);
    expect(at != registered().makers.end(),
           "make_optimizer: the type '{}' is not known; expected {} or one made known by register_optimizer", type,
           known_types());
    make = at->second;
  }
  return make(config);
}

void register_optimizer(const std::string& type, Optimizer (*make)(const Options&)) {
  expect(!type.empty() && make, "register_optimizer: got type '{}' and {} factory; expected both", type,
         make ? "a" : "no");
  expect(!find(type), "register_optimizer: '{}' is a built-in optimizer", type);
  const std::lock_guard lock(registered().mutex);
  registered().makers[type] = make;
}

}  // namespace frost
