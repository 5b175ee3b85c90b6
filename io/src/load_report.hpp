#pragma once
#include <frost/io/weights.hpp>

// What a file's weights are to a model: shared by everything that loads some.
namespace frost::io {

/// A LoadReport with the shapes that do not fit, for the error's text.
struct Comparison {
  LoadReport report;
  std::vector<std::string> shapes;  // of report.misshapen: "got (2, 3) of float32; expected (3, 2)"

  void misshapen(const std::string& name, const Shape& shape, DType dtype, const Tensor& weight);
};

/// Whether values of a dtype are converted to a weight's: floats to floats, else the same.
bool converts(DType from, DType to);

/// Throws: ValueError that lists what the comparison found, when that is anything and `strict`; and when there are
/// weights but none is among the `matched`.
void expect_loadable(const char* who, const std::string& path, const Model& model, const Comparison& comparison,
                     std::size_t weights, std::size_t matched, bool strict);

}  // namespace frost::io
