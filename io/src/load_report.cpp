#include "load_report.hpp"

#include <frost/autograd/error.hpp>

#include <fmt/format.h>

#include <ostream>

namespace frost::io {

namespace {

void list(std::string& text, const char* what, const std::vector<std::string>& names,
          const std::vector<std::string>* notes = nullptr) {
  if (names.empty()) return;
  text += fmt::format("\n  {} ({}):", what, names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i ? ", " : " ") + names[i] + (notes ? ": " + (*notes)[i] : "");
}

}  // namespace

void Comparison::misshapen(const std::string& name, const Shape& shape, DType dtype, const Tensor& weight) {
  report.misshapen.push_back(name);
  shapes.push_back(fmt::format("got {} of {}, expected {} of {}", to_string(shape), name_of(dtype),
                               to_string(weight.shape()), name_of(weight.dtype())));
}

bool converts(DType from, DType to) { return from == to || (is_floating(from) && is_floating(to)); }

void expect_loadable(const char* who, const std::string& path, const Model& model, const Comparison& comparison,
                     std::size_t weights, std::size_t matched, bool strict) {
  const LoadReport& r = comparison.report;
  const bool differs = !r.missing.empty() || !r.unexpected.empty() || !r.misshapen.empty();
  const bool none = matched == 0 && (weights > 0 || differs);
  if (!(strict && differs) && !none) return;
  std::string text =
      none ? fmt::format("{}: {}: no weight of the model '{}' is in it", who, path, model.name())
           : fmt::format("{}: {}: the weights are not those of the model '{}'{}", who, path, model.name(),
                         std::string_view(who) == "load_weights" ? "; use {.strict = false} to load what fits" : "");
  list(text, "missing in the file", r.missing);
  list(text, "unexpected in the file", r.unexpected);
  list(text, "misshapen", r.misshapen, &comparison.shapes);
  throw ValueError(text);
}

}  // namespace frost::io

namespace frost {

std::ostream& operator<<(std::ostream& out, const LoadReport& report) {
  out << "loaded " << report.loaded << '\n';
  for (const std::string& name : report.missing) out << "missing " << name << '\n';
  for (const std::string& name : report.unexpected) out << "unexpected " << name << '\n';
  for (const std::string& name : report.misshapen) out << "misshapen " << name << '\n';
  return out;
}

}  // namespace frost
