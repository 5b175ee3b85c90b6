#pragma once
#include <frost/autograd.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace conformance {

/// The attributes of a case. Each field of an options struct is set from the attribute of its name; those that the case
/// leaves out, or gives as null, keep the function's defaults.
class Attributes {
 public:
  explicit Attributes(const nlohmann::json& values) : values_(values) {}

  void set(const char* name, bool& field);
  void set(const char* name, double& field);
  void set(const char* name, frost::Scalar& field);
  void set(const char* name, std::int64_t& field);
  void set(const char* name, std::string& field);
  void set(const char* name, std::vector<std::int64_t>& field);
  void set(const char* name, std::vector<std::pair<std::int64_t, std::int64_t>>& field);
  void set(const char* name, std::vector<std::vector<std::int64_t>>& field);

  /// The attribute's value, or what stands for it when it is absent.
  template <class T>
  T get(const char* name, T otherwise = {}) {
    set(name, otherwise);
    return otherwise;
  }
  /// Throws: std::runtime_error unless the attribute is there.
  template <class T>
  T required(const char* name) {
    expect(name);
    return get<T>(name);
  }
  /// Throws: std::runtime_error when the case has an attribute that nobody asked for.
  void expect_all_read() const;

 private:
  const nlohmann::json* find(const char* name);
  void expect(const char* name) const;
  const nlohmann::json& values_;
  std::set<std::string> read_;
};

/// Runs an operation by its name. Inputs that are left out at the end are absent tensors.
/// Throws: std::runtime_error for an unknown operation, attribute, or too many inputs; what the operation throws.
frost::Tensor run_operation(const std::string& name, const nlohmann::json& attributes, const frost::Tensors& inputs);

}  // namespace conformance
