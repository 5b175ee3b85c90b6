#pragma once
#include <frost/export.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace frost {

/// Values by name, as callbacks get them.
using Logs = std::map<std::string, double>;

/// What `evaluate` found: e["loss"], e["accuracy"].
class FROST_API Evaluation {
 public:
  Evaluation() = default;
  explicit Evaluation(Logs values) : values_(std::move(values)) {}

  /// Throws: ValueError, listing the names, for one that is absent.
  double operator[](const std::string& name) const;
  bool contains(const std::string& name) const { return values_.count(name) != 0; }
  const Logs& values() const& { return values_; }
  Logs values() && { return std::move(values_); }

 private:
  Logs values_;
};

/// What `fit` recorded, one value an epoch: h["loss"], h["val_accuracy"].
class FROST_API History {
 public:
  /// Throws: ValueError, listing the names, for one that is absent.
  const std::vector<double>& operator[](const std::string& name) const&;
  std::vector<double> operator[](const std::string& name) && { return std::as_const(*this)[name]; }
  bool contains(const std::string& name) const { return values_.count(name) != 0; }
  const std::map<std::string, std::vector<double>>& values() const& { return values_; }
  std::map<std::string, std::vector<double>> values() && { return std::move(values_); }
  /// The number of epochs that were run.
  std::size_t epochs() const { return values_.empty() ? 0 : values_.begin()->second.size(); }
  /// Appends an epoch's values.
  void add(const Logs& logs);
  /// Writes a line an epoch, names on the first. An interruption leaves the old file or the new one, whole.
  /// Throws: FileError when it cannot be written.
  void save_csv(const std::string& path) const;

 private:
  std::map<std::string, std::vector<double>> values_;
};

}  // namespace frost
