#include <frost/models/history.hpp>

#include "expect.hpp"

#include <frost/internal/whole_file.hpp>

#include <cmath>

namespace frost {

using models::expect;

namespace {

template <class Values>
std::string names_of(const Values& values) {
  std::string names;
  for (const auto& entry : values) names += (names.empty() ? "'" : ", '") + entry.first + "'";
  return names.empty() ? "nothing" : names;
}

}  // namespace

double Evaluation::operator[](const std::string& name) const {
  const auto found = values_.find(name);
  expect(found != values_.end(), "evaluation: nothing is called '{}'; expected one of {}", name, names_of(values_));
  return found->second;
}

const std::vector<double>& History::operator[](const std::string& name) const& {
  const auto found = values_.find(name);
  expect(found != values_.end(), "history: nothing is called '{}'; expected one of {}", name, names_of(values_));
  return found->second;
}

void History::add(const Logs& logs) {
  for (const auto& [name, value] : logs) values_[name].push_back(value);
}

void History::save_csv(const std::string& path) const {
  std::string text = "epoch";
  for (const auto& entry : values_) text += "," + entry.first;
  text += "\n";
  for (std::size_t epoch = 0; epoch < epochs(); ++epoch) {
    text += std::to_string(epoch);
    for (const auto& entry : values_)
      text += fmt::format(",{}", std::isnan(entry.second[epoch]) ? std::abs(entry.second[epoch]) : entry.second[epoch]);
    text += "\n";
  }
  detail::write_whole("save_csv: '" + path + "'", path, text);
}

}  // namespace frost
