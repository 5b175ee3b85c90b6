#include "operations.hpp"

#include <stdexcept>

namespace conformance {

using json = nlohmann::json;
using Integers = std::vector<std::int64_t>;

const json* Attributes::find(const char* name) {
  read_.insert(name);
  const auto found = values_.find(name);
  return found == values_.end() || found->is_null() ? nullptr : &*found;
}
void Attributes::expect(const char* name) const {
  if (!values_.contains(name)) throw std::runtime_error(std::string("the case lacks the attribute '") + name + "'");
}
void Attributes::expect_all_read() const {
  for (const auto& [name, value] : values_.items())
    if (!read_.contains(name)) throw std::runtime_error("unknown attribute '" + name + "'");
}

void Attributes::set(const char* name, bool& field) {
  if (const json* v = find(name)) v->get_to(field);
}
void Attributes::set(const char* name, double& field) {
  if (const json* v = find(name)) v->get_to(field);
}
void Attributes::set(const char* name, frost::Scalar& field) {
  const json* v = find(name);
  if (v && v->is_number_integer())
    field = v->get<std::int64_t>();
  else if (v)
    field = v->get<double>();
}
void Attributes::set(const char* name, std::int64_t& field) {
  const json* v = find(name);
  if (v && v->is_number_float()) throw std::runtime_error(std::string("the attribute '") + name + "' is no integer");
  if (v) v->get_to(field);
}
void Attributes::set(const char* name, std::string& field) {
  if (const json* v = find(name)) v->get_to(field);
}
void Attributes::set(const char* name, Integers& field) {
  const json* v = find(name);
  if (v && v->is_number_integer())
    field = {v->get<std::int64_t>()};
  else if (v)
    v->get_to(field);
}
void Attributes::set(const char* name, std::vector<std::pair<std::int64_t, std::int64_t>>& field) {
  if (const json* v = find(name)) v->get_to(field);
}
void Attributes::set(const char* name, std::vector<Integers>& field) {
  if (const json* v = find(name)) v->get_to(field);
}

}  // namespace conformance
